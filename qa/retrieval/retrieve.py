"""Retrieval: the passages that fit a question, by meaning, by terms and by late interaction.

The rankings are fused into one score, a weighted mean. How much each counts follows what the
question offers: its terms count as far as the corpus knows them, so that an English question on
Chinese text is found by meaning and a rare name by its characters.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.errors import IndexCorrupt, StorageError
from qa.retrieval.embed import Embedder, StaticEncoder, Tokens
from qa.retrieval.lexical import LexicalIndex, terms_of
from qa.retrieval.store import VectorStore
from qa.retrieval.units import UnitIndex
from qa.types import Why

_BATCH = 512
# How many of each ranking's best are scored by the others too.
_POOL = 64
# Weights for a question of whose terms the corpus knows none, and what is added where it knows
# all. Fitted by listwise regression on held-out training paragraphs and on questions written over
# reports, Chinese and English; then `clause` was halved and `anywhere` and `peak` raised, in round
# numbers, so that each set at hand gained or stayed.
_WEIGHTS = {
    "dense": (13.1, -6.7),
    "lexical": (3.8, 1.0),
    "clause": (4.8, 2.0),
    "anywhere": (10.8, -2.6),
    "sentence": (10.4, 0.1),
    "peak": (0.0, 4.0),
}
_UNITS = "units"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A row of the corpus with its fused score in [0, 1]."""

    row: int
    score: float
    why: Why


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """What each ranking says of the candidate rows: arrays of equal length, rows ascending.

    `lexical` and `clause` are BM25 of the text and of its best sentence, as shares of what all
    terms weigh; `anywhere` and `sentence` are late interaction with the text and with its best
    sentence, None where the encoder has no pieces. `known` is the share of the question's terms
    that the corpus holds.
    """

    rows: NDArray[np.intp]
    dense: NDArray[np.float32]
    lexical: NDArray[np.float32]
    clause: NDArray[np.float32]
    anywhere: NDArray[np.float32] | None
    sentence: NDArray[np.float32] | None
    known: float

    @property
    def peak(self) -> NDArray[np.float32]:
        """How near a row comes to the best by terms: a sharp ranking parts them, a flat one not."""
        best = max(float(self.lexical.max(initial=0.0)), 1e-6)
        return np.asarray((self.lexical / best) ** 4, np.float32)


