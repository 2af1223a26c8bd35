"""The short answer: the figure, date, name, place or list itself, as the quotes write it."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from qa.answering.candidates import POINTED, candidates
from qa.answering.counted import with_noun
from qa.answering.definitions import definitions
from qa.answering.enumerations import Enumeration, all_lists
from qa.answering.labels import is_joint
from qa.answering.lists import list_around, list_items
from qa.answering.names import pick_names
from qa.answering.nearness import Near, Quoted, nearness
from qa.answering.persons import asked_titles, asks_person, bears, is_body, pick_persons
from qa.answering.pick import Pick, pick_dates, pick_figures
from qa.answering.places import pick_places
from qa.answering.point import Pointer
from qa.answering.polarity import yes_or_no
from qa.asking.parts import split_asks
from qa.asking.question import Question, parse_question
from qa.asking.sides import compared

__all__ = ["Quoted", "short_answer"]

_LONGEST = 40


def short_answer(
    question: Question, quotes: Sequence[Quoted], pointer: Pointer | None = None
) -> str | None:
    """Return the short answer, None where none is sure enough.

    `pointer` knows what was read of the quotes for the whole question; without it, and for a part
    of the question, rules alone decide. Each item, joined by 、, stands in one of the quotes once
    ** is dropped from both.
    """
    quotes = [quoted for quoted in quotes if quoted.text.strip()]
    if not quotes:
        return None
    items: list[str] = []
    used: set[tuple[str, int]] = set()
    for part in split_asks(question.folded):
        asked = question if part == question.folded else parse_question(part)
        nears = [nearness(asked, question, quoted) for quoted in quotes]
        pointed = pointer if asked is question else None
        items += [item for item in _answers(asked, nears, used, pointed) if item not in items]
    return "、".join(items) or None


def _answers(
    question: Question,
    nears: Sequence[Near],
    used: set[tuple[str, int]],
    pointer: Pointer | None,
) -> list[str]:
    """Return the items that answer one question."""
    if pointer and question.kind in POINTED:
        return _pointed(question, nears, pointer)
    return _by_rules(question, nears, used)


# With less than this share of the chances of all candidates, a short answer is a guess.
_LEAST = 0.3
_TITLE = 4  # how far behind a name its title may end (闻书雁院长)


def _pointed(question: Question, nears: Sequence[Near], pointer: Pointer) -> list[str]:
    """Return the items that the reader points at."""
    among = candidates(question, nears)
    chances = pointer.chances(question, among)
    order = np.argsort(-chances, kind="stable").tolist()
    found = [among[at].found for at in order]
    picks = [one for one in found if isinstance(one, Pick)]
    lists = [one for one in found if isinstance(one, Enumeration)]
    if question.kind == "list":
        return list_items(question, nears, lists)
    if question.kind == "figure":
        return _figures(question, picks, nears, set())
    if not picks or _chance(picks, chances[order].tolist()) < _LEAST:
        return []
    if question.kind == "date":
        return _best(picks)
    titles, best = asked_titles(question), picks[0]
    if titles and not bears(best.near, best.start, best.end + _TITLE, titles):
        return []
    return _with_others(question, nears, _best(picks))


def _chance(picks: Sequence[Pick], chances: Sequence[float]) -> float:
    """Return the chance of the first pick, with that of those that say it in more or fewer words.

    These share the chance of one answer (副校长闻书雁, 闻书雁) and are no doubt about it.
    """
    best = picks[0].text
    same = (_says_same(best, pick.text) for pick in picks)
    return sum(chance for chance, one in zip(chances, same, strict=True) if one)


def _says_same(one: str, other: str) -> bool:
    """Return whether one text is the other but for a few words at its edges, no list item."""
    short, long = sorted((one, other), key=len)
    if short not in long or len(long) - len(short) > _MORE:
        return False
    return len(_ITEMS.findall(short)) == len(_ITEMS.findall(long))


_MORE = 4
_ITEMS = re.compile("[、和与及]")


def _by_rules(question: Question, nears: Sequence[Near], used: set[tuple[str, int]]) -> list[str]:
    """Return the items that the rules alone find."""
    match question.kind:
        case "figure":
            return _figures(question, pick_figures(question, nears, used), nears, used)
        case "comparison":
            return _compared(question, nears, used)
        case "yes_no":
            return yes_or_no(question, nears)
        case "definition":
            return definitions(question, nears)
        case "date":
            return _best(pick_dates(question, nears))
        case "person":
            persons = _best(pick_persons(question, nears))
            if persons or asked_titles(question):
                return persons
            bodies = [p for p in pick_names(question, nears) if is_body(p.text)]
            return _whole_list(question, nears, _best(bodies))
        case "place":
            return _with_others(question, nears, _best(pick_places(question, nears)))
        case "list":
            lists = sorted(all_lists(question, nears), key=lambda found: -found.score)
            return list_items(question, nears, lists)
        case "name" if asks_person(question):
            return _best(pick_persons(question, nears))
        case "name":
            return _with_others(question, nears, _best(pick_names(question, nears)))
    return []


def _best(picks: Sequence[Pick]) -> list[str]:
    """Return the best pick as a list of one, or nothing."""
    return [picks[0].text] if picks and len(picks[0].text) <= _LONGEST else []


_ONE = re.compile(
    r"哪(?:一)?[个座家所项艘款支部处条届位种篇本块片颗]|(?:什么|啥)(?!名|[？?。]?$)|"
    r"\b(?:which|what) (?!are|two|three)"
)


def _with_others(question: Question, nears: Sequence[Near], found: list[str]) -> list[str]:
    """Return a name with the others of its list where the question leaves open how many."""
    return found if _ONE.search(question.folded) else _whole_list(question, nears, found)


def _whole_list(question: Question, nears: Sequence[Near], found: list[str]) -> list[str]:
    """Return a name with the others of its list."""
    if not found:
        return found
    return list_around(question, nears, found[0]) or found


def _figures(
    question: Question,
    picks: Sequence[Pick],
    nears: Sequence[Near],
    used: set[tuple[str, int]],
) -> list[str]:
    """Return the best of the picks, or all that belong to it where several figures are asked."""
    if not picks:
        return []
    best = picks[0]
    several = question.several or question.kind == "comparison" or _ends_asked(question)
    chosen = [p for p in picks if p is best or (several and _beside(best, p, len(nears) > 1))]
    order = {id(near): at for at, near in enumerate(nears)}
    chosen.sort(key=lambda pick: (order[id(pick.near)], pick.start))
    used.update((pick.near.text, pick.start) for pick in chosen)
    return [with_noun(question, pick) for pick in _runs(chosen)]


_BOTH_ENDS = re.compile(r"变化|前后|怎[么样]?调整|(?:由|从)(?:多少|几).{0,12}(?:到|至)")


def _ends_asked(question: Question) -> bool:
    """Return whether both ends of a change are asked for."""
    return bool(_BOTH_ENDS.search(question.folded))


def _runs(picks: Sequence[Pick]) -> list[Pick]:
    """Return the picks with those that stand side by side in the quote made one (5.3%和7%)."""
    runs: list[Pick] = []
    for pick in picks:
        last = runs[-1] if runs else None
        text = pick.near.text
        if last and last.near.text == text and is_joint(text, last.end, pick.start):
            runs[-1] = replace(last, end=pick.end)
        else:
            runs.append(pick)
    return runs


def _compared(question: Question, nears: Sequence[Near], used: set[tuple[str, int]]) -> list[str]:
    """Return the figure of each side; none where the quotes have but one for both."""
    sides = compared(question)
    if not sides:
        return _figures(question, pick_figures(question, nears, used), nears, used)
    found: list[Pick] = []
    for asked in sides:
        near = [nearness(asked, question, n.quoted) for n in nears]
        told = {pick.text for pick in found}
        picks = [pick for pick in pick_figures(asked, near, used) if pick.text not in told]
        if not picks:
            return []
        found.append(picks[0])
        used.add((picks[0].near.text, picks[0].start))
    return [pick.text for pick in _runs(found)]


def _beside(best: Pick, other: Pick, across: bool) -> bool:
    """Return whether another figure belongs into one answer with the best."""
    if best.figure is None or other.figure is None or best.figure.unit != other.figure.unit:
        return False
    if best.near is other.near:
        return best.near.clause(best.start) == other.near.clause(other.start)
    return across and other.score > 0.7 * best.score
