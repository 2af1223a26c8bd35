"""Training the reader: the network of `qa.reader.network` in torch, on gold questions.

Three losses: which sentences are evidence, each for itself; which of them, or none, answers; and,
to make the pieces tell, which of them belong to the short answer (a head that is not kept).
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from qa.answering.evidence import FEATURES
from qa.reader.inputs import PIECE_TRAITS, QUESTION_TRAITS, SENTENCES, WORD_TRAITS, Inputs
from qa.reader.network import CONVOLUTIONS, GAP
from qa.retrieval.embed import StaticEncoder

TRAITS = 4 + len(FEATURES)
_WIDTH, _REDUCED, _WORDS, _MEANT = 48, 96, 48, 32
_EPOCHS, _BATCH, _RATE, _DECAY, _DROP, _PIECES_DROPPED = 8, 24, 2e-3, 1e-2, 0.15, 0.05
_WARM_UP = 60
# How often the evidence of a question is hidden, so that it has no answer.
_HIDDEN = 0.1
_TAGS = torch.tensor([1.0, 2.0, 1.5])  # weights of outside, begin, inside
_OUTSIDE_TOLD = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A question with sentences, the likeliest first: inputs of each, traits, which are evidence.

    `tags` has for each sentence int64[its pieces] (0 outside, 1 begin, 2 inside the short answer),
    None where they are not known.
    """

    sentences: Sequence[Inputs]
    traits: NDArray[np.float32]
    evidence: NDArray[np.bool_]
    tags: Sequence[NDArray[np.int64] | None]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Sentences of several questions as one run of pieces with empty ones between."""

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


class ReaderNet(nn.Module):
    """The layers, named as `qa.reader.network` wants them."""

    def __init__(self) -> None:
        super().__init__()
        d, topic = _WIDTH, _WIDTH + QUESTION_TRAITS
        self.reduced = nn.Linear(_REDUCED, d, bias=False)
        self.context = nn.Linear(topic + TRAITS, d)
        self.input = nn.Linear(3 * d + PIECE_TRAITS, d)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(d, 2 * d, width, padding=width // 2 * dilation, dilation=dilation)
            for width, dilation in CONVOLUTIONS
        )
        self.gates = nn.ModuleList(nn.Linear(d, d) for _ in CONVOLUTIONS)
        self.norms = nn.ModuleList(nn.LayerNorm(d) for _ in CONVOLUTIONS)
        self.last = nn.LayerNorm(d)
        self.tag = nn.Linear(d, 3)
        self.attention = nn.Linear(d, 1)
        self.words = nn.Sequential(
            nn.Linear(d + WORD_TRAITS, _WORDS), nn.ReLU(), nn.Linear(_WORDS, _MEANT + 1)
        )
        self.evidence = nn.Sequential(
            nn.Linear(3 * d + 2 * _MEANT + TRAITS, 64), nn.ReLU(), nn.Linear(64, 1)
        )
        self.none = nn.Sequential(nn.Linear(topic, 16), nn.ReLU(), nn.Linear(16, 1))
        self.residual = nn.Parameter(torch.tensor(3.0))
        self.drop = nn.Dropout(_DROP)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return the tags of all pieces, the log-odds of sentences, and of none by question."""
        asked = self.reduced(batch.asked)
        topic = _summed(asked * batch.pooled[:, None], batch.asker, len(batch.questions))
        topic = torch.cat([topic, batch.questions], 1)
        context = torch.relu(self.context(torch.cat([topic[batch.question_of], batch.known], 1)))
        pieces = self._pieces(batch, asked, context)
        parts = [*_pooled(batch, pieces, self.attention(pieces)), *self._missing(batch, asked)]
        seen = self.drop(torch.cat([*parts, context, batch.known], 1))
        scores = self.evidence(seen)[:, 0] + self.residual * batch.known[:, 0]
        return self.tag(self.drop(pieces)), scores, self.none(topic)[:, 0]

    def _pieces(self, batch: Batch, asked: Tensor, context: Tensor) -> Tensor:
        own, aligned = self.reduced(batch.vectors), torch.sparse.mm(batch.aligned, asked)
        seen = torch.cat([own, aligned, own * aligned, batch.traits], 1)
        filled = batch.filled[:, None]
        state = torch.relu(self.input(seen) + context[batch.owner]) * filled
        for convolution, gate, norm in zip(self.convolutions, self.gates, self.norms, strict=True):
            made = convolution((norm(state) * filled).t()[None])[0].t()
            value, opened = made.chunk(2, 1)
            opened = torch.sigmoid(opened + gate(context)[batch.owner])
            state = state + self.drop(value * opened) * filled
        return cast("Tensor", self.last(state))

    def _missing(self, batch: Batch, asked: Tensor) -> tuple[Tensor, Tensor]:
        made = self.words(torch.cat([asked[batch.word_places], batch.words], 1))
        weights = torch.exp(made[:, -1:].clamp(-8, 8))
        made, count = made[:, :-1], len(batch.known)
        mean = _summed(made * weights, batch.word_owner, count)
        mean = mean / _summed(weights, batch.word_owner, count)
        return mean, _largest(made, batch.word_owner, count)


