"""Figures: numbers with their units and bounds, as a text writes them.

A figure's span holds what a reader would copy: "近千家", "超过3万人", "200余件", "20—60岁".
"""

import re
from bisect import bisect_right
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from qa.asking.dates import find_dates, is_date, plain, years
from qa.asking.figure import Figure, figures_agree
from qa.asking.neighbours import join_neighbours
from qa.asking.numerals import english_number, english_scale, parse_number, scale_of
from qa.asking.spacing import close_up
from qa.asking.tables import Unit
from qa.asking.unit_words import unit_after

__all__ = ["Figure", "figures_agree", "find_dates", "find_figures", "is_date", "years"]

_MARK = r"\*{0,2}"
_ARABIC = r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?"
_CHINESE = r"[零〇○一二三四五六七八九十百千万亿两]+(?:点[零〇○一二三四五六七八九]+)?"
_WORD = r"(?:one|two|three|four|five|six|seven|eight|nine|ten)(?= )"
# What stands before a number and bounds it, by the bound.
_BEFORE = re.compile(
    r"(?:(?P<over>首次突破|首次超过|突破|超过|超出|高于|大于|不低于|不少于|至少|多于|逾|(?<!赶)超|"
    r"more than |over |at least |exceeding )|"
    r"(?P<under>不超过|不高于|低于|少于|小于|不足|不到|不大于|最多|"
    r"less than |fewer than |under |below |up to )|"
    r"(?P<about>接近|将近|大约|约为|(?<![节制条合公签大])约|(?<![附最])近|"
    r"nearly |almost |about |around )|"
    r"(?P<bare>连续|平均每年|"
    r"(?:全国|全球|世界|亚洲|国内|国际|全省|全市|全区|西部|中部|东部)?第|最低|最高|每))[\s*]{0,3}\Z"
)
_AFTER = re.compile(
    rf"{_MARK}(?:(?P<over>以上|及以上|多(?![少样元种层方民])|余)|(?P<under>以下|以内|之内)|(?P<about>左右|上下))"
)
_MONEY_SIGN = re.compile(r"(?:(RMB|CNY|¥)|(US\$|USD|\$)|(€|EUR)|(£|GBP))[\s*]{0,3}\Z")
_SIGN_UNITS = ("元", "美元", "欧元", "英镑")
_ATOM = re.compile(
    rf"(?P<percent>[百千]分之)(?P<share>{_ARABIC}|{_CHINESE})|"
    rf"(?P<below>{_CHINESE}|\d+)分之(?P<above>{_CHINESE}|\d+)|"
    rf"(?P<number>{_ARABIC}|[数几上近成过]?{_CHINESE}|\b{_WORD})"
    rf"{_MARK}(?P<more>[余多来])?{_MARK}(?P<scale>(?:百(?!分)|[十千万亿]){{0,3}})(?P<more2>[余多])?"
    rf"(?:\s?(?P<english>trillion|billion|million|thousand|hundred)\b)?{_MARK}",
    re.IGNORECASE,
)
_RATIO = re.compile(
    rf"{_MARK}[:∶：比]\s?(\d+(?:\.\d+)?)(?:[:∶：](?P<third>\d+(?:\.\d+)?))?(?![\d:])"
)
_TO = re.compile(r"\s?(?:[-—–~～]{1,2}|[至到](?=[\d零一二三四五六七八九十百两])|to(?= \d))\s?")
# Words that hold a numeral and count nothing.
_IDIOM = re.compile(
    r"十分|万分|千家万户|千方百计|一方面|一度|千万(?:不|要|别)|百年(?:未有|奋斗|变局)|一点(?!\d)|一代|"
    r"一道|一步|一次性|一头|一组?团|一口气|万一|千里|万里|一片|一批|一条龙|一起|一时|一年一度|一国两制|一级|一类"
)
_SCALES = "百千万亿"
_LETTERS = re.compile(r"[A-Za-z\d]")


class _Number(NamedTuple):
    """A numeral with its scale: where it ends, its value, what it already says of unit, bound."""

    start: int
    end: int
    value: Decimal | None
    unit: Unit | None
    bound: str


