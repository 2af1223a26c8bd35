"""Network: three gated convolutions over the pieces of the likeliest sentences.

It says of each sentence how likely it answers the question, and of the question how likely none
does. Trained by `qa.train.reader`, which has the same layers in torch under the same names.
"""

from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from qa.errors import SourceError
from qa.reader.inputs import Inputs, traits_of
from qa.reader.spans import Spans
from qa.retrieval.embed import StaticEncoder

Array = NDArray[np.float32]

# Width and dilation of each convolution; between sentences lie as many empty pieces as one sees.
CONVOLUTIONS = ((5, 1), (3, 2), (3, 4))
GAP = 4
# How many pieces away one still changes what becomes of another.
_REACH = sum(width // 2 * dilation for width, dilation in CONVOLUTIONS)
FILE = "reader.npz"
_UNREAD = -4.0  # log-odds of a sentence that was not read


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the network says: `sentences` float32[S] and `none`, log-odds to be compared.

    `pieces` float32[N, d] is what it made of every piece on the way, 0 for those of headings.
    """

    sentences: Array
    none: float
    pieces: Array

    @property
    def mass(self) -> float:
        """The log-odds that any of the sentences answers rather than none."""
        top = float(self.sentences.max())
        return top + float(np.log(np.exp(self.sentences - top).sum())) - self.none


class Network:
    """The weights, by the names that training gives them, and the pass through them.

    What becomes of a piece's vector does not depend on where it stands; it is kept.
    """

    def __init__(self, weights: dict[str, Array], encoder: StaticEncoder) -> None:
        self._weights, self._encoder = weights, encoder
        self._width = weights["projection"].shape[1]
        self._even = np.full((self._width, 1), 1 / self._width, np.float32)
        # Products are quickest with the matrices as they are multiplied.
        self._linears = {
            name.removesuffix(".weight"): np.ascontiguousarray(array.T)
            for name, array in weights.items()
            if name.endswith(".weight") and array.ndim == 2
        }
        self._kept = np.zeros((encoder.size, 2 * self._width), np.float32)
        self._known = np.zeros(encoder.size, np.bool_)
        self._kernels = [
            np.ascontiguousarray(weights[f"convolutions.{at}.weight"].transpose(2, 1, 0)).reshape(
                width * self._width, 2 * self._width
            )
            for at, (width, _) in enumerate(CONVOLUTIONS)
        ]
        self._opening, self._added = self._gates()

    def _gates(self) -> tuple[Array, Array]:
        """Return float32[convolutions, d, 2 d] and [convolutions, 1, 2 d].

        By the first the context of a sentence opens the gates, the later half of what each
        convolution makes; the second is added in any case.
        """
        d, convolutions = self._width, range(len(CONVOLUTIONS))
        opening = np.zeros((len(CONVOLUTIONS), d, 2 * d), np.float32)
        added = np.stack([self._weights[f"convolutions.{at}.bias"][None] for at in convolutions])
        for at in convolutions:
            opening[at, :, d:] = self._linears[f"gates.{at}"]
            added[at, :, d:] += self._weights[f"gates.{at}.bias"]
        return opening, added

    def traits(self, chances: NDArray[np.float64], features: Array) -> Array:
        """Return what is known of sentences before they are read; see `traits_of`."""
        mean, scale = self._weights["feature_mean"], self._weights["feature_scale"]
        return traits_of(chances, features, mean, scale)

    def read(self, inputs: Inputs, traits: Array) -> Reading:
        """Return the log-odds of each sentence and of none; `traits` as above, of the same S."""
        asked = self._vectors(inputs.question_ids)[:, : self._width]
        topic = np.concatenate([inputs.pooled @ asked, inputs.question])
        known = np.hstack([np.broadcast_to(topic, (len(traits), len(topic))), traits])
        context = np.maximum(self._linear("context", known), 0)
        pieces = self._pieces(_heard(inputs), asked, context)
        parts = [*self._pooled(inputs, pieces), *self._missing(inputs, asked), context, traits]
        hidden = np.maximum(self._linear("evidence.0", np.hstack(parts)), 0)
        scores = self._linear("evidence.2", hidden)[:, 0] + self._weights["residual"] * traits[:, 0]
        nothing = np.maximum(self._linear("none.0", topic), 0)
        every = np.zeros((len(inputs.ids), self._width), np.float32)
        every[inputs.own] = pieces
        return Reading(scores, float(self._linear("none.2", nothing)[0]), every)

    def point(self, reading: Reading, spans: Spans) -> Array:
        """Return float32[len(spans.first)]: log-odds of spans to be the answer, to be compared."""
        empty = np.zeros((1, self._width), np.float32)
        pieces = np.concatenate([reading.pieces, empty])  # -1 is the last, which says nothing
        sums = np.concatenate([empty, np.cumsum(pieces, axis=0)])
        count = (spans.last - spans.first + 1)[:, None]
        mean = (sums[spans.last + 1] - sums[spans.first]) * (spans.first >= 0)[:, None] / count
        seen = np.hstack([pieces[spans.first], pieces[spans.last], mean, spans.traits])
        hidden = np.maximum(self._linear("span.0", seen), 0)
        told = np.append(reading.sentences, np.float32(_UNREAD))[spans.sentence]
        rule = self._weights["span_rule"] * spans.traits[:, 0]
        return np.asarray(self._linear("span.2", hidden)[:, 0] + rule + told)

    def _linear(self, name: str, x: Array) -> Array:
        made = x @ self._linears[name]
        made += self._weights[f"{name}.bias"]
        return made

    def _vectors(self, ids: NDArray[np.int32]) -> Array:
        """Return float32[len(ids), 2 d]: the projected vectors of pieces, and their own input."""
        unknown = ids[~self._known[ids]]
        if len(unknown):
            missing = np.unique(unknown)
            vectors = self._encoder.table(missing) @ self._weights["projection"]
            own = vectors @ self._linears["input"][: self._width]
            self._kept[missing] = np.hstack([vectors, own])
            self._known[missing] = True
        return self._kept[ids]

    def _pieces(self, inputs: Inputs, asked: Array, context: Array) -> Array:
        """Return float32[own pieces, d]: what the convolutions make of the sentences' own."""
        state = self._seen(inputs, asked, context)
        places = np.arange(len(state)) + GAP * (1 + inputs.owner)
        spaced = np.zeros((len(state) + GAP * (len(context) + 1), self._width), np.float32)
        added = context @ self._opening + self._added
        for at, (width, dilation) in enumerate(CONVOLUTIONS):
            spaced[places] = self._normed(f"norms.{at}", state)
            around = places[:, None] + dilation * (np.arange(width) - width // 2)
            made = np.take(spaced, around, axis=0).reshape(len(state), -1) @ self._kernels[at]
            made += np.take(added[at], inputs.owner, axis=0)
            state += made[:, : self._width] / (1 + np.exp(-made[:, self._width :]))
        return self._normed("last", state[inputs.own])

    def _seen(self, inputs: Inputs, asked: Array, context: Array) -> Array:
        """Return float32[N, d]: a piece, what it stands for, both together, and its traits.

        What it stands for is a mean of the question's words, and enters as their weights.
        """
        d, matrix = self._width, self._linears["input"]
        kept = self._vectors(inputs.ids)
        both = kept[:, :d] * (inputs.aligned @ asked)
        made = np.hstack([inputs.aligned, both, inputs.pieces]) @ np.concatenate(
            [asked @ matrix[d : 2 * d], matrix[2 * d :]]
        )
        made += kept[:, d:]
        made += np.take(context + self._weights["input.bias"], inputs.owner, axis=0)
        return np.asarray(np.maximum(made, 0))

    def _normed(self, name: str, x: Array) -> Array:
        x = x - x @ self._even
        squares = np.einsum("ij,ij->i", x, x)[:, None] / self._width
        x *= 1 / np.sqrt(squares + 1e-5)
        x *= self._weights[f"{name}.weight"]
        x += self._weights[f"{name}.bias"]
        return x

    def _pooled(self, inputs: Inputs, pieces: Array) -> tuple[Array, Array]:
        """Return float32[S, d] twice: the attended mean and the maximum of a sentence's pieces."""
        attention = np.exp(self._linear("attention", pieces).clip(-30, 15))
        starts = np.searchsorted(inputs.owner[inputs.own], np.arange(len(inputs.words)))
        total = np.add.reduceat(attention, starts)
        mean = np.add.reduceat(pieces * attention, starts) / total
        return np.asarray(mean, np.float32), np.maximum.reduceat(pieces, starts)

    def _missing(self, inputs: Inputs, asked: Array) -> tuple[Array, Array]:
        """Return float32[S, 32] twice: what of the question the sentence meets and misses."""
        matrix = self._linears["words.0"]
        words = asked @ matrix[: self._width] + self._weights["words.0.bias"]
        hidden = np.maximum(inputs.words @ matrix[self._width :] + words, 0)
        made = self._linear("words.2", hidden)
        weights = np.exp(made[..., -1:].clip(-8, 8))
        mean = (made[..., :-1] * weights).sum(axis=1) / weights.sum(axis=1)
        return mean, made[..., :-1].max(axis=1)


def _heard(inputs: Inputs) -> Inputs:
    """Return the inputs without the pieces of headings that are too far from a sentence's own.

    Nothing of them reaches these, and only these are looked at in the end.
    """
    starts = np.searchsorted(inputs.owner, np.arange(len(inputs.words)))
    first = starts + np.add.reduceat(~inputs.own, starts, dtype=np.intp)
    heard = np.flatnonzero(np.arange(len(inputs.ids)) >= first[inputs.owner] - _REACH)
    names = ("ids", "owner", "own", "pieces", "aligned")
    return replace(inputs, **{name: getattr(inputs, name)[heard] for name in names})


def save_weights(folder: Path, weights: dict[str, Array]) -> None:
    """Write the weights, at half precision, into an existing folder."""
    halves: dict[str, Any] = {name: array.astype(np.float16) for name, array in weights.items()}
    np.savez_compressed(folder / FILE, **halves)


def load_weights(path: Path) -> dict[str, Array]:
    """Return what `save_weights` wrote; raises SourceError where it cannot be read."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return {name: stored[name].astype(np.float32) for name in stored.files}
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise SourceError(f"cannot read {path}: {error}", "install qa anew") from None


def shipped(encoder: StaticEncoder) -> Network:
    """Return the network that comes with the package, over the bundled encoder."""
    with resources.as_file(resources.files("qa") / "knowledge" / FILE) as path:
        return Network(load_weights(path), encoder)
