"""A figure: what a number in a text says, and whether two say the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a text: `value` (to `high`, where it is a range) in base units `unit`.

    `unit` is "" where none is written, "第" of a rank; `bound` is "", "about", "over" or "under".
    """

    start: int
    end: int
    value: Decimal | None
    unit: str
    bound: str = ""
    high: Decimal | None = None


def figures_agree(text_figures: Sequence[Figure], quote_figures: Sequence[Figure]) -> bool:
    """Return whether every figure of the first occurs in the second, value and unit alike."""
    return all(any(_same(a, b) for b in quote_figures) for a in text_figures)


def _same(a: Figure, b: Figure) -> bool:
    """Return whether two figures say the same amount; units that divide unevenly may round."""
    return (
        (a.unit == b.unit or not a.unit or not b.unit)
        and _close(a.value, b.value)
        and _close(a.high, b.high)
    )


def _close(a: Decimal | None, b: Decimal | None) -> bool:
    """Return whether two values differ by no more than the rounding of a unit's factor."""
    if a is None or b is None:
        return a is b
    return abs(a - b) <= abs(a) * Decimal("1e-6")
