"""Training batches: ragged arrays of pieces, each batch from one source, neighbours together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from qa.train.pairs import Pair

Ints = NDArray[np.int64]
_ENCODE = 8192


@dataclass(frozen=True, slots=True, eq=False)
class Ragged:
    """Lists of ids, one after the other: list i is `ids[starts[i]:starts[i + 1]]`."""

    ids: Ints
    starts: Ints

    def __len__(self) -> int:
        return len(self.starts) - 1

    def take(self, rows: Ints) -> "Ragged":
        """Return some of the lists, in the order asked for."""
        places, starts = spread(self.starts, rows)
        return Ragged(self.ids[places], starts)

    def thinned(self, share: float, chance: np.random.Generator) -> "Ragged":
        """Return the lists with this share of their ids left out by chance, never the first."""
        kept = chance.random(len(self.ids)) >= share
        kept[self.starts[:-1][self.starts[:-1] < self.starts[1:]]] = True
        before = np.concatenate([[0], np.cumsum(kept)])
        return Ragged(self.ids[kept], before[self.starts])


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Pairs as pieces; pairs with equal `same` share their positive and are no negatives."""

    queries: Ragged
    positives: Ragged
    same: Ints

    def __len__(self) -> int:
        return len(self.same)


def spread(starts: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Return the places of these lists' entries and the starts of the lists among them.

    >>> spread(np.array([0, 2, 3]), np.array([1, 0]))[0].tolist()
    [2, 0, 1]
    """
    lengths = starts[rows + 1] - starts[rows]
    ends = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(lengths, out=ends[1:])
    places = np.arange(ends[-1]) + np.repeat(starts[rows] - ends[:-1], lengths)
    return places, ends


def encode(tokenizer: Tokenizer, texts: Sequence[str], longest: int) -> Ragged:
    """Return the first `longest` piece ids of each text."""
    lists: list[list[int]] = []
    for at in range(0, len(texts), _ENCODE):
        batch = tokenizer.encode_batch(texts[at : at + _ENCODE], add_special_tokens=False)
        lists.extend(encoding.ids[:longest] for encoding in batch)
    starts = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(ids) for ids in lists], out=starts[1:])
    return Ragged(np.array([i for ids in lists for i in ids], np.int64), starts)


def source_of(tokenizer: Tokenizer, pairs: Sequence[Pair], longest: tuple[int, int]) -> Source:
    """Return the pairs as pieces, cut to these numbers of pieces."""
    seen: dict[str, int] = {}
    same = [seen.setdefault(pair.positive[:60], len(seen)) for pair in pairs]
    return Source(
        encode(tokenizer, [pair.query for pair in pairs], longest[0]),
        encode(tokenizer, [pair.positive for pair in pairs], longest[1]),
        np.array(same, np.int64),
    )


def steps_of(sizes: Mapping[str, int], repeats: Mapping[str, float], batch: int) -> dict[str, int]:
    """Return how many batches of each source an epoch has; at least one of each."""
    return {
        name: max(1, round(repeats.get(name, 1.0) * size / batch)) if size else 0
        for name, size in sizes.items()
    }


def epoch(
    orders: Mapping[str, Iterator[Ints]],
    steps: Mapping[str, int],
    batch: int,
    chance: np.random.Generator,
) -> list[tuple[str, Ints]]:
    """Return an epoch's batches, (source, rows), sources mixed."""
    planned: list[tuple[str, Ints]] = []
    for name, wanted in steps.items():
        parts: list[Ints] = []
        while len(parts) < wanted:
            parts.extend(_cut(next(orders[name]), batch, chance))
        planned.extend((name, part) for part in parts[:wanted])
    return [planned[at] for at in chance.permutation(len(planned))]


def _cut(order: Ints, batch: int, chance: np.random.Generator) -> list[Ints]:
    parts = [order[at : at + batch] for at in range(0, len(order), batch)]
    if len(parts) > 1 and len(parts[-1]) < batch // 2:
        parts.pop()
    return [parts[at] for at in chance.permutation(len(parts))]


def neighbours(vectors: NDArray[np.float32], leaf: int, chance: np.random.Generator) -> Ints:
    """Return all rows in an order where similar ones stand together: hard in-batch negatives.

    Groups are halved along the line between two means until at most `leaf` rows are left, and
    the groups are shuffled.
    """
    groups, leaves = [chance.permutation(len(vectors))], []
    while groups:
        group = groups.pop()
        if len(group) <= leaf:
            leaves.append(group)
            continue
        along = vectors[group] @ _direction(vectors, group)
        order = np.argsort(along, kind="stable")
        groups += [group[order[: len(group) // 2]], group[order[len(group) // 2 :]]]
    return np.concatenate([leaves[at] for at in chance.permutation(len(leaves))])


def _direction(vectors: NDArray[np.float32], group: Ints) -> NDArray[np.float32]:
    one, other = vectors[group[0]], vectors[group[1]]
    for _ in range(2):
        along = vectors[group] @ (one - other)
        upper = along > np.median(along)
        if upper.all() or not upper.any():
            break
        one, other = vectors[group[upper]].mean(0), vectors[group[~upper]].mean(0)
    return np.asarray(one - other, np.float32)
