"""Outline: which lines of a raw text are headings, and which stands under which.

`read_lines` tells what each line shows by itself. `_choose` decides the undecided lines by what
stands around them: a heading needs something under it, and short texts seldom follow one another,
so the lines are read as the cheapest sequence of headings and texts. `_nest` gives levels: a kind
of heading that is open already is a sibling, a new kind is a child.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.reading.lines import NUMBERED, SENTENCE_END, Line, read_lines

VERSION = 2

# Costs of reading an undecided line: a heading right under a heading, a short text at all, a short
# text beside another text, a heading with nothing under it. Only their order matters much.
_UNDER_HEADING, _SHORT_TEXT, _BESIDE_TEXT, _CHILDLESS = 0.8, 0.4, 2.0, 4.0
# In a text that numbers its headings one without a number is less likely, unless a list follows it,
# and least of all before the first number, where speakers, places and dates stand.
_UNNUMBERED, _FRONT_MATTER = 1.5, 5.0


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as printed, without leading marks; `body` is where the text under it begins."""

    level: int
    title: str
    start: int
    body: int


def outline(text: str) -> list[Heading]:
    """Return the headings of `text` in order; none where it has none."""
    lines = read_lines(text)
    readings = _choose(lines)
    return list(_nest(text, lines, readings))


def _choose(lines: Sequence[Line]) -> list[bool]:
    """Return which lines are headings: the cheapest reading of all of them together (Viterbi)."""
    penalties = _penalties(lines)
    totals, choices = {False: 0.0}, []
    previous: Line | None = None
    for line, penalty in zip([*lines, None], [*penalties, 0.0], strict=True):
        step = {
            reading: min(
                (total + penalty * reading + _cost(previous, was, line, reading), was)
                for was, total in totals.items()
            )
            for reading in _readings(line)
        }
        choices.append({reading: was for reading, (_, was) in step.items()})
        totals = {reading: total for reading, (total, _) in step.items()}
        previous = line
    return _trace(choices)


def _penalties(lines: Sequence[Line]) -> list[float]:
    """Return for each line what being a heading without a number costs it in this text."""
    numbered = [at for at, line in enumerate(lines) if line.heading and line.number is not None]
    if len(numbered) < 3:
        return [0.0] * len(lines)
    leads = [after.kind == "bullet" for after in lines[1:]] + [False]
    return [
        (_FRONT_MATTER if at < numbered[0] else _UNNUMBERED * (not leads[at]))
        if line.kind == "plain"
        else 0.0
        for at, line in enumerate(lines)
    ]


def _readings(line: Line | None) -> tuple[bool, ...]:
    if line is None:
        return (False,)
    return (True, False) if line.heading is None else (line.heading,)


def _trace(choices: Sequence[dict[bool, bool]]) -> list[bool]:
    """Follow the cheapest readings back from the end; the last choice stands for the end."""
    reading, readings = False, []
    for choice in reversed(choices):
        reading = choice[reading]
        readings.append(reading)
    return readings[-2::-1]


def _cost(previous: Line | None, was: bool, line: Line | None, reading: bool) -> float:
    """Return what it costs to read `line` so after `previous` was read as `was`."""
    undecided = previous is not None and previous.heading is None
    if line is None:
        return _CHILDLESS * (undecided and was)
    if line.heading is None and reading:
        return line.cost + _UNDER_HEADING * was
    beside_text = previous is not None and not was and not reading
    if line.heading is None:
        return _SHORT_TEXT + _BESIDE_TEXT * beside_text
    goes_on = reading and line.number is not None and line.number > 1
    return _BESIDE_TEXT * (undecided and beside_text) + _CHILDLESS * (undecided and was and goes_on)


def _nest(text: str, lines: Sequence[Line], readings: Sequence[bool]) -> Iterator[Heading]:
    """Yield the headings with their levels."""
    open_kinds: list[str] = []
    empty_before = False
    for at, (line, is_heading) in enumerate(zip(lines, readings, strict=True)):
        if not is_heading:
            empty_before = False
            continue
        kind = _kind(text, lines, readings, at)
        del open_kinds[_depth(open_kinds, kind, empty_before) :]
        open_kinds.append(kind)
        yield Heading(len(open_kinds), line.title, line.start, line.body)
        empty_before = line.body == line.end


def _kind(text: str, lines: Sequence[Line], readings: Sequence[bool], at: int) -> str:
    """Return the kind of a heading: its numbering, or else what stands under it.

    A "group" has headings right under it, "prose" has sentences, an "item" a list or fragments.
    """
    line = lines[at]
    if line.kind != "plain":
        return line.kind
    if at + 1 < len(lines) and readings[at + 1]:
        return "group"
    below = lines[at + 1] if at + 1 < len(lines) else None
    if below and below.kind != "bullet" and SENTENCE_END.search(text, below.start, below.end):
        return "prose"
    return "item"


_PLAIN = ("group", "prose", "item")


def _depth(open_kinds: Sequence[str], kind: str, empty_before: bool) -> int:
    """Return under how many of the open headings a new one of this kind stands."""
    if kind.startswith("markdown"):
        return sum(other.startswith("markdown") and other < kind for other in open_kinds)
    if empty_before and open_kinds[-1] == "group" and kind in _PLAIN:
        return len(open_kinds)
    if kind in open_kinds:
        return len(open_kinds) - 1 - list(reversed(open_kinds)).index(kind)
    depth = len(open_kinds)
    while depth and _closes(kind, open_kinds[depth - 1]):
        depth -= 1
    return depth


def _closes(kind: str, open_kind: str) -> bool:
    """Tell whether a kind that is not open ends an open heading rather than standing under it."""
    if kind in _PLAIN:
        return open_kind == "item" or (kind == "prose" and open_kind == "group")
    if open_kind in _PLAIN:
        return True
    return open_kind in NUMBERED[3:5] and kind in NUMBERED[:4] and _rank(kind) < _rank(open_kind)


def _rank(kind: str) -> int:
    return NUMBERED.index(kind)
