"""Network: gated convolutions over the pieces of the likeliest sentences.

It says of each sentence how likely it answers the question, and of the question how likely none
does. Trained by `qa.train.reader`, which has the same layers in torch under the same names.
"""

from collections.abc import Mapping, Sequence
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

    `pieces` float32[M, N, d] is what each network made of every piece on the way, 0 for those of
    headings.
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
    """Networks that were trained on other parts of the same questions, and are asked together.

    `weights` are those of all by the names that training gives them, stacked (see `together`):
    M networks, whose log-odds are averaged. What becomes of a piece's vector does not depend on
    where it stands; it is kept.
    """

    def __init__(self, weights: Mapping[str, Array], encoder: StaticEncoder) -> None:
        self._weights, self._encoder = weights, encoder
        self._count, _, self._width = weights["projection"].shape
        self._even = np.full((self._width, 1), 1 / self._width, np.float32)
        # Products are quickest with the matrices as they are multiplied.
        self._linears = {
            name.removesuffix(".weight"): np.ascontiguousarray(array.swapaxes(1, 2))
            for name, array in weights.items()
            if name.endswith(".weight") and array.ndim == 3
        }
        self._projected = np.zeros((encoder.size, self._count, self._width), np.float32)
        self._known = np.zeros(encoder.size, np.bool_)
        self._kernels = [
            np.ascontiguousarray(
                weights[f"convolutions.{at}.weight"].transpose(0, 3, 2, 1)
            ).reshape(self._count, width * self._width, 2 * self._width)
            for at, (width, _) in enumerate(CONVOLUTIONS)
        ]

    def traits(self, chances: NDArray[np.float64], features: Array) -> Array:
        """Return what is known of sentences before they are read; see `traits_of`."""
        mean, scale = self._weights["feature_mean"][0], self._weights["feature_scale"][0]
        return traits_of(chances, features, mean, scale)

    def read(self, inputs: Inputs, traits: Array) -> Reading:
        """Return the log-odds of each sentence and of none; `traits` as above, of the same S."""
        asked = self._vectors(inputs.question_ids)
        topic = _beside(inputs.pooled @ asked, self._all(inputs.question))
        known = _beside(np.repeat(topic[:, None], len(traits), axis=1), self._all(traits))
        context = np.maximum(self._linear("context", known), 0)
        own = self._pieces(_heard(inputs), asked, context)
        parts = [*self._pooled(inputs, own), *self._missing(inputs, asked), context]
        hidden = np.maximum(self._linear("evidence.0", _beside(*parts, self._all(traits))), 0)
        before = self._weights["residual"][:, None] * traits[:, 0]
        scores = self._linear("evidence.2", hidden)[..., 0] + before
        nothing = np.maximum(self._linear("none.0", topic[:, None]), 0)
        none = float(self._linear("none.2", nothing).mean())
        pieces = np.zeros((self._count, len(inputs.ids), self._width), np.float32)
        pieces[:, inputs.own] = own
        return Reading(scores.mean(axis=0), none, pieces)

    def point(self, reading: Reading, spans: Spans) -> Array:
        """Return float32[len(spans.first)]: log-odds of spans to be the answer, to be compared."""
        empty = np.zeros((self._count, 1, self._width), np.float32)
        # -1 is the last piece, which says nothing.
        pieces = np.concatenate([reading.pieces, empty], axis=1)
        sums = np.concatenate([empty, np.cumsum(pieces, axis=1)], axis=1)
        shares = (spans.first >= 0) / (spans.last - spans.first + 1)
        mean = (sums[:, spans.last + 1] - sums[:, spans.first]) * shares[:, None].astype(np.float32)
        ends = pieces[:, spans.first], pieces[:, spans.last]
        seen = _beside(*ends, mean, self._all(spans.traits))
        made = self._linear("span.2", np.maximum(self._linear("span.0", seen), 0))[..., 0]
        told = np.append(reading.sentences, np.float32(_UNREAD))[spans.sentence]
        rule = self._weights["span_rule"][:, None] * spans.traits[:, 0]
        return np.asarray((made + rule).mean(axis=0) + told, np.float32)

    def _all(self, x: Array) -> Array:
        """Return the same for each network."""
        return np.broadcast_to(x, (self._count, *x.shape))

    def _linear(self, name: str, x: Array) -> Array:
        """Return M layers at once: x is float32[M, N, in]."""
        made = x @ self._linears[name]
        made += self._weights[f"{name}.bias"][:, None]
        return made

    def _vectors(self, ids: NDArray[np.int32]) -> Array:
        """Return float32[M, len(ids), d]: the projected vectors of pieces."""
        unknown = ids[~self._known[ids]]
        if len(unknown):
            missing = np.unique(unknown)
            vectors = self._encoder.table(missing) @ self._weights["projection"]
            self._projected[missing] = vectors.swapaxes(0, 1)
            self._known[missing] = True
        return self._projected[ids].swapaxes(0, 1)

    def _pieces(self, inputs: Inputs, asked: Array, context: Array) -> Array:
        """Return float32[M, own pieces, d]: what the convolutions make of the sentences' own."""
        state = self._seen(inputs, asked, context)
        count, sentences = state.shape[1], context.shape[1]
        places = np.arange(count) + GAP * (1 + inputs.owner)
        spaced = np.zeros((self._count, count + GAP * (sentences + 1), self._width), np.float32)
        for at, (width, dilation) in enumerate(CONVOLUTIONS):
            spaced[:, places] = self._normed(f"norms.{at}", state)
            around = places[:, None] + dilation * (np.arange(width) - width // 2)
            windows = np.take(spaced, around, axis=1).reshape(self._count, count, -1)
            made = windows @ self._kernels[at]
            made += np.take(self._added(at, context), inputs.owner, axis=1)
            state += made[..., : self._width] / (1 + np.exp(-made[..., self._width :]))
        return self._normed("last", state[:, inputs.own])

    def _seen(self, inputs: Inputs, asked: Array, context: Array) -> Array:
        """Return float32[M, N, d]: a piece, what it stands for, both together, and its traits.

        What it stands for is a mean of the question's words, and enters as their weights.
        """
        d, matrix = self._width, self._linears["input"]
        own = self._vectors(inputs.ids)
        seen = _beside(
            own, own * (inputs.aligned @ asked), self._all(inputs.pieces), self._all(inputs.aligned)
        )
        words = asked @ matrix[:, d : 2 * d]
        made = seen @ np.concatenate([matrix[:, :d], matrix[:, 2 * d :], words], axis=1)
        made += np.take(context + self._weights["input.bias"][:, None], inputs.owner, axis=1)
        return np.asarray(np.maximum(made, 0))

    def _added(self, at: int, context: Array) -> Array:
        """Return float32[M, S, 2 d]: what a convolution adds for each sentence: it opens gates."""
        gates = self._linear(f"gates.{at}", context)
        bias = self._weights[f"convolutions.{at}.bias"][:, None]
        return _beside(np.zeros_like(gates), gates) + bias

    def _normed(self, name: str, x: Array) -> Array:
        x = x - x @ self._even
        squares = np.einsum("mij,mij->mi", x, x)[..., None] / self._width
        x *= 1 / np.sqrt(squares + 1e-5)
        x *= self._weights[f"{name}.weight"][:, None]
        x += self._weights[f"{name}.bias"][:, None]
        return x

    def _pooled(self, inputs: Inputs, pieces: Array) -> tuple[Array, Array]:
        """Return float32[M, S, d] twice: attended mean and maximum of a sentence's pieces."""
        attention = np.exp(self._linear("attention", pieces).clip(-30, 15))
        starts = np.searchsorted(inputs.owner[inputs.own], np.arange(len(inputs.words)))
        total = np.add.reduceat(attention, starts, axis=1)
        mean = np.add.reduceat(pieces * attention, starts, axis=1) / total
        return np.asarray(mean, np.float32), np.maximum.reduceat(pieces, starts, axis=1)

    def _missing(self, inputs: Inputs, asked: Array) -> tuple[Array, Array]:
        """Return float32[M, S, 32] twice: what of the question the sentence meets and misses."""
        sentences, words, traits = inputs.words.shape
        matrix, bias = self._linears["words.0"], self._weights["words.0.bias"]
        meant = asked @ matrix[:, : self._width] + bias[:, None]
        seen = inputs.words.reshape(-1, traits) @ matrix[:, self._width :]
        hidden = np.maximum(seen + np.tile(meant, (1, sentences, 1)), 0)
        made = self._linear("words.2", hidden).reshape(self._count, sentences, words, -1)
        weights = np.exp(made[..., -1:].clip(-8, 8))
        mean = (made[..., :-1] * weights).sum(axis=2) / weights.sum(axis=2)
        return mean, made[..., :-1].max(axis=2)


def _heard(inputs: Inputs) -> Inputs:
    """Return the inputs without the pieces of headings that are too far from a sentence's own.

    Nothing of them reaches these, and only these are looked at in the end.
    """
    starts = np.searchsorted(inputs.owner, np.arange(len(inputs.words)))
    first = starts + np.add.reduceat(~inputs.own, starts, dtype=np.intp)
    heard = np.flatnonzero(np.arange(len(inputs.ids)) >= first[inputs.owner] - _REACH)
    names = ("ids", "owner", "own", "pieces", "aligned")
    return replace(inputs, **{name: getattr(inputs, name)[heard] for name in names})


def _beside(*parts: Array) -> Array:
    """Return arrays side by side, along their last axis."""
    return np.concatenate(parts, axis=-1)


def together(networks: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    """Return the weights of several networks as `Network` takes them, stacked name by name."""
    return {name: np.stack([one[name] for one in networks]) for name in networks[0]}


def save_weights(folder: Path, weights: Mapping[str, Array]) -> None:
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
