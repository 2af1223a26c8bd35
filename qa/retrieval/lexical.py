"""Lexical scores: BM25 over character 1- and 2-grams of Chinese, and Latin words and numbers.

bm25s computes the term scores once, at build; a question then sums a few columns of them.
"""

import json
import math
import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.errors import IndexCorrupt, StorageError
from qa.fold import fold
from qa.retrieval.late import spread

_K1, _B = 1.5, 0.75
_RUNS = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0002fa1f]+|[0-9]+(?:\.[0-9]+)?|[^\W0-9_㐀-鿿豈-﫿]+")
_WHOLE = 4 << 20  # bytes; up to so many, which text holds which term is one table
_ARRAYS = {"scores": np.float32, "rows": np.int32, "starts": np.int64}


def terms_of(text: str) -> list[str]:
    """Return the terms of a text, in order and with repeats.

    >>> terms_of("中国 5G")
    ['中', '国', '中国', '5', 'g']
    """
    return [term for run in runs_of(text) for term in _grams(run)]


# Several stages ask for the terms of one question.
@lru_cache(maxsize=64)
def runs_of(text: str) -> tuple[str, ...]:
    """Return the folded words, numbers and runs of Chinese that terms are cut from."""
    return tuple(_RUNS.findall(fold(text)))


def _grams(run: str) -> list[str]:
    if run[0] < "㐀":
        return [run]
    return [*run, *(run[at : at + 2] for at in range(len(run) - 1))]


