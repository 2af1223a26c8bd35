"""Retrieval: the passages that fit a question, by meaning, by terms and by late interaction.

Three rankings are fused into one score. How much each counts follows what the question offers:
its terms count as far as the corpus knows them, so that an English question on Chinese text is
found by meaning and a rare name by its characters.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.embed import Embedder, StaticEncoder
from qa.errors import IndexCorrupt
from qa.late import TokenIndex
from qa.lexical import LexicalIndex
from qa.store import VectorStore
from qa.types import Why

_BATCH = 512
# How many of each ranking's best are scored by the others too.
_POOL = 64
_LEXICAL, _DENSE, _LATE = 0.3, 0.3, 0.4


@dataclass(frozen=True, slots=True)
class Ranked:
    """A row of the corpus with its fused score in [0, 1]."""

    row: int
    score: float
    why: Why


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """What each ranking says of the candidate rows: arrays of equal length, rows ascending."""

    rows: NDArray[np.intp]
    dense: NDArray[np.float32]
    lexical: NDArray[np.float32]
    late: NDArray[np.float32] | None
    known: float


class Retriever:
    """The three indexes over one corpus of texts."""

    def __init__(
        self,
        encoder: Embedder,
        store: VectorStore,
        lexical: LexicalIndex,
        late: TokenIndex | None,
    ) -> None:
        self.encoder, self.store, self.lexical, self.late = encoder, store, lexical, late

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
        late = TokenIndex.build(texts, encoder) if isinstance(encoder, StaticEncoder) else None
        return cls(encoder, VectorStore.build(vectors), LexicalIndex.build(texts), late)

    def save(self, folder: Path) -> None:
        """Write plain files into an existing folder."""
        self.store.save(folder)
        self.lexical.save(folder)
        if self.late is not None:
            self.late.save(folder)

    @classmethod
    def load(cls, folder: Path, encoder: Embedder) -> "Retriever":
        """Read what `save` wrote; raise `IndexCorrupt` if the parts do not fit each other."""
        store, lexical = VectorStore.load(folder), LexicalIndex.load(folder)
        late = TokenIndex.load(folder, encoder) if isinstance(encoder, StaticEncoder) else None
        sizes = {len(store), len(lexical)} | ({len(late)} if late is not None else set())
        if len(sizes) > 1 or store.dim != encoder.dim:
            raise IndexCorrupt(
                f"the parts of the index in {folder} do not fit each other or the encoder",
                "run qa build",
            )
        return cls(encoder, store, lexical, late)

    def search(
        self, question: str, k: int, allowed: NDArray[np.bool_] | None = None
    ) -> list[Ranked]:
        """Return at most k rows, best first, ties by row; only `allowed` ones where given."""
        if k <= 0 or not len(self):
            return []
        signals = self.signals(question, max(k, _POOL), allowed)
        scores, weight = fuse(signals)
        order = np.lexsort((signals.rows, -scores))[:k]
        return [self._ranked(question, signals, at, float(scores[at]), weight) for at in order]

    def signals(
        self, question: str, pool: int, allowed: NDArray[np.bool_] | None = None
    ) -> Signals:
        """Return every ranking's word on the best `pool` rows of the dense and lexical ones."""
        vector = self.encoder.encode_queries([question])[0]
        near, _ = self.store.search(vector, pool, allowed)
        lexical = self.lexical.scores(question)
        rows = np.union1d(near, _best(lexical, pool, allowed))
        late = None
        if self.late is not None and isinstance(self.encoder, StaticEncoder):
            late = self.late.score(self.encoder.tokens(question), rows)
        known = self.lexical.known_share(question)
        return Signals(rows, self.store.scores(vector, rows), lexical[rows], late, known)

    def _ranked(
        self, question: str, signals: Signals, at: int, score: float, weight: float
    ) -> Ranked:
        row = int(signals.rows[at])
        late = 0.0 if signals.late is None else float(signals.late[at])
        why = Why(
            dense_rank=_rank(signals.dense, at),
            dense_score=float(signals.dense[at]),
            lexical_rank=_rank(signals.lexical, at),
            lexical_score=float(signals.lexical[at]),
            late_score=late,
            lexical_weight=weight,
            terms=tuple(self.lexical.matched(question, row)),
        )
        return Ranked(row, score, why)


def fuse(signals: Signals) -> tuple[NDArray[np.float32], float]:
    """Return the fused scores in [0, 1] and the weight of the lexical ranking in them."""
    lexical = _LEXICAL * signals.known**2
    dense, late = (_DENSE, _LATE) if signals.late is not None else (_DENSE + _LATE, 0.0)
    total = lexical + dense + late
    best = max(float(signals.lexical.max(initial=0.0)), 1e-6)
    scores = lexical * signals.lexical / best + dense * signals.dense
    if signals.late is not None:
        scores = scores + late * signals.late
    return np.clip(scores / total, 0.0, 1.0).astype(np.float32), lexical / total


def _best(
    scores: NDArray[np.float32], pool: int, allowed: NDArray[np.bool_] | None
) -> NDArray[np.intp]:
    """Return the allowed rows with the best scores, those of score 0 left out."""
    rows = np.flatnonzero(scores > 0 if allowed is None else (scores > 0) & allowed)
    if len(rows) <= pool:
        return rows
    return rows[np.argpartition(-scores[rows], pool)[:pool]]


def _rank(scores: NDArray[np.float32], at: int) -> int | None:
    """Return the rank from 1 of one score among all, None where it says nothing."""
    return int((scores > scores[at]).sum()) + 1 if scores[at] > 0 else None
