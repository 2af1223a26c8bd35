"""The table of vectors while it learns: rows made of parts, moved by a lazy Adam.

A Chinese word is its own row plus the mean of its characters' rows, an English word its own plus
the mean of its letter n-grams': so what was seldom seen starts from what it is made of. At the
end the parts are summed into one plain row per piece.
"""

import math
import zlib
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from qa.train.batches import Ints, Ragged, spread
from qa.train.pieces import MARK

_BUCKETS: Final = 30_000
_SHARE: Final = 0.7
_CHUNK: Final = 8192
_BETA1, _BETA2 = 0.9, 0.999


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The parts of each piece: rows of the learned matrix, with weights; `rows` in all."""

    ids: Ragged
    weights: NDArray[np.float32]
    rows: int


def parts_of(names: list[str]) -> Parts:
    """Return the parts of the pieces with these names."""
    places = {name: at for at, name in enumerate(names)}
    ids: list[int] = []
    weights: list[float] = []
    starts = [0]
    for at, name in enumerate(names):
        inner = _inner(name, places, len(names))
        ids += [at, *inner]
        weights += [1.0, *(_SHARE / len(inner) for _ in inner)]
        starts.append(len(ids))
    ragged = Ragged(np.array(ids, np.int64), np.array(starts, np.int64))
    return Parts(ragged, np.array(weights, np.float32), len(names) + _BUCKETS)


def _inner(name: str, places: dict[str, int], size: int) -> list[int]:
    if name.startswith(MARK) and len(name) > 3:
        word = f"{name}_"
        grams = (word[at : at + n] for n in (3, 4, 5) for at in range(len(word) - n + 1))
        return [size + zlib.crc32(gram.encode()) % _BUCKETS for gram in grams]
    if len(name) > 1 and name[0] > "⺀":
        return [places[character] for character in name if character in places]
    return []


@dataclass(slots=True, eq=False)
class Table:
    """The learned matrix float32[rows, dim] with its Adam state; `time` counts steps."""

    parts: Parts
    matrix: Tensor
    mean: Tensor
    square: Tensor
    time: int = field(default=0)

    @classmethod
    def random(cls, names: list[str], dim: int, seed: int) -> "Table":
        """Return a table of random rows of about unit length; the unknown piece's is zero."""
        parts = parts_of(names)
        generator = torch.Generator().manual_seed(seed)
        matrix = torch.randn(parts.rows, dim, generator=generator) / math.sqrt(dim)
        matrix[0] = 0
        return cls(parts, matrix, torch.zeros_like(matrix), torch.zeros(parts.rows))

    def rows(self, pieces: Ints) -> tuple[Tensor, Tensor, Tensor]:
        """Return the ids of the parts, their rows as a leaf, and the pieces' vectors."""
        places, starts = spread(self.parts.ids.starts, pieces)
        used, inverse = np.unique(self.parts.ids.ids[places], return_inverse=True)
        ids = torch.from_numpy(used)
        leaf = self.matrix[ids].requires_grad_(True)
        return ids, leaf, _sums(leaf, inverse, starts, self.parts.weights[places])

    def move(self, ids: Tensor, gradient: Tensor, rate: float) -> None:
        """Take one Adam step on these rows; the second moment is one number per row."""
        self.time += 1
        with torch.no_grad():
            mean = self.mean[ids].mul_(_BETA1).add_(gradient, alpha=1 - _BETA1)
            square = self.square[ids].mul_(_BETA2).add_(gradient.square().mean(1), alpha=1 - _BETA2)
            self.mean[ids], self.square[ids] = mean, square
            scale = (square / (1 - _BETA2**self.time)).sqrt_().add_(1e-9)
            self.matrix[ids] -= rate / (1 - _BETA1**self.time) * mean / scale[:, None]
            self.matrix[0] = 0

    def summed(self) -> NDArray[np.float32]:
        """Return the plain table float32[pieces, dim]."""
        pieces = np.arange(len(self.parts.ids))
        chunks = []
        with torch.no_grad():
            for at in range(0, len(pieces), _CHUNK):
                places, starts = spread(self.parts.ids.starts, pieces[at : at + _CHUNK])
                ids = self.parts.ids.ids[places]
                chunks.append(_sums(self.matrix, ids, starts, self.parts.weights[places]))
        return np.asarray(torch.cat(chunks).numpy(), np.float32)