class LexicalIndex:
    """BM25 scores by term: the columns of a sparse matrix texts × vocabulary."""

    def __init__(
        self,
        vocabulary: dict[str, int],
        scores: NDArray[np.float32],
        rows: NDArray[np.int32],
        starts: NDArray[np.int64],
        size: int,
    ) -> None:
        self._vocabulary = vocabulary
        self._scores, self._rows, self._starts = scores, rows, starts
        self._size = size
        held = np.diff(starts)
        self._idf = np.log1p((size - held + 0.5) / (held + 0.5))
        self._unseen = math.log1p((size + 0.5) / 0.5)

    def __len__(self) -> int:
        return self._size

    @classmethod
    def build(cls, texts: Sequence[str]) -> "LexicalIndex":
        """Return the index of these texts."""
        vocabulary: dict[str, int] = {}
        ids = [[vocabulary.setdefault(t, len(vocabulary)) for t in terms_of(x)] for x in texts]
        if not vocabulary:
            empty = np.zeros(0, np.float32)
            return cls({}, empty, empty.astype(np.int32), np.zeros(1, np.int64), len(texts))
        import bm25s

        model = bm25s.BM25(method="lucene", k1=_K1, b=_B)
        model.index((ids, vocabulary), show_progress=False, create_empty_token=False)
        parts = model.scores
        starts = np.asarray(parts["indptr"], np.int64)
        rows = np.asarray(parts["indices"], np.int32)
        return cls(vocabulary, np.asarray(parts["data"], np.float32), rows, starts, len(texts))

    def save(self, folder: Path) -> None:
        """Write plain arrays and the vocabulary into an existing folder."""
        names = {"size": self._size, "terms": list(self._vocabulary)}
        try:
            for name in _ARRAYS:
                np.save(folder / f"lexical_{name}.npy", getattr(self, f"_{name}"))
            text = json.dumps(names, ensure_ascii=False)
            (folder / "lexical.json").write_text(text, encoding="utf-8")
        except OSError as error:
            raise StorageError(f"cannot write into {folder}: {error}", "free space") from error

    @classmethod
    def load(cls, folder: Path) -> "LexicalIndex":
        """Read what `save` wrote; raise `IndexCorrupt` if it is not that."""
        try:
            names = json.loads((folder / "lexical.json").read_text("utf-8"))
            arrays = {
                name: np.load(folder / f"lexical_{name}.npy", allow_pickle=False).astype(kind)
                for name, kind in _ARRAYS.items()
            }
            vocabulary = {term: at for at, term in enumerate(names["terms"])}
            index = cls(vocabulary, **arrays, size=int(names["size"]))
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            raise IndexCorrupt(f"no lexical index in {folder}: {error}", "run qa build") from error
        if not index._sound():
            raise IndexCorrupt(f"the lexical index in {folder} is inconsistent", "run qa build")
        return index

    def _sound(self) -> bool:
        starts, rows = self._starts, self._rows
        return (
            len(starts) == len(self._vocabulary) + 1
            and bool((np.diff(starts) >= 0).all())
            and int(starts[-1]) == len(rows) == len(self._scores)
            and (not len(rows) or (int(rows.min()) >= 0 and int(rows.max()) < self._size))
        )

    def terms(self, query: str) -> list[str]:
        """Return the distinct terms of a query, in order."""
        return list(dict.fromkeys(terms_of(query)))

    def frequency(self, term: str) -> int:
        """Return how many texts hold a term."""
        at = self._vocabulary.get(term)
        return 0 if at is None else int(self._starts[at + 1] - self._starts[at])

    def idfs(self, terms: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return the terms' weights, highest where no text holds one, and which a text holds."""
        columns = self._columns(terms)
        known = columns >= 0
        weights = np.full(len(columns), self._unseen, np.float32)
        weights[known] = self._idf[columns[known]]
        return weights, known

    def scores(self, query: str) -> NDArray[np.float32]:
        """Return the BM25 score of every text; a term counts as often as the query has it."""
        return self.weigh(terms_of(query))[0]

    def weigh(self, terms: Sequence[str]) -> tuple[NDArray[np.float32], float, float]:
        """Return the texts' scores, what the terms weigh in all, and those that a text holds.

        A text's score is at most the weight of the held terms.
        """
        _, found, places = self._entries(terms)
        held = float(self._idf[found].sum())
        everything = held + self._unseen * (len(terms) - len(found))
        total = np.bincount(self._rows[places], self._scores[places], minlength=self._size)
        return total.astype(np.float32), everything, held

    def matched(self, query: str, rows: NDArray[np.intp]) -> list[tuple[str, ...]]:
        """Return, for each row, the longest stretches of the query whose terms it holds, in order.

        Chinese is joined from 2-grams; a single character counts only where it stands alone.
        """
        runs = [(run, _parts(run)) for run in dict.fromkeys(runs_of(query))]
        held = self.holding([part for _, parts in runs for part in parts], rows).T.tolist()
        found: list[tuple[str, ...]] = []
        for row in held:
            known = iter(row)
            pieces = (_stretches(run, list(islice(known, len(parts)))) for run, parts in runs)
            found.append(tuple(dict.fromkeys(chain.from_iterable(pieces))))
        return found

    def holding(self, terms: Sequence[str], rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return bool[terms, rows]: whether a row holds a term."""
        if self._held.size:
            return self._held[self._columns(terms)][:, rows]
        numbers, found, places = self._entries(terms)
        held = np.zeros((len(terms), self._size), np.bool_)
        lengths = self._starts[found + 1] - self._starts[found]
        held[np.repeat(numbers, lengths), self._rows[places]] = True
        return held[:, rows]

    @cached_property
    def _held(self) -> NDArray[np.bool_]:
        """bool[terms + 1, texts]: which text holds which term, empty where that were too much.

        No text holds the last: it stands for whatever is unknown.
        """
        shape = len(self._vocabulary) + 1, self._size
        held = np.zeros(shape if math.prod(shape) <= _WHOLE else (0, 0), np.bool_)
        if held.size:
            held[np.repeat(np.arange(len(held) - 1), np.diff(self._starts)), self._rows] = True
        return held

    def _entries(
        self, terms: Sequence[str]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int64]]:
        """Return which terms are known, their columns, and the places of all their entries."""
        columns = self._columns(terms)
        known = np.flatnonzero(columns >= 0)
        return known, columns[known], spread(self._starts, columns[known])[0]

    def _columns(self, terms: Sequence[str]) -> NDArray[np.intp]:
        """Return the column of each term, -1 where no text holds it."""
        return np.array([self._vocabulary.get(term, -1) for term in terms], np.intp)


def _parts(run: str) -> list[str]:
    """Return the terms that show where a run is held: 2-grams of Chinese, or the run itself."""
    if run[0] < "㐀" or len(run) == 1:
        return [run]
    return [run[at : at + 2] for at in range(len(run) - 1)]


def _stretches(run: str, held: Sequence[bool]) -> list[str]:
    """Return the stretches of a run all of whose parts are held, 2-grams or the run itself.

    >>> _stretches("甲乙丙丁", [True, True, False])
    ['甲乙丙']
    """
    if all(held):
        return [run]
    stretches, start = [], None
    for at, one in enumerate([*held, False]):
        if one and start is None:
            start = at
        elif not one and start is not None:
            stretches.append(run[start : at + 1])
            start = None
    return stretches
