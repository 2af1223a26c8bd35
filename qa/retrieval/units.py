"""The sentences of a text: how much of a question a single one of them meets.

A passage that meets every piece of a question somewhere is less of an answer than one that meets
them in one sentence; both are told. A heading, the line that a text begins with, counts with
every sentence under it.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.errors import IndexCorrupt, StorageError
from qa.retrieval.embed import Embedder, StaticEncoder, Tokens
from qa.retrieval.late import TokenIndex, spread
from qa.retrieval.lexical import LexicalIndex

_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]*")


def units_of(text: str) -> list[str]:
    """Return the sentences of a text, a heading line first; a blank text is one unit.

    >>> units_of("甲地。乙地")
    ['甲地。', '乙地']
    """
    return [unit for unit in _SENTENCE.findall(text) if len(unit.strip()) > 1] or [text]


class UnitIndex:
    """Terms and, for a static encoder, pieces of every sentence, by text."""

    def __init__(
        self,
        lexical: LexicalIndex,
        tokens: TokenIndex | None,
        starts: NDArray[np.int64],
        headed: NDArray[np.bool_],
    ) -> None:
        self._lexical, self.tokens, self._starts, self._headed = lexical, tokens, starts, headed

    def __len__(self) -> int:
        return len(self._headed)

    @classmethod
    def build(cls, texts: Sequence[str], encoder: Embedder) -> "UnitIndex":
        """Return the index of these texts; the first of several lines is taken for a heading."""
        units = [units_of(text) for text in texts]
        starts = np.zeros(len(texts) + 1, np.int64)
        np.cumsum([len(some) for some in units], out=starts[1:])
        headed = np.array(["\n" in text.strip() for text in texts], np.bool_)
        flat = [unit for some in units for unit in some]
        tokens = TokenIndex.build(flat, encoder) if isinstance(encoder, StaticEncoder) else None
        return cls(LexicalIndex.build(flat), tokens, starts, headed)

    def save(self, folder: Path) -> None:
        """Write plain arrays and the vocabulary into an existing folder."""
        self._lexical.save(folder)
        if self.tokens is not None:
            self.tokens.save(folder)
        try:
            np.save(folder / "unit_starts.npy", self._starts, allow_pickle=False)
            np.save(folder / "unit_headed.npy", self._headed, allow_pickle=False)
        except OSError as error:
            raise StorageError(f"cannot write into {folder}: {error}", "free space") from error

    @classmethod
    def load(cls, folder: Path, encoder: Embedder) -> "UnitIndex":
        """Read what `save` wrote; raise `IndexCorrupt` if it is not that."""
        lexical = LexicalIndex.load(folder)
        tokens = TokenIndex.load(folder, encoder) if isinstance(encoder, StaticEncoder) else None
        try:
            starts = np.load(folder / "unit_starts.npy", allow_pickle=False).astype(np.int64)
            headed = np.load(folder / "unit_headed.npy", allow_pickle=False).astype(np.bool_)
        except (OSError, ValueError, EOFError) as error:
            raise IndexCorrupt(f"no unit index in {folder}: {error}", "run qa build") from error
        steady = len(starts) == len(headed) + 1 and bool((np.diff(starts) > 0).all())
        sizes = {len(lexical)} | ({len(tokens)} if tokens is not None else set())
        if not steady or starts[0] != 0 or sizes != {int(starts[-1])}:
            raise IndexCorrupt(f"the unit index in {folder} is inconsistent", "run qa build")
        return cls(lexical, tokens, starts, headed)

    def terms(self, terms: Sequence[str], rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return float32[len(rows)] in [0, 1]: what each row's best sentence holds of the terms.

        The sentence's BM25 score, as a share of what all terms weigh.
        """
        scores, everything, _ = self._lexical.weigh(terms)
        if not len(rows) or everything <= 0:
            return np.zeros(len(rows), np.float32)
        units, begins = spread(self._starts, rows)
        best = np.maximum.reduceat(scores[units], begins) / everything
        return np.asarray(best, np.float32)

    def pieces(
        self, question: Tokens, rows: NDArray[np.intp]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return how much of a question each row meets anywhere, and in its best sentence.

        Late interaction by the weights of the question's pieces; both float32[len(rows)] in
        [0, 1].
        """
        total = float(question.weights.sum())
        if not len(rows) or total <= 0 or self.tokens is None:
            return np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
        weights = question.weights / total
        units, begins = spread(self._starts, rows)
        best = self.tokens.best(question, units)
        anywhere = np.maximum.reduceat(best, begins, axis=0) @ weights
        headed = self._headed[rows]
        if headed.any():
            owners = np.repeat(np.arange(len(rows)), self._starts[rows + 1] - self._starts[rows])
            best = np.maximum(best, (best[begins] * headed[:, None])[owners])
        return anywhere, np.maximum.reduceat(best @ weights, begins)
