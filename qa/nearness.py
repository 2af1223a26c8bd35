"""Nearness: where in a quote the words of the question are met."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from qa.dates import plain
from qa.figures import Figure, find_figures
from qa.question import Question

# How much a word is worth that only another part of the question says.
_ELSEWHERE = 0.3
_CLAUSE = re.compile(r"[，；。！？;!?\n]|,\s|(?<=[^\d]):|：")
_STOP = re.compile(r"[，；。！？;!?：\n]|,\s")


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote with how near each of its characters is to the question's terms, 0 to 1.

    `relevance` is float32[len(text)], or float32[terms, len(text)] with a row for each term.
    """

    text: str
    relevance: NDArray[np.float32]


@dataclass(frozen=True)
class Near:
    """A quote against one question: a row of `rows` says where one of its words is met."""

    text: str
    given: NDArray[np.float32]
    rows: NDArray[np.float32]
    exact: NDArray[np.bool_]

    @cached_property
    def figures(self) -> list[Figure]:
        """The figures of the quote."""
        return find_figures(self.text)

    @cached_property
    def clauses(self) -> list[tuple[int, int]]:
        """The spans between commas."""
        ends = [match.start() for match in _CLAUSE.finditer(self.text)]
        return list(zip([0, *(end + 1 for end in ends)], [*ends, len(self.text)], strict=True))

    def clause(self, at: int) -> tuple[int, int]:
        """Return the clause that holds the offset."""
        return next((c for c in self.clauses if c[0] <= at <= c[1]), (0, len(self.text)))

    def met(self, spans: Sequence[tuple[float, int, int]]) -> float:
        """Return the sum over the question's words of the best (weight, start, end) that has it."""
        best = np.zeros(len(self.rows), np.float32)
        for weight, start, end in spans:
            if start < end:
                np.maximum(best, weight * self.rows[:, start:end].max(axis=1), out=best)
        return float(best.sum())

    @cached_property
    def total(self) -> float:
        """The sum of `met` over the whole quote."""
        return self.met([(1.0, 0, len(self.text))])


def nearness(question: Question, whole: Question, quoted: Quoted) -> Near:
    """Return where the words of a question, or of one part of the whole question, are met."""
    folded = plain(quoted.text).lower()
    own = dict.fromkeys(_pairs(question), 1.0)
    if whole is not question:
        own |= {pair: _ELSEWHERE for pair in _pairs(whole) if pair not in own}
    rows = np.zeros((len(own), len(folded)), np.float32)
    exact = np.zeros(len(folded), np.bool_)
    for row, (pair, weight) in zip(rows, own.items(), strict=True):
        at = folded.find(pair)
        while at >= 0:
            row[at : at + len(pair)] = weight
            exact[at : at + len(pair)] = True
            at = folded.find(pair, at + 1)
    given = quoted.relevance if quoted.relevance.ndim == 2 else quoted.relevance[None, :]
    return Near(quoted.text, given, np.concatenate([rows, given]), exact)


def _pairs(question: Question) -> Iterator[str]:
    """Yield the pairs of characters of a Chinese question, the words and numbers of any."""
    for term in question.terms:
        for word in re.findall(r"[a-z0-9.]+|[^\x00-\x7f]+", term):
            if word.isascii() or len(word) == 1:
                if len(word) > 1 or not word.isascii():
                    yield word
            else:
                yield from (word[i : i + 2] for i in range(len(word) - 1))
