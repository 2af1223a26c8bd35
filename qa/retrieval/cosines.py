"""Cosines of a question's pieces with those of the texts, which several stages ask for."""

from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from qa.retrieval.embed import StaticEncoder

Ids = NDArray[np.int32]
Floats = NDArray[np.float32]

_CACHE_BYTES = 16 << 20
# Up to so many pieces in the vocabulary, a piece is held against all of them at once.
_WHOLE = 8192


class Remembered:
    """A row of numbers by piece, for as many of the last pieces asked for as there is room."""

    def __init__(self, length: int) -> None:
        room = _CACHE_BYTES // (4 * max(1, length))
        self._table = np.empty((room, length), np.float32)  # no memory before it is written
        self._places: OrderedDict[int, int] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._places)

    def rows(self, ids: Ids, make: Callable[[Ids], Floats]) -> Floats:
        """Return float32[len(ids), length], of one id at least.

        `make` gives the rows that are not remembered.
        """
        wanted = ids.tolist()
        distinct = set(wanted)
        if len(distinct) > len(self._table):
            return make(ids)
        with self._lock:
            missing = sorted(i for i in distinct if i not in self._places)
            for i in distinct.difference(missing):
                self._places.move_to_end(i)
            made = make(np.array(missing, np.int32)) if missing else ()
            for i, row in zip(missing, made, strict=True):
                self._remember(i, row)
            return self._table[[self._places[i] for i in wanted]]

    def _remember(self, piece: int, row: Floats) -> None:
        """Write a row to a free place, or else over the one that was asked for longest ago."""
        full = len(self._places) == len(self._table)
        place = self._places.popitem(last=False)[1] if full else len(self._places)
        self._places[piece] = place
        self._table[place] = row


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

    def places(self, ids: Ids) -> NDArray[np.intp]:
        """Return where pieces of the vocabulary stand in it."""
        return np.asarray(np.searchsorted(self.vocabulary, ids))

    def at(self, asked: Ids, places: NDArray[np.integer]) -> Floats:
        """Return float32[len(asked), len(places)]: the cosines with these of the vocabulary."""
        if self._whole:
            return np.take(self._rows(asked), places, axis=1)
        met = np.zeros(len(self.vocabulary), np.bool_)
        met[places] = True
        ranks = np.cumsum(met, dtype=np.int32) - 1
        cosines = self._products(asked, self.vocabulary[met])
        return np.asarray(np.take(cosines, ranks[places], axis=1))

    def between(self, asked: Ids, ids: Ids) -> Floats:
        """Return float32[len(asked), len(ids)]: the cosines with any pieces."""
        if not self._whole:
            unique, inverse = np.unique(ids, return_inverse=True)
            return np.take(self._products(asked, unique), inverse, axis=1)
        places = self.places(ids)
        cosines = np.take(self._rows(asked), places, axis=1, mode="clip")
        outside = np.take(self.vocabulary, places, mode="clip") != ids
        if outside.any():
            cosines[:, outside] = self._products(asked, ids[outside])
        return cosines

    def _rows(self, asked: Ids) -> Floats:
        return self._remembered.rows(asked, lambda ids: self.encoder.table(ids) @ self._vectors)

    def _products(self, asked: Ids, ids: Ids) -> Floats:
        return self.encoder.table(asked) @ self.encoder.table(ids).T
