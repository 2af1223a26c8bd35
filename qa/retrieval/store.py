"""Vectors on disk and their exact search; the only file that knows faiss.

What is kept is a plain float32 `.npy`; the faiss index is rebuilt in memory at load, so that faiss
never parses a file. faiss and `fork` do not go together: start workers by spawning.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.errors import IndexCorrupt, StorageError, UsageError

_FILE = "vectors.npy"


class VectorStore:
    """Unit vectors float32[n, dim], searched exactly by inner product."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        self.vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        # faiss is told the type at run time only: its stubs do not know its own wrappers.
        self._index: Any = import_module("faiss").IndexFlatIP(self.vectors.shape[1])
        if len(self.vectors):
            self._index.add(self.vectors)

    def __len__(self) -> int:
        return int(self.vectors.shape[0])

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self.vectors.shape[1])

    @classmethod
    def build(cls, vectors: NDArray[np.float32]) -> "VectorStore":
        """Return a store of these rows; raise `UsageError` unless finite and two-dimensional."""
        if vectors.ndim != 2 or not vectors.shape[1]:
            raise UsageError(
                f"vectors to store have shape {vectors.shape}",
                "give an array [n, dim] with dim > 0",
            )
        if not np.isfinite(vectors).all():
            raise UsageError("a vector to store is not finite", "check what the encoder returned")
        return cls(vectors)

    def save(self, folder: Path) -> None:
        """Write the vectors into an existing folder."""
        try:
            np.save(folder / _FILE, self.vectors, allow_pickle=False)
        except OSError as error:
            raise StorageError(f"cannot write {folder / _FILE}: {error}", "free space") from error

    @classmethod
    def load(cls, folder: Path) -> "VectorStore":
        """Read what `save` wrote; raise `IndexCorrupt` if it is not that."""
        try:
            vectors = np.load(folder / _FILE, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise IndexCorrupt(f"cannot read {folder / _FILE}: {error}", "run qa build") from error
        good = vectors.ndim == 2 and vectors.dtype == np.float32 and np.isfinite(vectors).all()
        if not good or not vectors.shape[1]:
            raise IndexCorrupt(f"{folder / _FILE} holds no finite float32 rows", "run qa build")
        return cls(vectors)

    def search(
        self,
        query: NDArray[np.float32],
        k: int,
        allowed: NDArray[np.bool_] | None = None,
    ) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Return rows and inner products, best first, ties by row; at most k.

        A zero query finds nothing. Raises `UsageError` on a wrong dimension or a value that is
        not finite.
        """
        vector = self._checked(query)
        # A few more than asked for, so that ties at the border fall by row, not by heap.
        wanted = min(max(k, 0), len(self)) if vector.any() else 0
        if not wanted or (allowed is not None and not allowed.any()):
            return np.zeros(0, np.intp), np.zeros(0, np.float32)
        rows, scores = self._search(vector, min(len(self), wanted + 16), allowed)
        order = np.lexsort((rows, -scores))[:wanted]
        return rows[order], scores[order]

    def scores(self, query: NDArray[np.float32], rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the inner product with each of these rows."""
        return self.vectors[rows] @ self._checked(query)

    def _search(
        self, vector: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        faiss = import_module("faiss")
        options: dict[str, Any] = {}
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            options["params"] = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))
        scores, rows = self._index.search(vector[None, :], k, **options)
        found = rows[0] >= 0
        return rows[0][found].astype(np.intp), scores[0][found]

    def _checked(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        vector = np.ascontiguousarray(query, dtype=np.float32).reshape(-1)
        if vector.shape[0] != self.dim:
            raise UsageError(
                f"the query vector has {vector.shape[0]} dimensions, the index {self.dim}",
                "ask with the encoder that built the index",
            )
        if not np.isfinite(vector).all():
            raise UsageError("the query vector is not finite", "check the encoder's weights")
        return vector
