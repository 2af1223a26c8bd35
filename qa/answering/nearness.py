"""Nearness: where in a quote the words of the question are met."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import log

import numpy as np
from numpy.typing import NDArray

from qa.answering.told import Told, told_in
from qa.asking.dates import plain
from qa.asking.figures import Figure
from qa.asking.question import Question
from qa.asking.tables import aliases
from qa.retrieval.cosines import Cosines
from qa.retrieval.embed import Tokens

# How much a word is worth that only another part of the question says.
_ELSEWHERE = 0.3
# What the log of a quote's chance is worth, and a word that only its headings say.
_ALIAS = 0.8
_SINGLE = 0.3
_PRIOR, _HEADING = 0.5, 0.3
# Cosines of pieces: below the first they say nothing, from the second on two words mean the same.
_NOISE, _MET = np.float32(0.3), np.float32(0.5)
_ORDINAL = re.compile(r"第([一二三四五六七八九])(?![十百])")


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote with how near each of its characters is to the question's terms, 0 to 1.

    `relevance` is float32[len(text)], or float32[terms, len(text)] with a row for each term and
    then `weights` float32[terms] says how much each term matters and `spans` where it stands in
    the question. `prior` is the quote's chance to be evidence; `headings` are those above it.
    """

    text: str
    relevance: NDArray[np.float32]
    weights: NDArray[np.float32] | None = None
    spans: tuple[tuple[int, int], ...] = ()
    prior: float = 1.0
    headings: str = ""


def quoted(
    text: str,
    question: Tokens,
    cosines: Cosines,
    prior: float = 1.0,
    headings: str = "",
) -> Quoted:
    """Return a quote with the cosines of its pieces with those of a question."""
    pieces = cosines.encoder.tokens(text)
    relevance = np.zeros((len(question), len(text)), np.float32)
    if len(pieces) and len(question):
        met = cosines.between(question.ids, pieces.ids)
        inside, places = _inside(pieces.spans)
        relevance[:, inside] = np.take(met, places, axis=1)
    return Quoted(text, relevance, question.weights, question.spans, prior, headings)