def _summed(values: Tensor, groups: Tensor, count: int) -> Tensor:
    return torch.zeros(count, *values.shape[1:]).index_add(0, groups, values)


def _largest(values: Tensor, groups: Tensor, count: int) -> Tensor:
    lowest = torch.full((count, values.shape[1]), -torch.inf)
    return lowest.scatter_reduce(0, groups[:, None].expand_as(values), values, "amax")


def _pooled(batch: Batch, pieces: Tensor, attention: Tensor) -> tuple[Tensor, Tensor]:
    pieces, attention, owner = pieces[batch.own], attention[batch.own], batch.owner[batch.own]
    weights, count = torch.exp(attention.clamp(-30, 15)), len(batch.known)
    mean = _summed(pieces * weights, owner, count) / _summed(weights, owner, count)
    return mean, _largest(pieces, owner, count)


class ReaderTrainer:
    """Trains one network on examples over the vectors of one encoder."""

    def __init__(self, examples: Sequence[Example], encoder: StaticEncoder, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self._chance = random.Random(seed)
        self._examples, self._encoder = list(examples), encoder
        used = [ids for e in examples for s in e.sentences for ids in (s.ids, s.question_ids)]
        self._reduction = _principal(encoder.table(np.unique(np.concatenate(used))))
        self.net = ReaderNet()

    def train(self, epochs: int = _EPOCHS) -> None:
        """Run all epochs, the rate falling to nothing along a cosine."""
        moves = torch.optim.AdamW(
            self.net.parameters(), lr=_RATE, weight_decay=_DECAY, betas=(0.9, 0.98)
        )
        steps, step = epochs * math.ceil(len(self._examples) / _BATCH), 0
        for _ in range(epochs):
            self._chance.shuffle(self._examples)
            for at in range(0, len(self._examples), _BATCH):
                rate = min(1, (step + 1) / _WARM_UP) * (1 + math.cos(math.pi * step / steps)) / 2
                for group in moves.param_groups:
                    group["lr"] = _RATE * rate
                self._step(self._examples[at : at + _BATCH], moves)
                step += 1

    def _step(self, examples: Sequence[Example], moves: torch.optim.Optimizer) -> None:
        batch = self._batch(examples)
        loss = _loss(batch, *self.net(batch))
        moves.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        moves.step()

    def weights(
        self, feature_mean: NDArray[np.float32], feature_scale: NDArray[np.float32]
    ) -> dict[str, NDArray[np.float32]]:
        """Return the weights that `qa.reader.network` reads."""
        state = {name: value.numpy() for name, value in self.net.state_dict().items()}
        reduced = state.pop("reduced.weight")
        kept = {name: value for name, value in state.items() if not name.startswith("tag.")}
        projection = self._reduction @ reduced.T
        told = {"feature_mean": feature_mean, "feature_scale": feature_scale}
        return {**kept, "projection": projection, **told}

    def _chosen(self, example: Example) -> list[int]:
        """Return the places of the sentences that are shown: the evidence among others."""
        count = SENTENCES - 1
        gold = np.flatnonzero(example.evidence).tolist()
        others = np.flatnonzero(~example.evidence).tolist()
        if gold and others and self._chance.random() < _HIDDEN:
            return others[:count]
        gold = self._chance.sample(gold, min(3, len(gold)))
        left = count - len(gold)
        first = self._chance.random() < 0.6 or len(others) <= left
        return gold + (others[:left] if first else self._chance.sample(others, left))

    def _batch(self, examples: Sequence[Example]) -> Batch:
        shown = [(at, e, place) for at, e in enumerate(examples) for place in self._chosen(e)]
        parts = [e.sentences[place] for _, e, place in shown]
        asked = [e.sentences[0] for e in examples]
        lengths = np.array([len(part.ids) for part in parts])
        words = np.array([len(one.question_ids) for one in asked])
        begins = np.cumsum(lengths + GAP) - lengths - GAP
        places = np.concatenate([np.arange(n) + b for n, b in zip(lengths, begins, strict=True)])
        whole = int((lengths + GAP).sum())
        word_begins = np.cumsum(words) - words
        filled = torch.zeros(whole)
        filled[places] = 1
        vectors = torch.zeros(whole, _REDUCED)
        vectors[places] = self._vectors(np.concatenate([part.ids for part in parts]))
        vectors[torch.rand(whole) < _PIECES_DROPPED] = 0
        own = np.zeros(whole, np.bool_)
        own[places] = np.concatenate([part.own for part in parts])
        traits = np.zeros((whole, PIECE_TRAITS), np.float32)
        traits[places] = np.concatenate([part.pieces for part in parts])
        tags = np.full(whole, -1)
        tags[places] = np.concatenate([self._tags(e, place) for _, e, place in shown])
        asker_of = [at for at, _, _ in shown]
        return Batch(
            vectors=vectors,
            traits=torch.from_numpy(traits),
            filled=filled,
            own=torch.from_numpy(own),
            owner=torch.from_numpy(np.repeat(np.arange(len(parts)), lengths + GAP)),
            aligned=_sparse(
                [part.aligned for part in parts],
                begins,
                word_begins[asker_of],
                (whole, int(words.sum())),
            ),
            words=torch.from_numpy(np.concatenate([part.words[0] for part in parts])),
            word_places=torch.from_numpy(
                np.concatenate([np.arange(words[at]) + word_begins[at] for at in asker_of])
            ),
            word_owner=torch.from_numpy(np.repeat(np.arange(len(parts)), words[asker_of])),
            asked=self._vectors(np.concatenate([one.question_ids for one in asked])),
            pooled=torch.from_numpy(np.concatenate([one.pooled for one in asked])),
            asker=torch.from_numpy(np.repeat(np.arange(len(asked)), words)),
            questions=torch.from_numpy(np.stack([one.question for one in asked])),
            known=torch.from_numpy(np.stack([e.traits[place] for _, e, place in shown])),
            question_of=torch.tensor(asker_of),
            evidence=torch.tensor([float(e.evidence[place]) for _, e, place in shown]),
            tags=torch.from_numpy(tags),
        )

    def _vectors(self, ids: NDArray[np.int32]) -> Tensor:
        return torch.from_numpy(self._encoder.table(ids) @ self._reduction)

    def _tags(self, example: Example, place: int) -> NDArray[np.int64]:
        """Return the tags of a sentence, -1 where nothing is to be learned from a piece."""
        tags, length = example.tags[place], len(example.sentences[place].ids)
        if tags is not None:
            return tags
        told = not example.evidence[place] and self._chance.random() < _OUTSIDE_TOLD
        return np.where(told & example.sentences[place].own, 0, np.full(length, -1))


def _principal(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return float32[dim, _REDUCED]: the directions in which the vectors differ most, scaled."""
    _, directions = np.linalg.eigh(vectors.T @ vectors / len(vectors))
    scale = math.sqrt(vectors.shape[1] / _REDUCED)
    return np.asarray(directions[:, ::-1][:, :_REDUCED] * scale, np.float32)


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
    return torch.sparse_coo_tensor(indices, torch.from_numpy(values), shape)


def _loss(batch: Batch, tags: Tensor, scores: Tensor, none: Tensor) -> Tensor:
    count = len(batch.questions)
    told = batch.tags >= 0
    tagged = functional.cross_entropy(tags[told], batch.tags[told], _TAGS, reduction="sum")
    each = functional.binary_cross_entropy_with_logits(scores, batch.evidence, reduction="sum")
    odds, nothing = torch.exp(scores.clamp(-20, 20)), torch.exp(none.clamp(-20, 20))
    every = _summed(odds, batch.question_of, count) + nothing
    right = _summed(odds * batch.evidence, batch.question_of, count)
    held = _summed(batch.evidence, batch.question_of, count) > 0
    among = torch.log(every) - torch.log(torch.where(held, right, nothing) + 1e-9)
    return tagged / (6 * count) + each / (2 * count) + among.mean()