def find_figures(text: str) -> list[Figure]:
    """Return the figures of the text in order; dates and codes such as C919 are none.

    >>> [text[f.start:f.end] for text in ["累计近千家、12.5亿元"] for f in find_figures(text)]
    ['近千家', '12.5亿元']
    """
    return list(_figures(text))


# Several stages look for the figures of one sentence, and many questions come near it.
@lru_cache(maxsize=8192)
def _figures(text: str) -> tuple[Figure, ...]:
    closed, whence = close_up(plain(text))
    return tuple(
        replace(figure, start=whence[figure.start], end=whence[figure.end - 1] + 1)
        for figure in _find(closed)
    )


def _find(folded: str) -> list[Figure]:
    """Return the figures of a text whose numbers are closed up."""
    dates = find_dates(folded)
    starts = [start for start, _ in dates]
    figures: list[Figure] = []
    at = 0
    while match := _ATOM.search(folded, at):
        at = match.end()
        dated = bisect_right(starts, match.start()) - 1
        if dated >= 0 and match.start() < dates[dated][1]:
            at = max(dates[dated][1], match.start() + 1)
            continue
        if dated + 1 < len(dates) and starts[dated + 1] < at:
            at = dates[dated + 1][1]
            continue
        if idiom := _IDIOM.match(folded, match.start()):
            at = max(at, idiom.end())
        elif figure := _figure(folded, match):
            figures.append(figure)
            at = max(at, figure.end)
    return join_neighbours(folded, figures)


def _figure(text: str, match: re.Match[str]) -> Figure | None:
    """Return the figure that a numeral begins, None where it counts nothing."""
    first = _number(text, match)
    if first is None:
        return None
    if ratio := _RATIO.match(text, first.end):
        return _ratio(text, first, ratio)
    last = _upper(text, first)
    if last is None:
        end, unit = (first.end, first.unit) if first.unit else unit_after(text, first.end)
        if unit is None and _counts_nothing(text, match, end):
            return None
        name = unit.name if unit else ""
        return _bounded(text, first, end, _times(first.value, unit), None, name)
    end, unit = (last.end, last.unit) if last.unit else unit_after(text, last.end)
    if unit is None:
        return None
    low = _times(first.value, first.unit or unit)
    return _bounded(text, first, end, low, _times(last.value, unit), unit.name)


def _ratio(text: str, first: _Number, ratio: re.Match[str]) -> Figure | None:
    """Return the figure of a ratio; one of three parts (5:3:2) has no value."""
    if text[ratio.start()] == "比" and not ratio[1].isdigit():
        return None
    below = Decimal(ratio[1])
    value = first.value / below if first.value is not None and below else None
    return _bounded(text, first, ratio.end(), None if ratio["third"] else value, None, "比")


def _times(value: Decimal | None, unit: Unit | None) -> Decimal | None:
    """Return the value in base units."""
    return value * unit.factor if value is not None and unit is not None else value


def _number(text: str, match: re.Match[str]) -> _Number | None:
    """Return the numeral of a match, None where it is part of a word or a code."""
    start, end = match.span()
    if match["percent"]:
        factor = Decimal(1) if match["percent"][0] == "百" else Decimal("0.1")
        value = parse_number(match["share"])
        return _Number(start, end, value, Unit("%", factor, "percent"), "")
    if match["above"]:
        above, below = parse_number(match["above"]), parse_number(match["below"])
        value = above / below * 100 if above is not None and below else None
        return _Number(start, end, value, Unit("%", Decimal(1), "percent"), "")
    number = match["number"]
    if start and (_joined(text, start, number) or _is_step(text, start, match)):
        return None
    if not number.strip(_SCALES) and not _is_bounded(text, start, match):
        return None
    bound = "over" if match["more"] or match["more2"] else ""
    if number[0] in "数几上近成过":
        bound = {"近": "about", "过": "over", "上": "over"}.get(number[0], "about")
        spread = number[0] in "数几成"
        value = None if spread else parse_number(number[1:])
    elif number[0].isascii() and number[0].isalpha():
        value = Decimal(english_number(number) or 0)
    else:
        value = parse_number(number)
    if value is not None:
        value *= scale_of(match["scale"] or "") * english_scale(match["english"] or "")
    return _Number(start, _unmarked(text, end), value, None, bound)


