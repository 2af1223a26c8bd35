"""Candidates: whatever in the quotes may be the short answer, with what the rules say of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.answering.enumerations import Enumeration, all_lists
from qa.answering.names import all_names
from qa.answering.nearness import Near
from qa.answering.persons import pick_persons
from qa.answering.pick import Pick, pick_dates, pick_figures
from qa.answering.places import known_places
from qa.asking.question import Question

Found = Pick | Enumeration

_FINDERS: Mapping[str, Callable[[Question, Sequence[Near]], Sequence[Found]]] = {
    "figure": pick_figures,
    "date": pick_dates,
    "name": all_names,
    "person": pick_persons,
    "place": known_places,
    "list": all_lists,
}
_OF_A_THING = ("name", "person", "place")
_SOUGHT = {
    "figure": ("figure",),
    "date": ("date",),
    "list": ("list",),
    **dict.fromkeys(_OF_A_THING, _OF_A_THING),
    # A question may be but what is asked for (建成大桥的企业): any of these.
    "other": ("figure", "date", *_OF_A_THING),
}
POINTED = frozenset(_SOUGHT)
TRAITS = 3 * len(_FINDERS) + 7


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that may answer; `scores` has the score of each rule that found it, by its name."""

    found: Found
    scores: Mapping[str, float]


def candidates(question: Question, nears: Sequence[Near]) -> list[Candidate]:
    """Return the spans that can answer a question of its kind, each once."""
    spans: dict[tuple[int, int, int], dict[str, Found]] = {}
    for name in _SOUGHT.get(question.kind, ()):
        for found in _FINDERS[name](question, nears):
            if question.kind == "person" and found.near.text[found.start] == "《":
                continue  # a work does nothing
            same = spans.setdefault((id(found.near), found.start, found.end), {})
            if name not in same or same[name].score < found.score:
                same[name] = found
    return [_candidate(same) for same in spans.values()]


def _candidate(same: Mapping[str, Found]) -> Candidate:
    best = max(same.values(), key=lambda found: found.score)
    return Candidate(best, {name: one.score - one.near.base for name, one in same.items()})


def traits(question: Question, among: Sequence[Candidate]) -> NDArray[np.float32]:
    """Return float32[len(among), TRAITS]: what the rules say of each, and how it is written."""
    table = np.zeros((len(among), TRAITS), np.float32)
    kind, count = _COLUMN.get(question.kind), len(_FINDERS)
    top: dict[int, float] = {}
    for row, one in zip(table, among, strict=True):
        found, best = one.found, max(one.scores.values())
        top[id(found.near)] = max(top.get(id(found.near), best), best)
        row[0] = best
        for name, score in one.scores.items():
            row[_COLUMN[name]], row[_COLUMN[name] + count] = score, 4
        row[-4] = min(30, found.end - found.start)
        row[-2] = found.near.text[found.start] in "“《「『"
        row[-1] = isinstance(found, Enumeration) and found.told
    table[:, 1] = table[:, 0] - [top[id(one.found.near)] for one in among]
    table[:, : 2 + 2 * count] /= 4
    if kind is not None:
        table[:, kind + 2 * count] = 1
    table[:, -5] = question.lang == "en"
    table[:, -4] /= 10
    table[:, -3] = table[:, -4] ** 2 / 2
    return table


# Where the score of each rule stands; behind all of them, whether it found the span, and whether
# its kind is asked for.
_COLUMN = {name: at for at, name in enumerate(_FINDERS, 2)}
