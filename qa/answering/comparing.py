"""Comparing: the figures of two sides that a question compares."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa.answering.answerer import Reply
from qa.asking.dates import plain
from qa.asking.figures import Figure, find_figures
from qa.asking.question import Question, parse_question
from qa.asking.sides import side_names
from qa.types import Sentence

_CLAUSE = re.compile(r"[，；。：]|[,;:](?!\d)")


@dataclass(frozen=True, slots=True)
class _Told:
    """The figure that is told of a side, and the sentence that tells it."""

    name: str
    other: str
    short: str
    figure: Figure
    sentence: Sentence

    @property
    def at(self) -> int:
        """Where the sentence tells it."""
        return _bare(self.sentence.text).find(self.short)


def joined(text: str, replies: Sequence[Reply]) -> str | None:
    """Return the short answers to the parts of a text as one.

    One figure never answers for both sides, unless it is told twice.
    """
    shorts = [reply.short for reply in replies if reply.short]
    question = parse_question(text)
    told = _both(question, replies)
    if told and told[0].sentence.row == told[1].sentence.row and told[0].at == told[1].at:
        told = _apart(told, replies)
        shorts = [one.short for one in told]
    return "、".join(shorts) or None


def _both(question: Question, replies: Sequence[Reply]) -> list[_Told]:
    """Return what is told of each of two sides; [] where it is not one figure of each."""
    names = side_names(question) if len(replies) == 2 else ()
    if not names:
        return []
    pairs = zip(names, reversed(names), replies, strict=True)
    told = [_told(name, other, reply) for name, other, reply in pairs]
    return [one for one in told if one] if all(told) else []


def _apart(told: Sequence[_Told], replies: Sequence[Reply]) -> list[_Told]:
    """Return the only figure that a clause with the name of one side alone tells of each.

    It is of the same unit; [] where there is none of one side, or more than one.
    """
    sentences = {s.row: s for reply in replies if reply.chosen for s in reply.chosen.sentences}
    found = []
    for side in told:
        own = [one for s in sentences.values() for one in _own_figures(side, s)]
        found += own if len(own) == 1 else []
    return found if len(found) == len(told) else []


def _own_figures(side: _Told, sentence: Sentence) -> Iterator[_Told]:
    """Yield the figures of the clauses of a sentence that name one side and not the other."""
    text = _bare(sentence.text)
    for clause in _CLAUSE.split(text):
        named = _last(side.name, side.other, clause)
        if named < 0 or _last(side.other, side.name, clause) >= 0:
            continue
        for figure in find_figures(clause):
            if figure.unit == side.figure.unit and figure.start > named:
                short = clause[figure.start : figure.end]
                yield replace(side, short=short, figure=figure, sentence=sentence)


def _told(name: str, other: str, reply: Reply) -> _Told | None:
    """Return the figure that a reply gives to one side, None where it gives another thing."""
    figures = find_figures(reply.short or "")
    if not reply.chosen or not reply.short or len(figures) != 1:
        return None
    for sentence in reply.chosen.sentences:
        if reply.short in _bare(sentence.text):
            return _Told(name, other, reply.short, figures[0], sentence)
    return None


def _last(name: str, other: str, text: str) -> int:
    """Return where a side is named last, by its name or the end of it that tells it apart."""
    text = plain(text).lower()
    name = plain(name).lower()
    for start in range(max(1, len(name) // 2 + 1)):
        tail = name[start:]
        if len(tail) > 1 and tail not in plain(other).lower() and tail in text:
            return text.rfind(tail)
    return -1


def _bare(text: str) -> str:
    return text.replace("*", "")
