"""Enumerations: what a clause of a quote strings together, with where it begins and ends."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log

from qa.answering.edges import FULL_STOP, breaks, name_breaks, name_ends, trim, whole
from qa.answering.nearness import Near
from qa.asking.figures import find_figures
from qa.asking.numerals import parse_number
from qa.asking.question import Question
from qa.asking.words import word_around

_MOST = 30
# What a list gains beside the name that the question gives it, and loses as but two things.
_CALLED, _PAIR = 3.0, 0.5
_STOP = re.compile(rf"[，；。！？;!?：:（）()\n]|——|{FULL_STOP}")
_BRACKET = re.compile(r"(?<=.)[（(][^（）()]*\d[^（）()]*[）)]$")
_LEAD_IN = re.compile(r"^[将把](?![军来])")
_OURS = re.compile("(?:本|我|全)[省市区县州镇国](?![级属民内])")
_QUOTES = re.compile(r"“[^“”]*”|《[^《》]*》|（[^（）]*）|\([^()]*\)|「[^「」]*」")
_AND = re.compile(r"以及|和(?!谐|睦|解)|及(?![以其时格])|(?<!参)与(?!会|时)")
_COUNT = re.compile(
    r"(?:哪|的|这|其|^|[^第\d一二三四五六七八九十])(\d+|[两二三四五六七八九十]{1,2})"
    r"(?:方面|[个条项家座所大种重支处字类部款位省市县区点样城地件])"
)
# A list told: the quote counts, beside the list, as many things that the question names.
_TOLD = 1.5
_DIGITS = r"\*{0,2}\s?(\d+|[两二三四五六七八九十]{1,2})\s?[个家项座条种类支处所门款位名]?\s?\*{0,2}"
_TOLD_BEFORE = re.compile(rf"[\u4e00-\u9fff）](?:{_DIGITS})?[：:]\s?\Z")
_TOLD_AFTER = re.compile(rf"等?\s?{_DIGITS}(?=[\u4e00-\u9fff]{{2}})")
_MARKS = "“《「"
_NAMED = re.compile(r"[“\"]([^“”\"]{2,12})[”\"]")
_SIDE_BY_SIDE = re.compile(r"”“|》《|」「")


@dataclass(frozen=True, slots=True)
class Enumeration:
    """Items of one quote in order, how well they fit, and whether the quote counts them."""

    near: Near
    start: int
    end: int
    items: tuple[str, ...]
    score: float
    told: bool

    @property
    def text(self) -> str:
        """The items in one."""
        return "、".join(self.items)


def all_lists(question: Question, nears: Sequence[Near]) -> list[Enumeration]:
    """Return whatever the quotes string together."""
    wanted, named = wanted_count(question), tuple(_NAMED.findall(question.folded))
    return [found for near in nears for found in enumerations(near, wanted, named)]


def wanted_count(question: Question) -> int:
    """Return how many items the question says there are, 0 where it does not."""
    match = _COUNT.search(question.folded)
    value = parse_number(match[1]) if match else None
    return int(value) if value is not None and 1 < value <= _MOST else 0


def enumerations(near: Near, wanted: int, named: Sequence[str]) -> Iterator[Enumeration]:
    """Yield what the clauses of a quote string together."""
    masked = _QUOTES.sub(_mask, near.text)
    at = 0
    for stop in [*(match.span() for match in _STOP.finditer(masked)), (len(masked), len(masked))]:
        if found := _in_clause(near, masked, at, stop[0], wanted):
            beside = near.text[max(0, at - 14) : at] + "，" + near.text[stop[0] : stop[0] + 10]
            inside = near.text[at : stop[0]]
            called = any(name in beside or name in inside for name in named)
            yield replace(found, score=found.score + _CALLED * called)
        at = stop[1]


def _mask(match: re.Match[str]) -> str:
    """Return a marked name as one block, a marked list ("“甲、乙”") as a clause of its own."""
    if match[0][0] in "“「" and "、" in match[0]:
        return f"，{match[0][1:-1]}，"
    return "□" * len(match[0])


def _in_clause(near: Near, masked: str, start: int, end: int, wanted: int) -> Enumeration | None:
    """Return the list that a clause holds, with its outer items freed from what they stand in."""
    cuts = [(at, at + 1) for at in range(start, end) if masked[at] == "、"]
    cuts = sorted(cuts + _between_marks(near.text, start, end))
    pair = not cuts
    if cuts and (join := _last_join(masked, [start, *(b for _, b in cuts)], end)):
        cuts.append(join)
    if not cuts:
        joins = [m.span() for m in _AND.finditer(masked, start + 2, end - 2)]
        if not joins:
            return None
        parts = _parts(near, masked, start, end, joins[-1:])
    else:
        parts = _parts(near, masked, start, end, cuts)
        if len(parts) not in {wanted, _told_after(near, parts[-1][1])}:
            parts[-1:] = _at_and(masked, *parts[-1])
    return _enumerated(near, parts, (start, end), wanted, pair)


def _enumerated(
    near: Near,
    parts: Sequence[tuple[int, int]],
    clause: tuple[int, int],
    wanted: int,
    pair: bool,
) -> Enumeration | None:
    """Return the list that parts of a clause are, with how well it fits; None if one is empty."""
    start, end = clause
    items = _plain([_item(near.raw[a:b]) for a, b in parts])
    if any(not item for item in items) or len(items) < 2:
        return None
    around = [(1.0, start, parts[0][0]), (1.0, parts[-1][1], end), (0.5, start, end),
              (0.3, 0, len(near.text))]  # fmt: skip
    said = sum(float(near.exact[a:b].mean()) for a, b in parts if a < b) / len(parts)
    score = near.base + near.met(around) - 2.0 * said + (2.0 if wanted == len(items) else 0.0)
    score += 0.5 * all(item[0] in _MARKS for item in items) - _PAIR * pair
    told = _is_told(near, parts[0][0], parts[-1][1], len(items))
    score += 0.1 * min(len(items), 8) + _TOLD * told
    return Enumeration(near, parts[0][0], parts[-1][1], items, score, told)


def _is_told(near: Near, start: int, end: int, count: int) -> bool:
    """Return whether the quote says beside a list how many things of the asked kind it has."""
    after = _TOLD_AFTER.match(near.text, end)
    if after and near.exact[after.end() : after.end() + 2].all():
        return after[0][0] == "等" or _told_after(near, end) == count
    before = _TOLD_BEFORE.search(near.text[:start])
    if before is None or not near.exact[max(0, before.start() - 1) : before.start() + 1].all():
        return False
    return before[1] is None or parse_number(before[1]) == count


def _told_after(near: Near, end: int) -> int | None:
    """Return how many things the quote says right behind a list, None if it does not."""
    after = _TOLD_AFTER.match(near.text, end)
    value = parse_number(after[1]) if after else None
    return None if value is None else int(value)


def _last_join(masked: str, starts: Sequence[int], end: int) -> tuple[int, int] | None:
    """Return the 和 that joins the last two items (甲行、乙行和丙行), where the first is as usual.

    It is so where the item before it is about as long as the others and ends as they do.
    """
    begin = starts[-1]
    others = [masked[a : b - 1] for a, b in pairwise(starts)]
    inner = others[1:] or others
    usual = sum(map(len, inner)) / len(inner)
    for join in _AND.finditer(masked, begin + 2, min(end - 1, begin + 40)):
        own = masked[begin : join.start()]
        alike = own[-1] == others[-1][-1:]
        near = 0.5 * usual <= len(own) <= 1.6 * usual + 1
        if join[0] == "以及" or (alike and near):
            return join.span()
    return None


def _at_and(masked: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the last item cut at the 和 that joins it with one more, where there is one."""
    for join in _AND.finditer(masked, start + 2, end - 1):
        if join.end() + 1 < end:
            return [(start, join.start()), (join.end(), end)]
    return [(start, end)]


