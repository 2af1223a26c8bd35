"""Picks: which figure or date of the quotes is the one asked for."""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass

from qa.answering.labels import (
    adds,
    aligned_item,
    group_of,
    label_start,
    noun_end,
    shared_heads,
    subject_of,
)
from qa.answering.nearness import Near
from qa.asking.dates import plain, years
from qa.asking.figures import Figure
from qa.asking.question import Question
from qa.asking.tables import unit_kinds

# What a word of the question is worth by where it stands: in the figure's own label, the noun
# behind it, the words its clause begins with, those between other figures and its label, the
# clause before, the rest of the sentence.
_LABEL, _NOUN, _CLAUSE, _MIDDLE, _BEFORE, _REST = 1.0, 0.9, 0.85, 0.6, 0.35, 0.05
# And in what a figure is a part of, or in the head of its row: where the question's words single
# the figure out among those that share these, and where they do not.
_SINGLED, _SHARED = 0.9, 0.7
_UNIT, _KIN, _UNLIKELY, _OTHER_KIND = 1.5, 0.6, -5.0, -9.0
_EXACT, _BARE, _OTHER_COUNT = 0.2, -2.0, -0.6
_YEAR, _CHANGE, _QUALIFIED, _IN_FORCE = 2.0, 0.6, 0.8, 3.0
_UNASKED = {"percent": -0.8, "rank": -2.5, "time": -1.2, "multiple": -0.8, "": -0.8, "ratio": -1.0}
_COUNTED = frozenset({"count", "people", "household", "multiple"})


@dataclass(frozen=True, slots=True)
class Pick:
    """A figure or date that may be the answer, with how well it fits."""

    near: Near
    start: int
    end: int
    score: float
    figure: Figure | None = None

    @property
    def text(self) -> str:
        """What the quote says, without emphasis."""
        return self.near.raw[self.start : self.end].replace("*", "").strip()


def pick_figures(
    question: Question, nears: Sequence[Near], used: Container[tuple[str, int]] = ()
) -> list[Pick]:
    """Return every figure that can answer, the best first; ties in order of the text.

    `used` holds (text, start) of the figures that answer other parts of the question.
    """
    picks = [
        Pick(near, figure.start, figure.end, near.base + fit + _context(question, near, at), figure)
        for near in nears
        for at, figure in enumerate(near.figures)
        if (near.text, figure.start) not in used
        if (fit := _unit_score(question, figure)) > _OTHER_KIND
    ]
    return sorted(picks, key=lambda pick: -pick.score)


def _unit_score(question: Question, figure: Figure) -> float:
    """Return how well the figure's unit fits what is asked."""
    kinds = unit_kinds()
    kind = kinds.get(figure.unit, "unknown" if figure.unit else "")
    if figure.unit == "比":
        kind = "ratio"
    if figure.unit == "第":
        kind = "rank"
    if _is_ordinal(question, figure):
        return _OTHER_KIND
    if not question.units:
        return _UNASKED.get(kind, 0.0)
    if figure.unit in question.units:
        odd = "%" in question.units and figure.unit != "%" and figure.unit not in question.folded
        likely = kind != "count" or question.unit_written
        exact = _EXACT if figure.unit == question.asked_unit else 0.0
        return exact + (_UNIT if likely and not odd else _UNIT / 2)
    asked = {kinds.get(unit, "") for unit in question.units}
    if kind == "ratio" and "%" in question.units:
        return 0.0
    if not figure.unit:
        return _KIN if asked & _COUNTED else _BARE
    if kind in asked:
        if kind == "count":
            return _OTHER_COUNT if question.asked_unit else 0.0
        return _KIN
    if kind in _COUNTED and asked & _COUNTED:
        return -1.0
    return _OTHER_KIND if question.unit_written else _UNLIKELY


_RANK_ASKED = re.compile(r"第几|几[位名]|排名?|名次|位[居列次]|\b(?:rank\w*|place[ds]?|position)\b")
_PHASES = frozenset({"期", "届"})


def _is_ordinal(question: Question, figure: Figure) -> bool:
    """Return whether a figure only numbers a thing (第四, 三期) and no rank is asked for."""
    if figure.unit == "第":
        return "第" not in question.units and not _RANK_ASKED.search(question.folded)
    return figure.unit in _PHASES - question.units


def _context(question: Question, near: Near, at: int) -> float:
    """Return how well the words around a figure meet those of the question."""
    figure = near.figures[at]
    group = group_of(near, at)
    first, last = near.figures[group[0]], near.figures[group[-1]]
    left, clause, before = label_start(near, subject_of(near, group[0]))
    lead = _lead_end(near, clause, left)
    item = aligned_item(near, at, group, clause)
    spans = [(_BEFORE if item else _CLAUSE, clause, lead), (_MIDDLE, lead, left)]
    spans += [(_BEFORE, before, clause), (_REST, 0, len(near.text))]
    own = [(left, figure.start), (figure.end, noun_end(near, at))]
    heads = {head: any(adds(near, span, head) for span in own) for head in shared_heads(near, at)}
    spans += [(_SINGLED if singled else _SHARED, *head) for head, singled in heads.items()]
    spans += [(_LABEL, *span) for span in item or [(left, first.start)]]
    spans.append((_NOUN, last.end, noun_end(near, group[-1])))
    if figure is not last:
        spans.append((_NOUN, figure.end, noun_end(near, at)))
    score = near.met(spans) + _year_score(question, near, figure.start)
    label = near.text[left : figure.start]
    # Who asks for a part by its own words need not say 其中.
    score += _qualified(question, label.replace("其中", "") if any(heads.values()) else label)
    return score + _change(question, near, at) + _difference(question, near, figure.start)