class Retriever:
    """The three indexes over one corpus of texts."""

    def __init__(
        self,
        encoder: Embedder,
        store: VectorStore,
        lexical: LexicalIndex,
        units: UnitIndex,
    ) -> None:
        self.encoder, self.store, self.lexical, self.units = encoder, store, lexical, units

    def __len__(self) -> int:
        return len(self.store)

    @classmethod
    def build(
        cls,
        texts: Sequence[str],
        encoder: Embedder,
        progress: Callable[[int, int], None] | None = None,
    ) -> "Retriever":
        """Return the retriever over these texts; `progress` is told texts done and in all."""
        vectors = np.zeros((len(texts), encoder.dim), np.float32)
        for at in range(0, len(texts), _BATCH):
            vectors[at : at + _BATCH] = encoder.encode_passages(texts[at : at + _BATCH])
            if progress:
                progress(min(at + _BATCH, len(texts)), len(texts))
        units = UnitIndex.build(texts, encoder)
        return cls(encoder, VectorStore.build(vectors), LexicalIndex.build(texts), units)

    def save(self, folder: Path) -> None:
        """Write plain files into an existing folder."""
        self.store.save(folder)
        self.lexical.save(folder)
        inner = folder / _UNITS
        try:
            inner.mkdir(exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot create {inner}: {error}", "free space") from error
        self.units.save(inner)

    @classmethod
    def load(cls, folder: Path, encoder: Embedder) -> "Retriever":
        """Read what `save` wrote; raise `IndexCorrupt` if the parts do not fit each other."""
        store, lexical = VectorStore.load(folder), LexicalIndex.load(folder)
        units = UnitIndex.load(folder / _UNITS, encoder)
        if len({len(store), len(lexical), len(units)}) > 1 or store.dim != encoder.dim:
            raise IndexCorrupt(
                f"the parts of the index in {folder} do not fit each other or the encoder",
                "run qa build",
            )
        return cls(encoder, store, lexical, units)

    def search(
        self, question: str, k: int, allowed: NDArray[np.bool_] | None = None
    ) -> list[Ranked]:
        """Return at most k rows, best first, ties by row; only `allowed` ones where given."""
        if k <= 0 or not len(self):
            return []
        signals = self.signals(question, max(k, _POOL), allowed)
        scores, weight = fuse(signals)
        order = np.lexsort((signals.rows, -scores))[:k]
        rows = signals.rows[order]
        whys = _whys(signals, order, weight, self.lexical.matched(question, rows))
        found = zip(rows.tolist(), scores[order].tolist(), whys, strict=True)
        return [Ranked(row, score, why) for row, score, why in found]

    def signals(
        self, question: str, pool: int, allowed: NDArray[np.bool_] | None = None
    ) -> Signals:
        """Return every ranking's word on the best `pool` rows of the dense and lexical ones."""
        vector, tokens = self._read(question)
        near, _ = self.store.search(vector, pool, allowed)
        terms = terms_of(question)
        lexical, everything, held = self.lexical.weigh(terms)
        found = np.zeros(len(self), np.bool_)
        found[near] = found[_best(lexical, pool, allowed)] = True
        rows = np.flatnonzero(found)
        anywhere, sentence = None, None
        if tokens is not None:
            anywhere, sentence = self.units.pieces(tokens, rows)
        return Signals(
            rows=rows,
            dense=np.clip(self.store.scores(vector, rows), 0.0, 1.0),
            lexical=lexical[rows] / np.float32(max(everything, 1e-6)),
            clause=self.units.terms(terms, rows),
            anywhere=anywhere,
            sentence=sentence,
            known=held / everything if everything else 0.0,
        )

    def _read(self, question: str) -> tuple[NDArray[np.float32], Tokens | None]:
        if not isinstance(self.encoder, StaticEncoder):
            return self.encoder.encode_queries([question])[0], None
        return self.encoder.vector(question), self.encoder.tokens(question)


def fuse(signals: Signals) -> tuple[NDArray[np.float32], float]:
    """Return the fused scores in [0, 1] and the weight of the lexical ranking in them."""
    weights = {name: max(a + b * signals.known, 0.0) for name, (a, b) in _WEIGHTS.items()}
    if signals.anywhere is None or signals.sentence is None:
        # Without pieces, meaning stands in for late interaction.
        weights["dense"] += weights.pop("anywhere") + weights.pop("sentence")
    total = sum(weights.values())
    parts = [(weight / total) * getattr(signals, name) for name, weight in weights.items()]
    return np.asarray(sum(parts)).clip(0.0, 1.0), weights["lexical"] / total


def _whys(
    signals: Signals, order: NDArray[np.intp], weight: float, terms: Sequence[tuple[str, ...]]
) -> list[Why]:
    """Return why each of these candidates was found."""
    late = np.zeros(len(order)) if signals.sentence is None else signals.sentence[order]
    columns = (
        _ranks(signals.dense, order),
        signals.dense[order].tolist(),
        _ranks(signals.lexical, order),
        signals.lexical[order].tolist(),
        late.tolist(),
        [weight] * len(order),
        terms,
    )
    return [Why(*told) for told in zip(*columns, strict=True)]


def _best(
    scores: NDArray[np.float32], pool: int, allowed: NDArray[np.bool_] | None
) -> NDArray[np.intp]:
    """Return the allowed rows with the best scores, those of score 0 left out."""
    rows = np.flatnonzero(scores > 0 if allowed is None else (scores > 0) & allowed)
    if len(rows) <= pool:
        return rows
    return rows[np.argpartition(-scores[rows], pool)[:pool]]


def _ranks(scores: NDArray[np.float32], order: NDArray[np.intp]) -> list[int | None]:
    """Return the ranks from 1 of some scores among all, None where one says nothing."""
    some = scores[order]
    above = (scores > some[:, None]).sum(axis=1).tolist()
    return [rank + 1 if says else None for rank, says in zip(above, some > 0, strict=True)]
