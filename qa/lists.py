"""Lists: the items that a quote strings together with 、 or that several quotes bring one each."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.figures import find_figures
from qa.names import ends_name, trim
from qa.nearness import Near
from qa.numerals import parse_number
from qa.question import Question

_MOST = 30
_STOP = re.compile(r"[，；。！？;!?：:（）()\n]|——")
_QUOTES = re.compile(r"“[^“”]*”|《[^《》]*》|（[^（）]*）|\([^()]*\)|「[^「」]*」")
_AND = re.compile(r"以及|[和及与]")
_COUNT = re.compile(r"(?:哪|的|这|其|^|[^第\d一二三四五六七八九十])(\d+|[两二三四五六七八九十]{1,2})(?:个|条|项|家|座|所|大|种|重|支|处|字|类|部|款|位|省|市|县|区|方面|点|样|城|地|件)")
_SIDE_BY_SIDE = re.compile(r"”“|》《|」「")


@dataclass(frozen=True, slots=True)
class Enumeration:
    """Items of one quote in order, with the span they cover and how well it fits."""

    items: tuple[str, ...]
    score: float


def list_items(question: Question, nears: Sequence[Near]) -> list[str]:
    """Return the items that a list question asks for, [] where no list fits."""
    wanted = _wanted(question)
    found = [e for near in nears for e in _enumerations(near, wanted)]
    best = max(found, key=lambda e: e.score, default=None)
    if len(nears) > 2 and (best is None or len(best.items) < len(nears)):
        leads = [lead for near in nears if (lead := _lead(near))]
        if len(leads) == len(nears):
            return leads
    if best is None:
        return []
    return list(best.items)


def _wanted(question: Question) -> int:
    """Return how many items the question says there are, 0 where it does not."""
    match = _COUNT.search(question.folded)
    value = parse_number(match[1]) if match else None
    return int(value) if value is not None and 1 < value <= _MOST else 0


def _lead(near: Near) -> str:
    """Return what a quote that is one item of a list begins with."""
    text = near.text.replace("*", "").strip()
    stop = re.search(r"[：:。；\n]|[，,]", text)
    lead = text[: stop.start()] if stop else text
    return lead.strip() if 1 < len(lead.strip()) <= 40 else ""


def _enumerations(near: Near, wanted: int) -> Iterator[Enumeration]:
    """Yield what the clauses of a quote string together."""
    masked = _QUOTES.sub(lambda match: "□" * len(match[0]), near.text)
    at = 0
    for stop in [*(match.span() for match in _STOP.finditer(masked)), (len(masked), len(masked))]:
        yield from _in_clause(near, masked, at, stop[0], wanted)
        at = stop[1]


def _in_clause(near: Near, masked: str, start: int, end: int, wanted: int) -> Iterator[Enumeration]:
    """Yield the list that a clause holds, with its outer items freed from what they stand in."""
    cuts = [(i, i + 1) for i in range(start, end) if masked[i] == "、"]
    last = cuts[-1][1] if cuts else start
    if joins := list(_AND.finditer(masked, last, end)):
        join = joins[0] if cuts else min(joins, key=lambda j: abs(j.start() - (start + end) // 2))
        cuts.append(join.span())
    cuts += _between_marks(near.text, start, end)
    if not cuts:
        return
    cuts.sort()
    spans = list(zip([start, *(b for _, b in cuts)], [*(a for a, _ in cuts), end], strict=True))
    spans[0] = (_begin(near, *spans[0]), spans[0][1])
    tail = spans[-1][1]
    spans[-1] = (spans[-1][0], _finish(near, *spans[-1]))
    items = tuple(_item(near.text[a:b]) for a, b in spans)
    if any(not item for item in items) or len(items) < 2:
        return
    around = [(1.0, start, spans[0][0]), (1.0, spans[-1][1], tail), (0.5, start, end),
              (0.3, 0, len(near.text))]  # fmt: skip
    said = sum(float(near.exact[a:b].mean()) for a, b in spans if a < b) / len(spans)
    score = near.met(around) - 2.0 * said + (2.0 if wanted == len(items) else 0.0)
    yield Enumeration(items, score + 0.1 * min(len(items), 8))


def _between_marks(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the places between marked names that stand side by side (“甲”“乙”)."""
    places = (match.start() + 1 for match in _SIDE_BY_SIDE.finditer(text, start, end))
    return [(place, place) for place in places]


def _begin(near: Near, start: int, end: int) -> int:
    """Return where the first item begins: behind the words that lead to it."""
    at = max(start, ends_name(near.text, start, end))
    for figure in find_figures(near.text[at:end]):
        if figure.end < end - at:
            at += figure.end
            break
    said = [i for i in range(at, end) if near.exact[i]]
    if said and said[-1] + 1 < end and said[-1] - at < end - said[-1]:
        at = said[-1] + 1
    at, _ = trim(near.text, at, end)
    return at


def _finish(near: Near, start: int, end: int) -> int:
    """Return where the last item ends: before a count, a verb or what the question says."""
    for figure in find_figures(near.text[start:end]):
        if figure.start > 1:
            end = start + figure.start
            break
    for at in range(start + 2, end):
        if near.exact[at] and not near.exact[at - 1]:
            end = at
            break
    _, finish = trim(near.text, start, end)
    return finish


def _item(text: str) -> str:
    """Return an item without outer marks."""
    return text.replace("*", "").strip(" \n、，")
