"""Spans: what may be the short answer, as arrays over the pieces that were read."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """K spans: their `first` and `last` pieces among all that were read, and whose they are.

    `first`, `last` and `sentence` are intp[K], -1 where the sentence was not read; `traits` is
    float32[K, traits].
    """

    first: NDArray[np.intp]
    last: NDArray[np.intp]
    sentence: NDArray[np.intp]
    traits: NDArray[np.float32]


def pieces_of(spans: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int] | None:
    """Return the first and last of the pieces that a slice of the text touches.

    >>> pieces_of([(0, 2), (2, 3), (3, 6)], 2, 5)
    (1, 2)
    """
    first = bisect_right(spans, start, key=lambda span: span[1])
    last = bisect_left(spans, end, key=lambda span: span[0]) - 1
    return (first, last) if first <= last else None
