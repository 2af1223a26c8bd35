"""Batches: sentences of several questions laid out as one run of pieces."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from qa.reader.inputs import Inputs
from qa.reader.network import GAP
from qa.reader.spans import Spans

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """The spans of one sentence, over its own pieces, and which of them are the short answer."""

    spans: Spans
    right: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A question with sentences, the likeliest first: inputs of each, traits, which are evidence.

    `tags` has for each sentence int64[its pieces] (0 outside, 1 begin, 2 inside the short answer),
    None where they are not known; `marked` has the spans of each that may be the short answer.
    """

    sentences: Sequence[Inputs]
    traits: NDArray[np.float32]
    evidence: NDArray[np.bool_]
    tags: Sequence[NDArray[np.int64] | None]
    marked: Sequence[Marked]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Sentences of several questions as one run of pieces with empty ones between.

    Of pieces: `vectors`, `traits`, whether `filled`, whether `own`, their sentence (`owner`), how
    `aligned` with the questions' words, `tags` (-1: not told). Of sentences: what is `known`, the
    `question_of` each, whether `evidence`. Of every sentence's view of its question: `words`, with
    `word_places` among the questions' words and `word_owner`. Of those words: `asked` (vectors),
    `pooled`, `asker` (their question). Of questions: `questions`. Of spans: `spans` [K, first and
    last piece, sentence], `span_traits`, whether `span_right`.
    """

    vectors: Tensor
    traits: Tensor
    filled: Tensor
    own: Tensor
    owner: Tensor
    aligned: Tensor
    words: Tensor
    word_places: Tensor
    word_owner: Tensor
    asked: Tensor
    pooled: Tensor
    asker: Tensor
    questions: Tensor
    known: Tensor
    question_of: Tensor
    evidence: Tensor
    tags: Tensor
    spans: Tensor
    span_traits: Tensor
    span_right: Tensor


@dataclass(frozen=True, slots=True)
class Shown:
    """One sentence of an example, of which its question is shown the place and the tags."""

    question: int
    example: Example
    place: int
    tags: Ints

    @property
    def inputs(self) -> Inputs:
        """Its inputs."""
        return self.example.sentences[self.place]

    @property
    def marked(self) -> Marked:
        """Its spans."""
        return self.example.marked[self.place]


def batch_of(
    asked: Sequence[Inputs], shown: Sequence[Shown], vectors: Callable[[NDArray[np.int32]], Tensor]
) -> Batch:
    """Return the batch of sentences; `asked` has one of each question, `vectors` gives pieces'."""
    parts = [one.inputs for one in shown]
    lengths = np.array([len(part.ids) for part in parts])
    words = np.array([len(one.question_ids) for one in asked])
    begins, word_begins = np.cumsum(lengths + GAP) - lengths - GAP, np.cumsum(words) - words
    questions = np.array([one.question for one in shown])
    size = (int((lengths + GAP).sum()), int(words.sum()))
    places = np.concatenate([np.arange(n) + b for n, b in zip(lengths, begins, strict=True)])

    def laid_out(values: Tensor, empty: float = 0) -> Tensor:
        whole = torch.full((size[0], *values.shape[1:]), empty, dtype=values.dtype)
        whole[places] = values
        return whole

    views = [np.arange(words[at]) + word_begins[at] for at in questions]
    return Batch(
        vectors=laid_out(vectors(np.concatenate([part.ids for part in parts]))),
        traits=laid_out(_joined([part.pieces for part in parts])),
        filled=laid_out(torch.ones(len(places))),
        own=laid_out(_joined([part.own for part in parts])),
        owner=torch.from_numpy(np.repeat(np.arange(len(parts)), lengths + GAP)),
        aligned=_sparse([part.aligned for part in parts], begins, word_begins[questions], size),
        tags=laid_out(_joined([one.tags for one in shown]), -1),
        known=torch.from_numpy(np.stack([one.example.traits[one.place] for one in shown])),
        question_of=torch.from_numpy(questions),
        evidence=torch.tensor([float(one.example.evidence[one.place]) for one in shown]),
        words=_joined([part.words[0] for part in parts]),
        word_places=_joined(views),
        word_owner=torch.from_numpy(np.repeat(np.arange(len(parts)), words[questions])),
        asked=vectors(np.concatenate([one.question_ids for one in asked])),
        pooled=_joined([one.pooled for one in asked]),
        asker=torch.from_numpy(np.repeat(np.arange(len(asked)), words)),
        questions=torch.from_numpy(np.stack([one.question for one in asked])),
        spans=_spans([one.marked.spans for one in shown], begins),
        span_traits=_joined([one.marked.spans.traits for one in shown]),
        span_right=_joined([one.marked.right for one in shown]),
    )


def _spans(parts: Sequence[Spans], begins: NDArray[np.intp]) -> Tensor:
    """Return int64[spans, 3]: their first and last piece and their sentence in the batch."""
    rows = [
        np.stack([part.first + begin, part.last + begin, np.full(len(part.first), at)], axis=1)
        for at, (part, begin) in enumerate(zip(parts, begins, strict=True))
    ]
    return torch.from_numpy(np.concatenate(rows))


def _joined(arrays: Sequence[NDArray]) -> Tensor:  # type: ignore[type-arg]
    return torch.from_numpy(np.concatenate(arrays))


def _sparse(
    blocks: Sequence[NDArray[np.float32]],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    shape: tuple[int, int],
) -> Tensor:
    """Return the blocks at their places in a matrix that is empty elsewhere."""
    found = [np.nonzero(block > 0.02) for block in blocks]
    values = np.concatenate([block[at] for block, at in zip(blocks, found, strict=True)])
    places = [
        np.stack([at[0] + row, at[1] + column])
        for at, row, column in zip(found, rows, columns, strict=True)
    ]
    indices = torch.from_numpy(np.concatenate(places, axis=1))
    return torch.sparse_coo_tensor(indices, torch.from_numpy(values), shape, check_invariants=False)