@dataclass(slots=True, eq=False)
class Weights:
    """Logarithms of the pieces' weights in late interaction, float32[pieces], with Adam state."""

    logs: Tensor
    mean: Tensor
    square: Tensor
    time: int = field(default=0)

    @classmethod
    def of(cls, weights: NDArray[np.float32]) -> "Weights":
        """Return the state that starts from these weights."""
        logs = torch.from_numpy(np.log(weights))
        return cls(logs, torch.zeros_like(logs), torch.zeros_like(logs))

    def move(self, pieces: Tensor, gradient: Tensor, rate: float) -> None:
        """Take one Adam step on these pieces."""
        self.time += 1
        with torch.no_grad():
            self.mean[pieces] = _BETA1 * self.mean[pieces] + (1 - _BETA1) * gradient
            squared = gradient.square()
            self.square[pieces] = _BETA2 * self.square[pieces] + (1 - _BETA2) * squared
            scale = (self.square[pieces] / (1 - _BETA2**self.time)).sqrt_().add_(1e-8)
            self.logs[pieces] -= rate / (1 - _BETA1**self.time) * self.mean[pieces] / scale


def means(vectors: Tensor, texts: Ragged) -> Tensor:
    """Return the unit means of the texts' vectors, float32[texts, dim]."""
    ids, starts = torch.from_numpy(texts.ids), torch.from_numpy(texts.starts[:-1])
    mean = functional.embedding_bag(ids, vectors, starts, mode="mean")
    return functional.normalize(mean, dim=1, eps=1e-6)


def late(vectors: Tensor, logs: Tensor, queries: Ragged, passages: Ragged) -> Tensor:
    """Return late interaction [queries, passages]: weighted mean of best cosines.

    Gradients flow through the best match alone, which is found without them.
    """
    unit = functional.normalize(vectors, dim=1, eps=1e-6)
    asked, asked_at = np.unique(queries.ids, return_inverse=True)
    held, held_at = np.unique(passages.ids, return_inverse=True)
    cosines = unit[torch.from_numpy(asked)] @ unit[torch.from_numpy(held)].T
    matches = _matches(cosines.detach().numpy(), held_at, passages.starts)
    best = cosines.gather(1, torch.from_numpy(matches))
    weights = logs[torch.from_numpy(asked)].exp()[torch.from_numpy(asked_at)]
    starts = torch.from_numpy(queries.starts[:-1])
    sums = functional.embedding_bag(
        torch.from_numpy(asked_at), best, starts, mode="sum", per_sample_weights=weights
    )
    owners = torch.from_numpy(np.repeat(np.arange(len(queries)), np.diff(queries.starts)))
    totals = torch.zeros(len(queries)).index_add(0, owners, weights)
    return sums / totals.clamp_min(1e-6)[:, None]


def _matches(cosines: NDArray[np.float32], held: Ints, starts: Ints) -> Ints:
    """Return, for each asked piece and passage, which held piece is nearest."""
    by_held = np.ascontiguousarray(cosines.T)
    matches = np.zeros((len(starts) - 1, cosines.shape[0]), np.int64)
    for row, (start, end) in enumerate(pairwise(starts.tolist())):
        if end > start:
            pieces = held[start:end]
            matches[row] = pieces[by_held[pieces].argmax(0)]
    return np.ascontiguousarray(matches.T)


def contrast(scores: Tensor, same: Tensor, temperature: float) -> Tensor:
    """Return InfoNCE in both directions over [n, n] scores; `same` marks false negatives."""
    logits = (scores / temperature).masked_fill(same, -1e4)
    wanted = torch.arange(len(scores))
    forth = functional.cross_entropy(logits, wanted)
    return (forth + functional.cross_entropy(logits.T, wanted)) / 2


def _sums(rows: Tensor, ids: Ints, starts: Ints, weights: NDArray[np.float32]) -> Tensor:
    return functional.embedding_bag(
        torch.from_numpy(ids),
        rows,
        torch.from_numpy(starts[:-1]),
        mode="sum",
        per_sample_weights=torch.from_numpy(weights),
    )
