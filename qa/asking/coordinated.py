"""Coordination: a question about "甲和乙分别" as one about each, with what only one says."""

import re
from functools import cache

from qa.asking.dates import find_dates
from qa.asking.followup.nouns import words
from qa.asking.followup.substitute import ORDINAL
from qa.asking.tables import attribute_units, name_kinds

_JOINT = re.compile(r"、|以及|(?<![缓温饱总共])和(?!谐)|(?<!参)与|(?<![普涉顾波触埃])及(?![时格])")
_QUOTED = re.compile(r"《[^》]*》|“[^”]*”|「[^」]*」|\"[^\"]*\"")
_CLAUSE = re.compile(r"[^，,；;：:]+[，,；;：:]?")
_EACH = re.compile(
    r"(?:分别|各自?(?![类地级界种国省市族区县行业家式]))"
    r"(?=.{0,12}(?:多少|几|何[时年月日]|什么时|哪一?个?[年月日天]))"
)
_AMOUNT = re.compile(r"(?:一?共|总|约|达到?|是|为|有)*(?:多少|几何?)[？?]?$")
_MOST = 4  # things that are told apart; more are a list


def coordinated(part: str) -> tuple[str, ...]:
    """Return a question about "甲和乙分别" as one about each; else the part itself.

    >>> coordinated("钢厂的产量和销量分别是多少")
    ('钢厂的产量是多少', '钢厂的销量是多少')
    """
    if each := _EACH.search(part):
        before, things, behind = _conjuncts(part[: each.start()])
        if not 1 < len(things) <= _MOST:
            return (part,)
        tail = behind + part[each.end() :]
        return tuple(f"{before}{thing}{tail}" for thing in _with_tail(_with_lead(things)))
    amount = _AMOUNT.search(part)
    body = part[: amount.start()] if amount else part.rstrip("？?")
    things = _cut(body)
    if len(things) != 2 or not all(_measured(thing) for thing in things):
        return (part,)
    if "多少" in things[0]:
        return things[0], "多少" + things[1]
    return tuple(thing + (part[len(body) :] or "是多少") for thing in _with_lead(things))


def _conjuncts(head: str) -> tuple[str, list[str], str]:
    """Return the things that a text joins, and what stands before and behind them."""
    clauses = _CLAUSE.findall(head)
    whole = [at for at, clause in enumerate(clauses) if at and _JOINT.match(clause.lstrip())]
    inner = [at for at, clause in enumerate(clauses) if len(_cut(clause)) > 1]
    if whole:
        first, last = whole[0] - 1, whole[-1]
        joined = [clauses[first], *(_JOINT.sub("", one, count=1) for one in clauses[first + 1 :])]
        things = [one.strip("，,；;：: ") for one in joined[: last - first + 1]]
    elif inner:
        first = last = inner[-1]
        things = _cut(clauses[last].rstrip("，,；;：: "))
    else:
        return head, [], ""
    behind = "".join(clauses[last + 1 :]).rstrip("，, ")
    return "".join(clauses[:first]), things, f"，{behind}" if behind else ""


def _cut(text: str) -> list[str]:
    """Return a text cut where it joins; what it quotes stays whole."""
    masked = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), text)
    cuts = [match.span() for match in _JOINT.finditer(masked)]
    starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(text)]
    things = (text[a:b].strip("，, ") for a, b in zip(starts, ends, strict=True))
    return [thing for thing in things if thing]


def _with_lead(things: list[str]) -> list[str]:
    """Return the things with the date or the owner that only the first names: 钢厂的产量和销量."""
    first, *others = things
    dates = find_dates(first)
    end = dates[0][1] if dates and dates[0][0] == 0 and dates[0][1] < len(first) else 0
    if not any("的" in other for other in others) and not first.endswith("的"):
        end = max(end, first.rfind("的") + 1)
    if any(find_dates(other) for other in others):
        return things
    return [first, *(first[:end] + other for other in others)]


def _with_tail(things: list[str]) -> list[str]:
    """Return the things with what only the last says of all: 炼铁和炼钢的占比, 首期和二期产能."""
    *others, last = things
    shared = _tail(others, last)
    return [*(one + shared for one in others), last]


def _tail(others: list[str], last: str) -> str:
    """Return the end of the last thing that the others leave out."""
    if "的" in last:
        return "" if any("的" in one for one in others) else last[last.find("的") :]
    if end := _number_end(others, last):
        return last[end:]
    if any(_measured(one) for one in others):
        return ""
    start = len(last)
    while head := _head_at(last, start):
        start -= head
    return last[start:]


def _head_at(thing: str, end: int) -> int:
    """Return the length of the noun that ends here and does not begin the thing; 0 if none does."""
    return next((n for n in range(end - 1, 1, -1) if thing[end - n : end] in _heads()), 0)


def _number_end(others: list[str], last: str) -> int:
    """Return where the ordinal or the date ends that the last begins with, as the others are."""
    if all(ORDINAL.fullmatch(one) for one in others) and (match := ORDINAL.match(last)):
        return match.end()
    dates = find_dates(last)
    whole = all(find_dates(one)[:1] == [(0, len(one))] for one in others)
    return dates[0][1] if whole and dates and dates[0][0] == 0 else 0


def _measured(thing: str) -> bool:
    """Return whether a phrase ends with an attribute that has a unit of its own."""
    return thing.endswith(tuple(_attributes()))


@cache
def _heads() -> frozenset[str]:
    """Return the nouns of two characters and more that a name of several words may end with."""
    nouns = _attributes() | words("attribute") | words("countable") | name_kinds().keys()
    return frozenset(noun for noun in nouns if len(noun) > 1)


@cache
def _attributes() -> frozenset[str]:
    """Return the Chinese attributes of two characters and more."""
    return frozenset(word for word in attribute_units() if not word.isascii() and len(word) > 1)
