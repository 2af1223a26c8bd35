"""One training run: from examples to the weights that `qa.reader.network` reads."""

import math
import random
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from qa.reader.network import Array
from qa.retrieval.embed import StaticEncoder
from qa.train.reader.batch import Batch, Example, Ints, Shown, batch_of
from qa.train.reader.net import REDUCED, ReaderNet, loss_of

_EPOCHS, _BATCH, _RATE, _DECAY, _WARM_UP, _PIECES_DROPPED = 8, 24, 2e-3, 1e-2, 60, 0.05
# How often the evidence of a question is hidden, so that it has no answer.
_HIDDEN = 0.1
_SEEN = 5  # sentences of a question at a time
_FIRST = 0.6  # how often the others shown are the likeliest rather than any
_OUTSIDE_TOLD = 0.3  # how often it is told that a sentence without evidence holds no answer


def train_weights(
    examples: Sequence[Example], encoder: StaticEncoder, feature_mean: Array, feature_scale: Array
) -> dict[str, Array]:
    """Return the weights of a network trained on the examples, on one thread.

    The features of sentences are brought to one size by `feature_mean` and `feature_scale`, which
    are kept with the weights.
    """
    torch.set_num_threads(1)
    trainer = ReaderTrainer(examples, encoder)
    trainer.train()
    return trainer.weights(feature_mean, feature_scale)


class ReaderTrainer:
    """Trains one network on examples over the vectors of one encoder."""

    def __init__(self, examples: Sequence[Example], encoder: StaticEncoder, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self._chance = random.Random(seed)
        self._examples, self._encoder = list(examples), encoder
        used = [ids for e in examples for s in e.sentences for ids in (s.ids, s.question_ids)]
        self.reduction = _principal(encoder.table(np.unique(np.concatenate(used))))
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
        loss = loss_of(batch, self.net(batch))
        moves.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        moves.step()

    def weights(self, feature_mean: Array, feature_scale: Array) -> dict[str, Array]:
        """Return the weights that `qa.reader.network` reads."""
        state = {name: value.numpy() for name, value in self.net.state_dict().items()}
        reduced = state.pop("reduced.weight")
        kept = {name: value for name, value in state.items() if not name.startswith("tag.")}
        projection = self.reduction @ reduced.T
        told = {"feature_mean": feature_mean, "feature_scale": feature_scale}
        return {**kept, "projection": projection, **told}

    def _chosen(self, example: Example) -> list[int]:
        """Return the places of the sentences that are shown: the evidence among others."""
        gold = np.flatnonzero(example.evidence).tolist()
        others = np.flatnonzero(~example.evidence).tolist()
        if gold and others and self._chance.random() < _HIDDEN:
            return others[:_SEEN]
        gold = self._chance.sample(gold, min(3, len(gold)))
        left = _SEEN - len(gold)
        first = self._chance.random() < _FIRST or len(others) <= left
        return gold + (others[:left] if first else self._chance.sample(others, left))

    def _batch(self, examples: Sequence[Example]) -> Batch:
        shown = [
            Shown(at, example, place, self._tags(example, place))
            for at, example in enumerate(examples)
            for place in self._chosen(example)
        ]
        return batch_of([e.sentences[0] for e in examples], shown, self._vectors)

    def _vectors(self, ids: NDArray[np.int32]) -> Tensor:
        """Return the reduced vectors of pieces, a few of them blanked."""
        kept = torch.rand(len(ids), 1) >= _PIECES_DROPPED
        return torch.from_numpy(self._encoder.table(ids) @ self.reduction) * kept

    def _tags(self, example: Example, place: int) -> Ints:
        """Return the tags of a sentence, -1 where nothing is to be learned from a piece."""
        tags, length = example.tags[place], len(example.sentences[place].ids)
        if tags is not None:
            return tags
        told = not example.evidence[place] and self._chance.random() < _OUTSIDE_TOLD
        return np.where(told & example.sentences[place].own, 0, np.full(length, -1))


def _principal(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return float32[dim, REDUCED]: the directions in which the vectors differ most, scaled."""
    _, directions = np.linalg.eigh(vectors.T @ vectors / len(vectors))
    scale = math.sqrt(vectors.shape[1] / REDUCED)
    return np.asarray(directions[:, ::-1][:, :REDUCED] * scale, np.float32)