def _is_bounded(text: str, start: int, match: re.Match[str]) -> bool:
    """Return whether a bare scale has a bound: 超百亿元 is an amount, 亿元以上 but a class."""
    if match["more"] or match["more2"]:
        return True
    before = _BEFORE.search(text, max(0, start - 12), start)
    return before is not None and before.lastgroup != "bare"


def _is_step(text: str, start: int, match: re.Match[str]) -> bool:
    """Return whether a bare scale is what a count is of (4个万亿元台阶)."""
    return text[start - 1] in "个级" and not match[0].strip("万亿千百十*")


def _joined(text: str, start: int, number: str) -> bool:
    """Return whether a number belongs to a code or word before it (C919, GB/T-1, 1.2.3)."""
    before = text[start - 1]
    if number[0].isdigit() and number[0].isascii():
        if before == "_" or (before.isascii() and before.isalpha()):
            return not re.search(r"(?:RMB|CNY|USD|EUR|GBP)\Z", text[max(0, start - 3) : start])
        return before in "-." and bool(_LETTERS.match(text, start - 2)) if start > 1 else False
    return False


def _unmarked(text: str, end: int) -> int:
    """Return the end without the emphasis marks that stand before it."""
    while text[end - 1] == "*":
        end -= 1
    return end


def _upper(text: str, first: _Number) -> _Number | None:
    """Return the upper end of a range that begins with the number."""
    after, unit = unit_after(text, first.end)
    to = _TO.match(text, after)
    if not to or (to[0].strip() in {"至", "到"} and _moves(text, first.start)):
        return None
    match = _ATOM.match(text, to.end())
    if match is None or match["above"]:
        return None
    last = _number(text, match)
    if last is None or last.value is None or first.value is None:
        return None
    scale = scale_of(match["scale"] or "") if not match["percent"] else Decimal(1)
    written = text[first.start : first.end]
    low = first.value
    if unit is None and scale > 1 and not any(c in "十百千万亿" for c in written):
        low *= scale
    return last if low <= 0 else _upper_of(first, low, last)


def _upper_of(first: _Number, low: Decimal, last: _Number) -> _Number | None:
    """Return the upper end where the two are in order."""
    return last if last.value is not None and low < last.value else None


def _moves(text: str, start: int) -> bool:
    """Return whether 从 or 由 stands before the number: then 到 is no range but a change."""
    return any(c in "从由自" for c in text[max(0, start - 2) : start])


def _counts_nothing(text: str, match: re.Match[str], end: int) -> bool:
    """Return whether a numeral without a unit is no figure: a Chinese one, a code, a list mark."""
    number = match["number"]
    if not number or not number[0].isascii():
        ranked = text[max(0, match.start() - 1) : match.start()] == "第"
        large = number and number[-1] in "万亿" and number[0] not in _SCALES
        return not (number and (match["scale"] or ranked or large))
    if number[0].isalpha():
        return True
    if text[end : end + 1].isascii() and text[end : end + 1].isalpha() and not match["english"]:
        return True
    if text.startswith("号", end):
        return True
    line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
    return not line.strip(" *") and text[end : end + 1] in {".", "、", "．", ")", "）"}


def _bounded(
    text: str, first: _Number, end: int, value: Decimal | None, high: Decimal | None, unit: str
) -> Figure:
    """Return the figure with the bound words around it taken in."""
    start, bound = first.start, first.bound
    if sign := _MONEY_SIGN.search(text, max(0, start - 7), start):
        start = sign.start()
        unit = next(u for u, group in zip(_SIGN_UNITS, sign.groups(), strict=True) if group)
    after = _AFTER.match(text, end)
    if after and (unit or after[0].strip("*") not in {"多", "余"}):
        end, bound = after.end(), after.lastgroup or bound
    if before := _BEFORE.search(text, max(0, start - 12), start):
        start = before.start()
        if before["bare"] and before["bare"][-1] == "第":
            unit = "第"
        elif before.lastgroup != "bare":
            bound = before.lastgroup or bound
    return Figure(start, end, value, unit, bound, high)