def _lead_end(near: Near, clause: int, end: int) -> int:
    """Return where the words end that a clause begins with, before its first figure."""
    inside = (figure.start for figure in near.figures if clause <= figure.start < end)
    return next(inside, end)


_QUALIFIER = re.compile(r"人均|户均|日均|月均|年均|每年|每天|每月|其中|平均")


def _qualified(question: Question, label: str) -> float:
    """Return the score of a label that qualifies its figure as the question does not."""
    found = set(_QUALIFIER.findall(label))
    return -_QUALIFIED * sum(word not in question.folded for word in found)


_MORE = re.compile(
    r"(?:(?:(?<![占之对入])比|较|高于|低于)[^，。；、]{0,10}|增加|减少|净增|多|高出|高于|低于)"
    r"(?:增加|增长|提高|减少|下降|多|高出?|低)?了?[\s*]*\Z"
)
_MORE_ASKED = re.compile(
    r"增加|减少|增长|提高|下降|多出|高出|涨|降|比|多了|净增|变化|高多|少了|差|低于|高于|"
    r"\b(?:increase|rise|grow|more|less|fall|drop|add|gain)"
)


def _difference(question: Question, near: Near, start: int) -> float:
    """Return the score of a figure that only says by how much something changed."""
    if _MORE_ASKED.search(question.folded):
        return 0.0
    return -1.0 if _MORE.search(near.text, max(0, start - 16), start) else 0.0


# Before the second figure of "由x提高到y", and what of the two a question wants.
_TO = re.compile(r"(?:到|至|为|达|升)(?:[12]\d{3}年的?|人均|每人|[\s*])*\Z")
_REACHED = re.compile(r"(?:达到|达|为)[\s*]*\Z")
_FROM = re.compile(r"(?:从|由|(?<![占之])比|较)[^，。；]{0,12}\Z")
_FROM_ASKED = re.compile(
    r"原来|原先|以前|此前|之前|从(?:多少|几)|由(?:多少|几)|\bfrom (?:what|how)|originally|before"
)


def _change(question: Question, near: Near, at: int) -> float:
    """Return the score of a figure for being where a change leads to, or where it came from."""
    figure, text = near.figures[at], near.text
    previous = near.figures[at - 1] if at else None
    if previous is None or previous.unit != figure.unit or figure.start - previous.end > 16:
        return 0.0
    between = text[previous.end : figure.start]
    if not _TO.search(between) or "，" in between.lstrip("，*"):
        return 0.0
    if _FROM.search(text, max(0, previous.start - 14), previous.start):
        return -_CHANGE if _FROM_ASKED.search(question.folded) else _CHANGE
    return _CHANGE / 2 if _REACHED.search(between) else 0.0


def _year_score(question: Question, near: Near, at: int) -> float:
    """Return whether the year named last before a place is the one asked for, as a score."""
    if not question.years:
        return 0.0
    named: set[int] = set()
    for start, end in near.dates:
        if start < at:
            named = years(near.text[start:end]) or named
    if not named:
        return 0.0
    return _YEAR if named & question.years else -_YEAR / 2


# When a law or rule comes into force.
_FORCE = re.compile(r"[\s*]*起(?:正式)?(?:施行|实施|生效|执行)")
_FORCE_ASKED = re.compile(r"施行|实施|生效|执行|\b(?:effect|force|effective)\b")
_DAY_ASKED = re.compile(r"哪(?:一)?[天日]|几[日号]|何日|日期|\bday\b|\bdate\b|几月")
_YEAR_ASKED = re.compile(r"哪(?:一)?年|何年|\byear\b|年份|几几年")
_RELATIVE = re.compile(r"(?:今|去|前|明|当|同|本|上)年|年[底末初中]|.*世纪.*|.*五.*")


def pick_dates(question: Question, nears: Sequence[Near]) -> list[Pick]:
    """Return every date that can answer, the best first."""
    picks = []
    for near in nears:
        for start, end in near.dates:
            clause = near.clause(start)
            following = near.clause(clause[1] + 1)
            spans = [
                (_LABEL, end, clause[1]),
                (_LABEL, clause[0], start),
                (_CLAUSE, *following),
                (_BEFORE, 0, len(near.text)),
            ]
            score = near.base + near.met(spans) + _form_score(question, plain(near.text[start:end]))
            picks.append(Pick(near, start, end, score + _IN_FORCE * _forced(question, near, end)))
    exact = [pick for pick in picks if _as_exact(question, plain(pick.text))] or picks
    forced = [pick for pick in exact if _forced(question, pick.near, pick.end)]
    return sorted(forced or exact, key=lambda pick: -pick.score)


def _forced(question: Question, near: Near, end: int) -> bool:
    """Return whether something comes into force at the date before `end`, and this is asked."""
    asked = _FORCE_ASKED.search(question.folded)
    return bool(asked and _FORCE.match(near.text, end))


def _as_exact(question: Question, date: str) -> bool:
    """Return whether a date is as exact as what is asked: a day, where a day is."""
    return not _DAY_ASKED.search(question.folded) or "日" in date or "号" in date


def _form_score(question: Question, date: str) -> float:
    """Return how well the form of a date (day, year, 去年) fits what is asked."""
    score = -3.0 if _RELATIVE.fullmatch(date) else 0.0
    if _DAY_ASKED.search(question.folded):
        score += 2.0 if "日" in date or "号" in date else -2.0
    if _YEAR_ASKED.search(question.folded):
        score += 2.0 if years(date) else -1.0
    return score - (1.0 if years(date) & question.years else 0.0)
