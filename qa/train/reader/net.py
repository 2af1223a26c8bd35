"""The layers of the reader in torch, and what they are trained to lose little of."""

from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from qa.answering.candidates import TRAITS
from qa.answering.evidence import FEATURES
from qa.reader.inputs import QUESTION_TRAITS, WORD_TRAITS, traits_count
from qa.reader.lines import PIECE_TRAITS
from qa.reader.network import CONVOLUTIONS
from qa.train.reader.batch import Batch

REDUCED = 96  # what the vectors of pieces are brought down to before training
_TRAITS = traits_count(len(FEATURES))
_WIDTH, _WORDS, _MEANT, _DROP = 48, 48, 32, 0.15
_UNREAD = 0.1  # how often the spans of a question are seen by the rules alone
_TAGS = torch.tensor([1.0, 2.0, 1.5])  # weights of outside, begin, inside


class Said(NamedTuple):
    """What the layers say: `tags` of pieces, log-odds of `sentences`, `none` and `spans`."""

    tags: Tensor
    sentences: Tensor
    none: Tensor
    spans: Tensor


class ReaderNet(nn.Module):
    """The layers, named as `qa.reader.network` wants them."""

    def __init__(self) -> None:
        super().__init__()
        d, topic = _WIDTH, _WIDTH + QUESTION_TRAITS
        self.reduced = nn.Linear(REDUCED, d, bias=False)
        self.context = nn.Linear(topic + _TRAITS, d)
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
            nn.Linear(3 * d + 2 * _MEANT + _TRAITS, 64), nn.ReLU(), nn.Linear(64, 1)
        )
        self.span = nn.Sequential(nn.Linear(3 * d + TRAITS, 32), nn.ReLU(), nn.Linear(32, 1))
        self.span_rule = nn.Parameter(torch.tensor(4.0))
        self.none = nn.Sequential(nn.Linear(topic, 16), nn.ReLU(), nn.Linear(16, 1))
        self.residual = nn.Parameter(torch.tensor(3.0))
        self.drop = nn.Dropout(_DROP)

    def forward(self, batch: Batch) -> "Said":
        """Return what the layers say of a batch."""
        asked = self.reduced(batch.asked)
        topic = _summed(asked * batch.pooled[:, None], batch.asker, len(batch.questions))
        topic = torch.cat([topic, batch.questions], 1)
        context = torch.relu(self.context(torch.cat([topic[batch.question_of], batch.known], 1)))
        pieces = self._pieces(batch, asked, context)
        parts = [*_pooled(batch, pieces, self.attention(pieces)), *self._missing(batch, asked)]
        seen = self.drop(torch.cat([*parts, context, batch.known], 1))
        scores = self.evidence(seen)[:, 0] + self.residual * batch.known[:, 0]
        spans = self._pointed(batch, pieces) + scores[batch.spans[:, 2]]
        return Said(self.tag(self.drop(pieces)), scores, self.none(topic)[:, 0], spans)

    def _pointed(self, batch: Batch, pieces: Tensor) -> Tensor:
        """Return what of a span's log-odds is its own; a few spans are seen by the rules alone."""
        first, last = batch.spans[:, 0], batch.spans[:, 1]
        unread = torch.rand(len(batch.questions)) < _UNREAD * self.training
        read = ~unread[batch.question_of[batch.spans[:, 2]]]
        sums = torch.cat([torch.zeros(1, pieces.shape[1]), pieces.cumsum(0)])
        mean = (sums[last + 1] - sums[first]) / (last - first + 1)[:, None]
        seen = torch.cat([pieces[first], pieces[last], mean], 1) * read[:, None]
        made = self.span(torch.cat([self.drop(seen), batch.span_traits], 1))
        return cast("Tensor", made[:, 0] + self.span_rule * batch.span_traits[:, 0])

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


def loss_of(batch: Batch, said: Said) -> Tensor:
    """Return the sum of four losses.

    Which sentences are evidence, each for itself; which of them, or none, answers; which span is
    the short answer; and, to make the pieces tell, which belong to it (a head that is not kept).
    """
    tags, scores, none, _ = said
    count = len(batch.questions)
    told = batch.tags >= 0
    tagged = functional.cross_entropy(tags[told], batch.tags[told], _TAGS, reduction="sum")
    each = functional.binary_cross_entropy_with_logits(scores, batch.evidence, reduction="sum")
    odds, nothing = torch.exp(scores.clamp(-20, 20)), torch.exp(none.clamp(-20, 20))
    every = _summed(odds, batch.question_of, count) + nothing
    right = _summed(odds * batch.evidence, batch.question_of, count)
    held = _summed(batch.evidence, batch.question_of, count) > 0
    among = torch.log(every) - torch.log(torch.where(held, right, nothing) + 1e-9)
    return tagged / (6 * count) + each / (2 * count) + among.mean() + _pointing(batch, said.spans)


def _pointing(batch: Batch, spans: Tensor) -> Tensor:
    """Return the loss of pointing at the short answer, over the questions that have one."""
    question, count = batch.question_of[batch.spans[:, 2]], len(batch.questions)
    odds = torch.exp(spans.clamp(-25, 25))
    every = _summed(odds, question, count)
    right = _summed(odds * batch.span_right, question, count)
    told = right > 0
    return (torch.log(every[told]) - torch.log(right[told])).sum() / count
