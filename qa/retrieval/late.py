"""Late interaction: how well each piece of a question is met by any piece of a text.

ColBERT's MaxSim on static vectors: a piece's best cosine with the pieces of a text, averaged over
the question with the pieces' weights. It says which word met which text, at no cost in weights.
"""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.errors import IndexCorrupt, StorageError
from qa.retrieval.cosines import Cosines, Remembered
from qa.retrieval.embed import StaticEncoder, Tokens

# Up to so many pieces in all texts together, every text is scored at once.
_WHOLE = 60_000


class TokenIndex:
    """The distinct pieces of each text, over the vectors of those pieces.

    What a piece makes of the texts does not depend on the rest of the question; so over few texts
    the last pieces asked for are kept, with their best cosine in every text.
    """

    def __init__(
        self, ids: NDArray[np.int32], starts: NDArray[np.int64], encoder: StaticEncoder
    ) -> None:
        self._ids, self._starts = ids, starts
        self._held = np.flatnonzero(np.diff(starts))
        self._whole = len(ids) <= _WHOLE
        self._remembered = Remembered(len(self))
        self._ask(Cosines(np.unique(ids), encoder))
        self._joint, self._begin = self, 0

    def join(self, joint: "TokenIndex", begin: int) -> None:
        """Ask an index from now on that has these texts among others, from a row of it on."""
        self._ask(joint.cosines)
        if joint._whole:
            self._joint, self._begin = joint, begin

    def _ask(self, cosines: Cosines) -> None:
        self.cosines, self._places = cosines, cosines.places(self._ids).astype(np.int32)

    def __len__(self) -> int:
        return len(self._starts) - 1

    @classmethod
    def build(cls, texts: Sequence[str], encoder: StaticEncoder) -> "TokenIndex":
        """Return the index of these texts; unknown pieces are left out."""
        pieces = [np.unique(ids[ids > 0]) for ids in encoder.ids(texts)]
        starts = np.zeros(len(pieces) + 1, np.int64)
        np.cumsum([len(ids) for ids in pieces], out=starts[1:])
        ids = np.concatenate(pieces) if pieces else np.zeros(0, np.int32)
        return cls(ids.astype(np.int32), starts, encoder)

    def save(self, folder: Path) -> None:
        """Write ids and starts into an existing folder."""
        try:
            np.save(folder / "late_ids.npy", self._ids, allow_pickle=False)
            np.save(folder / "late_starts.npy", self._starts, allow_pickle=False)
        except OSError as error:
            raise StorageError(f"cannot write into {folder}: {error}", "free space") from error

    @classmethod
    def load(cls, folder: Path, encoder: StaticEncoder) -> "TokenIndex":
        """Read what `save` wrote; raise `IndexCorrupt` if it is not that."""
        try:
            ids = np.load(folder / "late_ids.npy", allow_pickle=False).astype(np.int32)
            starts = np.load(folder / "late_starts.npy", allow_pickle=False).astype(np.int64)
        except (OSError, ValueError, EOFError) as error:
            raise IndexCorrupt(f"no token index in {folder}: {error}", "run qa build") from error
        steady = len(starts) > 0 and starts[0] == 0 and bool((np.diff(starts) >= 0).all())
        if not steady or starts[-1] != len(ids) or not _fit(ids, encoder.size):
            raise IndexCorrupt(f"the token index in {folder} is inconsistent", "run qa build")
        return cls(ids, starts, encoder)

    def best(self, question: Tokens, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return float32[len(rows), len(question)]: best cosine of each piece with each text.

        0 for a piece or a text without vectors, and never less than 0.
        """
        if not len(question) or not len(rows) or not len(self._ids):
            return np.zeros((len(rows), len(question)), np.float32)
        if self._whole:
            return self._joint._columns(question.ids)[:, rows + self._begin].T
        result = np.zeros((len(rows), len(question)), np.float32)
        held = np.flatnonzero(self._starts[rows + 1] > self._starts[rows])
        if len(held):
            places, begins = spread(self._starts, rows[held])
            cosines = self.cosines.at(question.ids, self._places[places])
            result[held] = np.maximum.reduceat(cosines, begins, axis=1).T
        return np.maximum(result, 0.0, out=result)

    def score(self, question: Tokens, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return float32[len(rows)] in [0, 1]: the weighted mean over the question's pieces."""
        total = float(question.weights.sum())
        if total <= 0:
            return np.zeros(len(rows), np.float32)
        return np.asarray(self.best(question, rows) @ (question.weights / total), np.float32)

    def _columns(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return float32[len(ids), texts]: the best cosine of each piece with every text."""
        return self._remembered.rows(ids, self._made)

    def _made(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        cosines = self.cosines.at(ids, self._places)
        best = np.zeros((len(ids), len(self)), np.float32)
        best[:, self._held] = np.maximum.reduceat(cosines, self._starts[self._held], axis=1)
        return np.maximum(best, 0.0, out=best)


def share(indexes: Sequence[TokenIndex]) -> None:
    """Let indexes over one encoder ask in common: for a cosine but once, for all texts at once."""
    lengths = np.concatenate([np.diff(index._starts) for index in indexes])
    starts = np.concatenate([[0], np.cumsum(lengths)])
    ids = np.concatenate([index._ids for index in indexes])
    joint = TokenIndex(ids, starts, indexes[0].cosines.encoder)
    for index, end in zip(indexes, accumulate(map(len, indexes)), strict=True):
        index.join(joint, end - len(index))


def spread(
    starts: NDArray[np.int64], rows: NDArray[np.intp]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places of the rows' entries, one row after the other, and where each begins.

    >>> spread(np.array([0, 2, 3]), np.array([1, 0]))[0].tolist()
    [2, 0, 1]
    """
    first = starts[rows]
    lengths = starts[rows + 1] - first
    begins = lengths.cumsum() - lengths
    return np.arange(int(lengths.sum())) + (first - begins).repeat(lengths), begins


def _fit(ids: NDArray[np.int32], size: int) -> bool:
    return not len(ids) or (int(ids.min()) > 0 and int(ids.max()) < size)
