"""Lexical scores: BM25 over character 1- and 2-grams of Chinese, and Latin words and numbers.

bm25s computes the term scores once, at build; a question then sums a few columns of them.
"""

import json
import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.errors import IndexCorrupt, StorageError
from qa.fold import fold

_K1, _B = 1.5, 0.75
_RUNS = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0002fa1f]+|[0-9]+(?:\.[0-9]+)?|[^\W0-9_㐀-鿿豈-﫿]+")
_ARRAYS = {"scores": np.float32, "rows": np.int32, "starts": np.int64}


def terms_of(text: str) -> list[str]:
    """Return the terms of a text, in order and with repeats.

    >>> terms_of("中国 5G")
    ['中', '国', '中国', '5', 'g']
    """
    terms: list[str] = []
    for run in _RUNS.findall(fold(text)):
        terms.extend(run if run[0] >= "㐀" else [run])
        if run[0] >= "㐀":
            terms.extend(run[at : at + 2] for at in range(len(run) - 1))
    return terms


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
        # Rows ascending within a term, so that `holds` can bisect.
        order = np.lexsort((rows, np.repeat(np.arange(len(vocabulary)), np.diff(starts))))
        scores = np.asarray(parts["data"], np.float32)[order]
        return cls(vocabulary, scores, rows[order], starts, len(texts))

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

    def idf(self, term: str) -> float:
        """Return the term's weight, highest for one that no text holds."""
        held = self.frequency(term)
        return math.log1p((self._size - held + 0.5) / (held + 0.5))

    def scores(self, query: str) -> NDArray[np.float32]:
        """Return the BM25 score of every text; a term counts as often as the query has it."""
        total = np.zeros(self._size, np.float32)
        for term in terms_of(query):
            at = self._vocabulary.get(term)
            if at is not None:
                span = slice(self._starts[at], self._starts[at + 1])
                total[self._rows[span]] += self._scores[span]
        return total

    def known_share(self, query: str) -> float:
        """Return the share, by idf, of the query's terms that some text holds; 0 without terms."""
        weights = {term: self.idf(term) for term in terms_of(query)}
        known = sum(weight for term, weight in weights.items() if term in self._vocabulary)
        return known / total if (total := sum(weights.values())) else 0.0

    def matched(self, query: str, row: int) -> list[str]:
        """Return the longest stretches of the query whose terms a text holds, in order.

        Chinese is joined from 2-grams; a single character counts only where it stands alone.
        """
        found: list[str] = []
        for run in _RUNS.findall(fold(query)):
            if run[0] < "㐀" or len(run) == 1:
                found.extend([run] if self.holds(run, row) else [])
                continue
            start = None
            for at in range(len(run)):
                held = at + 1 < len(run) and self.holds(run[at : at + 2], row)
                if held and start is None:
                    start = at
                elif not held and start is not None:
                    found.append(run[start : at + 1])
                    start = None
        return list(dict.fromkeys(found))

    def among(self, term: str, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return bool[len(rows)]: which of these texts hold a term."""
        at = self._vocabulary.get(term)
        if at is None:
            return np.zeros(len(rows), bool)
        holding = self._rows[self._starts[at] : self._starts[at + 1]]
        places = np.minimum(np.searchsorted(holding, rows), len(holding) - 1)
        return np.asarray(holding[places] == rows)

    def holds(self, term: str, row: int) -> bool:
        """Return whether a text holds a term."""
        at = self._vocabulary.get(term)
        if at is None:
            return False
        start, end = int(self._starts[at]), int(self._starts[at + 1])
        place = start + int(np.searchsorted(self._rows[start:end], row))
        return place < end and int(self._rows[place]) == row
