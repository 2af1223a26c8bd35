"""The short answer: the figure, date, name, place or list itself, as the quotes write it."""

import re
from collections.abc import Sequence

from qa.lists import list_items
from qa.names import pick_names, pick_persons, pick_places
from qa.nearness import Near, Quoted, nearness
from qa.parts import split_asks
from qa.pick import Pick, pick_dates, pick_figures
from qa.question import Question, parse_question

__all__ = ["Quoted", "short_answer"]

_LONGEST = 40


def short_answer(question: Question, quotes: Sequence[Quoted]) -> str | None:
    """Return the short answer, None where none is sure enough.

    Each item, joined by 、, stands in one of the quotes once ** is dropped from both.
    """
    quotes = [quoted for quoted in quotes if quoted.text.strip()]
    if not quotes:
        return None
    items: list[str] = []
    used: set[tuple[str, int]] = set()
    for part in split_asks(question.folded):
        asked = question if part == question.folded else parse_question(part)
        nears = [nearness(asked, question, quoted) for quoted in quotes]
        items += [item for item in _answers(asked, nears, used) if item not in items]
    return "、".join(items) or None


def _answers(question: Question, nears: Sequence[Near], used: set[tuple[str, int]]) -> list[str]:
    """Return the items that answer one question."""
    match question.kind:
        case "figure":
            return _figures(question, nears, used)
        case "comparison":
            return _figures(question, nears, used)
        case "date":
            return _best(pick_dates(question, nears))
        case "person":
            return _best(pick_persons(question, nears)) or _best(pick_names(question, nears))
        case "place":
            return _best(pick_places(question, nears))
        case "list":
            return list_items(question, nears)
        case "name":
            return _best(pick_names(question, nears))
    return []


def _best(picks: Sequence[Pick]) -> list[str]:
    """Return the best pick as a list of one, or nothing."""
    return [picks[0].text] if picks and len(picks[0].text) <= _LONGEST else []


def _figures(question: Question, nears: Sequence[Near], used: set[tuple[str, int]]) -> list[str]:
    """Return the figure asked for, or all of them where several are."""
    picks = pick_figures(question, nears, used)
    if not picks:
        return []
    best = picks[0]
    several = question.several or question.kind == "comparison"
    chosen = [p for p in picks if p is best or (several and _beside(best, p, len(nears) > 1))]
    order = {id(near): at for at, near in enumerate(nears)}
    chosen.sort(key=lambda pick: (order[id(pick.near)], pick.start))
    used.update((pick.near.text, pick.start) for pick in chosen)
    return [pick.text for pick in chosen]


def _beside(best: Pick, other: Pick, across: bool) -> bool:
    """Return whether another figure belongs into one answer with the best."""
    if best.figure is None or other.figure is None or best.figure.unit != other.figure.unit:
        return False
    if best.near is other.near:
        return best.near.clause(best.start) == other.near.clause(other.start)
    return across and other.score > 0.7 * best.score


def _clean(text: str) -> str:
    """Return the text without emphasis and outer marks."""
    return re.sub(r"^[\s，、；：。*]+|[\s，、；：。*]+$", "", text.replace("*", ""))
