"""Cosines of a question's pieces with those of the texts, which several stages ask for."""

from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from qa.retrieval.embed import StaticEncoder

Ids = NDArray[np.int32]
Places = NDArray[np.intp]
Floats = NDArray[np.float32]

_CACHE_BYTES = 16 << 20
# Up to so many pieces in the vocabulary, a piece is held against all of them at once.
_WHOLE = 8192


class Remembered:
    """A row of numbers by piece, for as many of the last pieces asked for as there is room."""

    def __init__(self, length: int) -> None:
        self._rows: OrderedDict[int, Floats] = OrderedDict()
        self._room = _CACHE_BYTES // (4 * max(1, length))
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self, ids: Ids, make: Callable[[Ids], Floats]) -> Floats:
        """Return float32[len(ids), length]; `make` gives the rows that are not remembered."""
        wanted = ids.tolist()
        with self._lock:
            known = {i: self._rows[i] for i in wanted if i in self._rows}
            for i in known:
                self._rows.move_to_end(i)
        missing = sorted(set(wanted) - known.keys())
        if missing:
            known.update(zip(missing, make(np.array(missing, np.int32)), strict=True))
            self._remember({i: known[i].copy() for i in missing})
        return np.stack([known[i] for i in wanted])

    def _remember(self, rows: dict[int, Floats]) -> None:
        with self._lock:
            self._rows.update(rows)
            while len(self._rows) > self._room:
                self._rows.popitem(last=False)


class Cosines:
    """The cosines of any pieces with those of a vocabulary, ids in ascending order.

    With a small vocabulary the last pieces asked for are kept, each with all its cosines.
    """

    def __init__(self, vocabulary: Ids, encoder: StaticEncoder) -> None:
        self.vocabulary, self.encoder = vocabulary, encoder
        self._whole = 0 < len(vocabulary) <= _WHOLE
        self._remembered = Remembered(len(vocabulary))

    @cached_property
    def _vectors(self) -> Floats:
        """The vectors of the vocabulary, one a column: so a product of few rows is quickest."""
        return np.ascontiguousarray(self.encoder.table(self.vocabulary).T)

    def places(self, ids: Ids) -> Places:
        """Return intp[len(ids)]: where pieces of the vocabulary stand in it."""
        return np.searchsorted(self.vocabulary, ids)

    def at(self, asked: Ids, places: Places) -> Floats:
        """Return float32[len(asked), len(places)]: the cosines with these of the vocabulary."""
        if self._whole:
            return np.take(self._rows(asked), places, axis=1)
        return self._products(asked, self.vocabulary[places])

    def between(self, asked: Ids, ids: Ids) -> Floats:
        """Return float32[len(asked), len(ids)]: the cosines with any pieces."""
        if not self._whole:
            return self._products(asked, ids)
        places = np.minimum(self.places(ids), len(self.vocabulary) - 1)
        cosines = self.at(asked, places)
        outside = self.vocabulary[places] != ids
        if outside.any():
            cosines[:, outside] = self._products(asked, ids[outside])
        return cosines

    def _rows(self, asked: Ids) -> Floats:
        return self._remembered.rows(asked, lambda ids: self.encoder.table(ids) @ self._vectors)

    def _products(self, asked: Ids, ids: Ids) -> Floats:
        """Return the cosines with pieces, each multiplied once wherever it stands."""
        unique, places = np.unique(ids, return_inverse=True)
        return np.take(self.encoder.table(asked) @ self.encoder.table(unique).T, places, axis=1)