# Many questions come near the same sentence.
@lru_cache(maxsize=2048)
def _inside(
    spans: tuple[tuple[int, int], ...],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return every offset inside the spans, with the number of the span; the later one counts."""
    number = {at: which for which, (start, end) in enumerate(spans) for at in range(start, end)}
    return np.array([*number], np.intp), np.array([*number.values()], np.intp)


@dataclass(frozen=True)
class Near:
    """A quote against one question: a row of `rows` says where one of its words is met.

    `told` is what the quote says whatever is asked. `base` is what every candidate of this quote
    has: its chance, and the words that its headings say in its place.
    """

    told: Told
    quoted: Quoted
    rows: NDArray[np.float32]
    exact: NDArray[np.bool_]
    base: float = 0.0

    @property
    def raw(self) -> str:
        """The quote as it stands."""
        return self.told.raw

    @property
    def text(self) -> str:
        """The quote with full-width punctuation, of the same length."""
        return self.told.text

    @property
    def figures(self) -> list[Figure]:
        """The figures of the quote."""
        return self.told.figures

    @property
    def dates(self) -> list[tuple[int, int]]:
        """The spans of the dates of the quote."""
        return self.told.dates

    @property
    def clauses(self) -> list[tuple[int, int]]:
        """The spans between commas."""
        return self.told.clauses

    def clause(self, at: int) -> tuple[int, int]:
        """Return the clause that holds the offset."""
        return self.told.clause(at)

    def met(self, spans: Sequence[tuple[float, int, int]]) -> float:
        """Return the sum over the question's words of the best (weight, start, end) that has it."""
        rows, best = self.rows, np.maximum.reduce
        parts = [best(rows[:, a:b], axis=1) * weight for weight, a, b in spans if a < b]
        return float(best(parts).sum()) if parts else 0.0

    def met_by(self, weights: Sequence[float], spans: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return float32[K]: what `met` is of each of many; `spans` is intp[K, weights, 2]."""
        # An empty span may stand at the end.
        rows = np.concatenate([self.rows, np.zeros((len(self.rows), 1), np.float32)], axis=1)
        best = np.maximum.reduceat(rows, spans.ravel(), axis=1)[:, ::2]
        counts = (spans[..., 0] < spans[..., 1]) * np.array(weights, np.float32)
        parts = best.reshape(len(rows), *counts.shape) * counts
        return np.asarray(np.ascontiguousarray(parts.max(axis=2).T).sum(axis=1))

    def where(self, question: Question, word: str) -> list[int]:
        """Return the offsets at which a word of the whole question is met by its vectors."""
        at = question.folded.rfind(word) if word else -1
        spans, rows = self.quoted.spans, self.quoted.relevance
        if at < 0 or rows.ndim != 2 or len(spans) != len(rows):
            return []
        of = [i for i, (a, b) in enumerate(spans) if a < at + len(word) and at < b]
        if not of:
            return []
        met = rows[of].max(axis=0) >= _MET
        return [int(i) for i in np.flatnonzero(met)]

    @cached_property
    def total(self) -> float:
        """The sum of `met` over the whole quote."""
        return self.met([(1.0, 0, len(self.text))])


def nearness(question: Question, whole: Question, quoted: Quoted) -> Near:
    """Return where the words of a question, or of one part of the whole question, are met."""
    told, length = told_in(quoted.text), len(quoted.text)
    folded = told.folded
    own = dict.fromkeys(_aliased(question.folded), _ALIAS)
    own |= dict.fromkeys(_pairs(question.terms), 1.0)
    if whole is not question:
        own |= {pair: _ELSEWHERE for pair in _pairs(whole.terms) if pair not in own}
    said = {pair: found for pair in own if (found := list(_places(folded, pair)))}
    rows = np.zeros((len(said), length), np.float32)
    exact = np.zeros(length, np.bool_)
    for row, (pair, places) in zip(rows, said.items(), strict=True):
        for at in places:
            row[at : at + len(pair)] = own[pair]
            exact[at : at + len(pair)] = True
    singles = _singles(question, folded, said)
    given = _given(quoted)
    if whole is not question:
        given = given * _shares(question, whole, quoted)[:, None]
    if question.lang == "en" and len(given):
        exact |= given.max(axis=0) >= _MET
    rows = np.concatenate([rows, singles, _weighted(given, quoted.weights)])
    rows = rows[rows.any(axis=1)]
    base = _base(quoted, {pair: own[pair] for pair in own if pair not in said})
    return Near(told, quoted, rows, exact, base)


def _places(text: str, word: str) -> Iterator[int]:
    """Yield where a word stands; a Latin one or a number only where it is whole."""
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        if not word.isascii() or not (_is_latin(text, at - 1) or _is_latin(text, end)):
            yield at
        at = text.find(word, at + 1)


def _is_latin(text: str, at: int) -> bool:
    """Return whether a Latin letter or digit stands here."""
    return 0 <= at < len(text) and text[at].isascii() and text[at].isalnum()


def _base(quoted: Quoted, unsaid: Mapping[str, float]) -> float:
    """Return what a quote's chance is worth, and the words that only its headings say."""
    headings = _lower(quoted.headings)
    said = sum(weight for pair, weight in unsaid.items() if pair in headings)
    return _PRIOR * max(-4.0, log(max(quoted.prior, 1e-6))) + _HEADING * said


# Many quotes stand under the same headings.
@lru_cache(maxsize=1024)
def _lower(headings: str) -> str:
    return plain(headings).lower()


def _singles(question: Question, folded: str, said: Iterable[str]) -> NDArray[np.float32]:
    """Return a row for each character of the question that is met in no pair of the question."""
    met = {ch for pair in said for ch in pair}
    alone = dict.fromkeys(ch for term in question.terms for ch in term if ch > "\u3400")
    found = [ch for ch in alone if ch not in met and ch in folded]
    single = np.zeros((len(found), len(folded)), np.float32)
    for row, ch in zip(single, found, strict=True):
        row[list(_places(folded, ch))] = _SINGLE
    return single


def _given(quoted: Quoted) -> NDArray[np.float32]:
    """Return the relevance as float32[terms, len(text)], 0 where it is but noise."""
    rows = quoted.relevance if quoted.relevance.ndim == 2 else quoted.relevance[None, :]
    return np.where(rows >= _NOISE, rows, np.float32(0))


def _shares(question: Question, whole: Question, quoted: Quoted) -> NDArray[np.float32]:
    """Return float32[rows]: how much a part of a question makes of each word of the whole."""
    said = [whole.text[start:end] for start, end in quoted.spans]
    if len(said) != len(quoted.relevance):
        return np.ones(len(quoted.relevance), np.float32)
    own = [word in question.text or word in question.folded for word in said]
    return np.where(own, np.float32(1), np.float32(_ELSEWHERE))


def _weighted(
    rows: NDArray[np.float32], weights: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    """Return the rows by the weight of their terms, the heaviest 1."""
    if weights is None or not len(weights) or weights.max() <= 0:
        return rows
    return np.asarray(rows * (weights / weights.max())[:, None], np.float32)


# Every quote is held against the same question.
@lru_cache(maxsize=64)
def _aliased(folded: str) -> tuple[str, ...]:
    """Return the pairs of characters of what reports call the things that a question names."""
    pairs = []
    for asked, written in aliases().items():
        if asked in folded:
            pairs += [written[i : i + 2] for i in range(len(written) - 1)]
    for match in _ORDINAL.finditer(folded):
        pairs.append(f"第{'一二三四五六七八九'.index(match[1]) + 1}")
        if match[0] == "第一":
            pairs.append(f"首{folded[match.end() : match.end() + 1]}")
    return tuple(pairs)


@lru_cache(maxsize=64)
def _pairs(terms: tuple[str, ...]) -> tuple[str, ...]:
    """Return the pairs of characters of Chinese terms, the words and numbers of any."""
    words = [word for term in terms for word in _WORD.findall(term)]
    found = (_paired(word) for word in words if len(word) > 1 or not word.isascii())
    return tuple(pair for pairs in found for pair in pairs)


_WORD = re.compile(r"[a-z0-9.]+|[^\x00-\x7f]+")


def _paired(word: str) -> Sequence[str]:
    if word.isascii() or len(word) == 1:
        return [word]
    return [word[i : i + 2] for i in range(len(word) - 1)]
