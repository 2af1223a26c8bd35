"""A conversation as the page shows it: turns, the links between them, and their parts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from qa.serving.shapes import AnswerJson, CitationJson, HitJson
from qa.serving.strings import Catalogue
from qa.types import HISTORY_LIMIT

_LAYOUT = re.compile(r"[\s*_]")
_TAIL = 8


@dataclass(frozen=True, slots=True)
class Part:
    """A line of an answer: headings that say what it is about, its words, and its citation."""

    subject: str
    words: str
    citation: CitationJson | None


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as it was asked, with its answer and what may be asked next."""

    answer: AnswerJson
    history: tuple[str, ...]
    scope: str
    scope_title: str
    language: str | None
    followups: list[str] = field(default_factory=list)

    @property
    def data(self) -> dict[str, Any]:
        """What the scripts keep of it."""
        return {
            "question": self.answer["question"],
            "history": list(self.history),
            "scope": self.scope,
            "scopeTitle": self.scope_title,
            "answer": self.answer,
            "followups": self.followups,
        }

    @property
    def parts(self) -> list[Part]:
        """The answer's lines."""
        return split_answer(self.answer["answer"] or "", self.answer["citations"])

    @property
    def links(self) -> dict[int, str]:
        """For each citation's number the reader's address, the answer's others at hand there."""
        return {c["number"]: reader_link(c, self.answer["citations"]) for c in self._citations}

    @property
    def read_all(self) -> str | None:
        """Where to read all citations in turn, when there are several."""
        return self.links[1] if len(self._citations) > 1 else None

    @property
    def typed_url(self) -> str:
        """The same question without what went before."""
        return ask_url(self.answer["question"], self.scope, language=self.language)

    def follow_url(self, question: str) -> str:
        """Return the address that asks another question after this one."""
        return ask_url(question, self.scope, self.asked, self.language)

    @property
    def asked(self) -> tuple[str, ...]:
        """The questions so far, oldest first, as many as may be sent along."""
        return (*self.history, self.answer["question"])[-HISTORY_LIMIT:]

    @property
    def _citations(self) -> Sequence[CitationJson]:
        return self.answer["citations"]


def ask_url(
    question: str, scope: str = "", history: Sequence[str] = (), language: str | None = None
) -> str:
    """Return the page's address that asks a question."""
    query = [("q", question), ("scope", scope), *(("history", h) for h in history)]
    return "/?" + urlencode([*((k, v) for k, v in query if v), *_language(language)])


def with_language(url: str, language: str | None) -> str:
    """Return an address of ours that keeps the language that was asked for."""
    if not language or not url.startswith("/"):
        return url
    path, _, fragment = url.partition("#")
    joined = f"{path}{'&' if '?' in path else '?'}lang={language}"
    return f"{joined}#{fragment}" if fragment else joined


def _language(language: str | None) -> list[tuple[str, str]]:
    return [("lang", language)] if language else []


def reader_link(citation: CitationJson, citations: Sequence[CitationJson]) -> str:
    """Return the citation's address, with the other citations of its document in `also`."""
    others = [
        f"{c['start']}-{c['end']}"
        for c in citations
        if c["document"]["id"] == citation["document"]["id"] and c["number"] != citation["number"]
    ]
    if not others:
        return citation["url"]
    path, _, fragment = citation["url"].partition("#")
    return f"{path}&also={','.join(others)}#{fragment}"


def split_answer(text: str, citations: Sequence[CitationJson]) -> list[Part]:
    """Return the lines of an answer's text, each with the citation whose mark ends it.

    A quote may hold "[1]" itself: the mark is the one that stands behind the quote's last words.
    """
    parts: list[Part] = []
    for citation in citations:
        words, text = _cut_at_mark(text, citation)
        *before, last = words.strip("\n").split("\n")
        parts += [Part("", line, None) for line in before if line.strip()]
        parts.append(_part(last, citation))
    return [*parts, *(Part("", line, None) for line in text.split("\n") if line.strip())]


def _cut_at_mark(text: str, citation: CitationJson) -> tuple[str, str]:
    mark = f"[{citation['number']}]"
    tail = _LAYOUT.sub("", citation["quote"])[-_TAIL:]
    at = first = text.find(mark)
    while at >= 0 and not _LAYOUT.sub("", text[:at]).endswith(tail):
        at = text.find(mark, at + 1)
    at = at if at >= 0 else first
    return (text[:at], text[at + len(mark) :]) if at >= 0 else (text, "")


def _part(words: str, citation: CitationJson) -> Part:
    rest = words
    for heading in citation["section"]["path"]:
        lead = heading.replace("**", "") + "："
        rest = rest.removeprefix(lead)
    return Part(words[: len(words) - len(rest)], rest, citation)


def reason(words: Catalogue, hit: HitJson) -> str:
    """Return in words why a passage was found."""
    why = hit["why"]
    said = [words.text("why.score", score=f"{hit['score']:.2f}")]
    if why["dense_rank"]:
        said.append(words.text("why.dense", rank=why["dense_rank"]))
    if why["lexical_rank"]:
        said.append(words.text("why.lexical", rank=why["lexical_rank"]))
    if why["terms"]:
        terms = words.text("punctuation.comma").join(why["terms"][:6])
        said.append(words.text("why.terms", terms=terms))
    return " · ".join(said)