def _parts(
    near: Near, masked: str, start: int, end: int, cuts: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Return the spans of the items that the cuts part, the outer two freed."""
    spans = list(zip([start, *(b for _, b in cuts)], [*(a for a, _ in cuts), end], strict=True))
    inner = spans[1:-1]
    usual = sum(b - a for a, b in inner) / len(inner) if inner else 0.0
    begin = _begin(near, masked, *spans[0], usual)
    usual = usual or float(spans[0][1] - begin)
    others = [near.text[a:b] for a, b in [(begin, spans[0][1]), *inner]]
    finish = _finish(near, masked, *spans[-1], usual, others)
    return [(begin, spans[0][1]), *inner, (spans[-1][0], finish)]


def _between_marks(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the places between marked names that stand side by side (“甲”“乙”)."""
    places = (match.start() + 1 for match in _SIDE_BY_SIDE.finditer(text, start, end))
    return [(place, place) for place in places]


def _begin(near: Near, masked: str, start: int, end: int, usual: float) -> int:
    """Return where the first item begins: where it is about as long as the others."""
    while start + 1 < end and near.text[start] in " *":
        start += 1
    places = {start: 0.0} | dict.fromkeys(name_breaks(masked, start, end), 0.0)
    places |= dict.fromkeys((m.end() for m in _OURS.finditer(masked, start, end)), 0.0)
    for figure in find_figures(masked[start:end]):
        places[start + figure.end] = 0.2
    for at in range(start + 1, end):
        if near.exact[at - 1] and not near.exact[at]:
            places.setdefault(at, 0.6)
        if near.text[at] in "“《「":
            places[at] = 0.0

    places = {at: cost for at, cost in places.items() if whole(near.text, at, end, ())[0] == at}

    def cost(place: int) -> float:
        odd = abs(log((end - place) / usual)) if usual else (end - place) * 0.01
        if trim(near.text, place, end)[0] == place:
            return places[place] + odd
        return places[place] + odd + (1.0 if _is_break(near.text, place) else 0.4)

    begin = min((p for p in places if p + 1 < end), key=cost, default=start)
    return trim(near.text, begin, end)[0] if _is_break(near.text, begin) else begin


def _is_break(text: str, at: int) -> bool:
    """Return whether a word begins here that cannot stand inside a name."""
    return breaks().match(text, at) is not None


def _finish(
    near: Near, masked: str, start: int, end: int, usual: float, others: Sequence[str]
) -> int:
    """Return where the last item ends: where others end alike, before a count or another word."""
    piece = near.text[start:end]
    if (etc := piece.find("等", 2)) > 0:
        return start + etc
    ending = others[-1][-1:]
    alike = bool(ending) and all(other.endswith(ending) for other in others)
    if len(others) > 1 and alike and ending in piece[1:]:
        return start + piece.index(ending, 1) + 1
    places = {end, trim(near.text, start, end)[1]}
    if (mark := piece.find("“", 2)) > 0:
        places.add(start + mark)
    places |= {start + f.start for f in find_figures(masked[start:end]) if f.start > 1}
    places |= {at for at in name_ends(masked, start, end) if at > start + 1}
    said = "".join(others)
    places |= {
        at
        for at in range(start + 2, end)
        if near.exact[at]
        and not near.exact[at - 1]
        and near.text[at : at + 2] not in said
        and not _half_said(near, at)
    }
    for place in sorted(places):
        if _told_after(near, place) == len(others) + 1 and near.text[place - 1] not in _MARKS:
            return place
    best = min(places, key=lambda place: (abs(place - start - usual), place))
    return best


def _half_said(near: Near, at: int) -> bool:
    """Return whether the question says but the beginning of the word here (研究 of 研究院)."""
    begin, stop = word_around(near.text, at)
    return begin == at and stop - at > 2 and not near.exact[at:stop].all()


def _plain(items: Sequence[str]) -> tuple[str, ...]:
    """Return the items without the figures that each has in brackets (甲市（61万件）)."""
    bracketed = sum(bool(_BRACKET.search(item)) for item in items) > 1
    return tuple(_BRACKET.sub("", item) if bracketed else item for item in items)


def _item(text: str) -> str:
    """Return an item without outer marks and the word that leads to it."""
    return _LEAD_IN.sub("", text.replace("*", "").strip(" \n、，"))
