"""Polarity: what a quote says to a question that wants yes or no."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from qa.answering.nearness import Near
from qa.answering.statements import asked_statements, denied, is_universal, is_unsure, is_wish, said
from qa.asking.question import Question
from qa.asking.words import words

_LONGEST = 48
_JOINED = 3  # clauses that may be one statement (甲项目，除一处外，均已完工)
_SENTENCE = re.compile(r"[。！？\n；]")
# What takes back, behind a statement, part of it.
_TAKEN_BACK = re.compile(r"[\s*]*(?:但|不过|然而|可是|其中|除|只是|仅|尚|仍|还[有未没])")
# What ends so goes on.
_OPEN = re.compile(r"[中里后时外前]$")
_EXCEPT = re.compile(r"除(?:了)?[^。；]{1,40}?(?:以|之)?外[，,]?")


class _Statement(NamedTuple):
    """Clauses of a quote that stand one behind the other, from `start` to `end`."""

    near: Near
    start: int
    end: int

    @property
    def text(self) -> str:
        """What is said, without emphasis."""
        return self.near.raw[self.start : self.end].replace("*", "").strip(" \n，。；！？,")


def yes_or_no(question: Question, nears: Sequence[Near]) -> list[str]:
    """Return the clause that answers, behind 是 or 否 where that is plain; [] where none does.

    It is plain where a statement says in the same words what is asked, or denies just that, and
    no other quote says otherwise. A wrong 是 is worse than none: all else speaks for itself.
    """
    statements = [one for near in nears for one in _statements(near)]
    plain = [(word, one) for one in statements if (word := _verdict(question, one))]
    if len({word for word, _ in plain}) == 1:
        word, statement = plain[0]
        if len(statement.text) <= _LONGEST:
            return [f"{word}，{statement.text}"]
    return _nearest(nears)


def _statements(near: Near) -> Iterator[_Statement]:
    """Yield every clause of a quote, and those of one sentence that stand together."""
    clauses = [(a, b) for a, b in near.clauses if near.raw[a:b].strip(" *\n")]
    for at, (start, _) in enumerate(clauses):
        for _, end in clauses[at : at + _JOINED]:
            if _SENTENCE.search(near.text, start, end):
                break
            yield _Statement(near, start, end)


def _verdict(question: Question, statement: _Statement) -> str:
    """Return 是 or 否 where a statement is plainly one to the question, "" elsewhere."""
    near, start, end = statement
    before = near.text[_sentence(near, start) : start]
    if question.lang != "zh" or is_unsure(before, near.quoted.headings):
        return ""
    if end < len(near.text) and _TAKEN_BACK.match(near.text, end + 1):
        return ""
    excepted, text = 0, statement.text
    if is_universal(question.folded):
        text, excepted = _EXCEPT.subn("", text)
        if not is_universal(text):
            return ""
    heading = near.quoted.headings if not before.strip(" *\n") else ""
    for asked in asked_statements(question):
        if said(asked, text, before, heading):
            return "否" if excepted else "是"
        if not excepted and denied(asked, text, before, heading):
            return "否"
    return ""


def _nearest(nears: Sequence[Near]) -> list[str]:
    """Return the clause that is nearest to the question, with what it does not stand without."""
    found = [
        (near.base + near.met([(1.0, start, end)]) - 0.01 * (end - start), near, at)
        for near in nears
        for at, (start, end) in enumerate(near.clauses)
        if end - start > 1
    ]
    ordered = sorted(found, key=lambda one: -one[0])
    told = (one for _, near, at in ordered if (one := _with_verb(near, at)))
    bare = (_Statement(near, *near.clauses[at]) for _, near, at in ordered)
    best = next(told, next(bare, None))
    text = _qualified(best).text if best else ""
    return [text] if 1 < len(text) <= _LONGEST else []


def _with_verb(near: Near, at: int) -> _Statement | None:
    """Return a clause, joined with those behind it until there is a verb; None without one."""
    start = near.clauses[at][0]
    for _, end in near.clauses[at : at + _JOINED]:
        statement = _Statement(near, start, end)
        if _SENTENCE.search(near.text, start, end):
            return None
        if _OPEN.search(statement.text) is None and _has_verb(statement.text):
            return statement
    return None


def _has_verb(text: str) -> bool:
    return any(tag == "v" for _, _, tag in words(text))


def _qualified(statement: _Statement) -> _Statement:
    """Return a statement with what takes part of it back, and with the wish that it is part of."""
    near, start, end = statement
    if end < len(near.text) and _TAKEN_BACK.match(near.text, end + 1):
        end = near.clause(end + 1)[1]
    sentence = _sentence(near, start)
    wishes = [a for a, b in near.clauses if sentence <= a < start and is_wish(near.text[a:b])]
    return _Statement(near, wishes[-1] if wishes else start, end)


def _sentence(near: Near, at: int) -> int:
    """Return where the sentence begins that holds an offset."""
    return max((m.end() for m in _SENTENCE.finditer(near.text, 0, at)), default=0)
