"""Neighbours: figures that are read together with those beside them."""

import re
from dataclasses import replace
from decimal import Decimal

from qa.asking.figure import Figure

# What may stand between figures that share the unit of the last.
_SHARED = frozenset({"、", "和", "与", "及", " and ", "**、**", "**和**"})


def join_neighbours(text: str, figures: list[Figure]) -> list[Figure]:
    """Return the figures with shared units, whole durations, and ranks that no numeral says."""
    return _with_ranks(text, _with_durations(_with_shared_units(text, figures)))


# A rank that is written without a numeral.
_FIRST = re.compile(
    r"(?:位?居|名列|位列|排名?|列)?(?:全国|全球|世界|亚洲|国内|国际|全省|全市|全区|西部|中部|东部)?(?:首位|榜首)"
)


def _with_ranks(text: str, figures: list[Figure]) -> list[Figure]:
    """Return the figures with the first ranks that no numeral says (居全国首位)."""
    if "首" not in text:
        return figures
    first = [Figure(*match.span(), Decimal(1), "第") for match in _FIRST.finditer(text)]
    return sorted(figures + first, key=lambda figure: figure.start) if first else figures


def _with_durations(figures: list[Figure]) -> list[Figure]:
    """Return the figures with the hours and minutes of one duration made one (1小时40分钟)."""
    joined: list[Figure] = []
    for figure in figures:
        last = joined[-1] if joined else None
        if last and last.unit == figure.unit == "小时" and last.end == figure.start:
            total = (last.value or 0) + (figure.value or Decimal(0))
            joined[-1] = replace(last, end=figure.end, value=total)
        else:
            joined.append(figure)
    return joined


def _with_shared_units(text: str, figures: list[Figure]) -> list[Figure]:
    """Give the figures of "15、22个百分点" the unit that only the last of them bears."""
    for at in range(len(figures) - 2, -1, -1):
        this, following = figures[at], figures[at + 1]
        if not this.unit and following.unit and text[this.end : following.start] in _SHARED:
            figures[at] = replace(this, unit=following.unit)
    return figures
