"""Told: what stands in a quote whatever is asked: its figures, its dates, its clauses."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property, lru_cache

from qa.asking.dates import find_dates, plain
from qa.asking.figures import Figure, find_figures

_CLAUSE = re.compile(r"[，；。！？：\n]")
_NAMED = re.compile(r"“([^“”]{2,10})”")
# Half-width punctuation that is no part of a number.
_HALF = re.compile(r"[,:](?!\d)|(?<!\d)[,:]|[;!?()]")
_FULL = str.maketrans(",:;!?()", "，：；！？（）")


@dataclass(frozen=True)
class Told:
    """A quote as it stands in `raw`, with all offsets kept."""

    raw: str

    @cached_property
    def text(self) -> str:
        """The quote with full-width punctuation."""
        return _HALF.sub(lambda match: match[0].translate(_FULL), self.raw)

    @cached_property
    def folded(self) -> str:
        """The quote with plain numbers, in lower case where that is of the same length."""
        lower = plain(self.raw).lower()
        return lower if len(lower) == len(self.raw) else plain(self.raw)

    @cached_property
    def figures(self) -> list[Figure]:
        """The figures of the quote, without those in a short name (“五个一批”)."""
        names = [m.span(1) for m in _NAMED.finditer(self.text)]
        return [
            figure
            for figure in find_figures(self.text)
            if not any(a <= figure.start and figure.end < b for a, b in names)
        ]

    @cached_property
    def dates(self) -> list[tuple[int, int]]:
        """The spans of the dates of the quote."""
        return find_dates(self.text)

    @cached_property
    def clauses(self) -> list[tuple[int, int]]:
        """The spans between commas."""
        ends = [match.start() for match in _CLAUSE.finditer(self.text)]
        return list(zip([0, *(end + 1 for end in ends)], [*ends, len(self.text)], strict=True))

    def clause(self, at: int) -> tuple[int, int]:
        """Return the clause that holds the offset."""
        starts = self.clauses
        return starts[max(0, bisect_right(starts, (at, len(self.text))) - 1)]


# Many questions come near the same sentence.
told_in = lru_cache(maxsize=2048)(Told)
