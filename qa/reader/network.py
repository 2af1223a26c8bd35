"""Network: gated convolutions over the pieces of the likeliest sentences.

It says of each sentence how likely it answers the question, and of the question how likely none
does. Trained by `qa.train.reader`, which has the same layers in torch under the same names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import accumulate
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

    `pieces` float32[M, N + 1, d] is what each network made of every piece on the way, 0 for those
    of headings and for one that stands behind all.
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
        # A row for each network, which counts for whatever it reads.
        self._rows = {name: array[:, None] for name, array in weights.items() if array.ndim < 3}
        self._projected = np.zeros((encoder.size, self._count, self._width), np.float32)
        self._known = np.zeros(encoder.size, np.bool_)
        self._kernels = [
            np.ascontiguousarray(
                weights[f"convolutions.{at}.weight"].transpose(0, 3, 2, 1)
            ).reshape(self._count, width * self._width, 2 * self._width)
            for at, (width, _) in enumerate(CONVOLUTIONS)
        ]
        layers = range(len(CONVOLUTIONS))
        self._gates = np.concatenate([self._linears[f"gates.{at}"] for at in layers], axis=2)
        self._gate_bias, self._bias = (
            np.stack([self._rows[f"{name}.{at}.bias"] for at in layers], axis=2)
            for name in ("gates", "convolutions")
        )

    def traits(self, chances: NDArray[np.float64], features: Array) -> Array:
        """Return what is known of sentences before they are read; see `traits_of`."""
        mean, scale = self._weights["feature_mean"][0], self._weights["feature_scale"][0]
        return traits_of(chances, features, mean, scale)

    def read(self, inputs: Inputs, traits: Array) -> Reading:
        """Return the log-odds of each sentence and of none; `traits` as above, of the same S."""
        count = len(traits)
        asked = self._vectors(inputs.question_ids)
        topic = self._beside(1, (inputs.pooled @ asked)[:, None], inputs.question)
        context = self._rectified("context", self._beside(count, topic, traits))
        own = self._pieces(inputs, asked, context)
        parts = [*self._pooled(inputs, own), *self._missing(inputs, asked), context, traits]
        hidden = self._rectified("evidence.0", self._beside(count, *parts))
        before = self._rows["residual"] * traits[:, 0]
        scores = self._linear("evidence.2", hidden)[..., 0] + before
        none = float(self._linear("none.2", self._rectified("none.0", topic)).mean())
        pieces = np.zeros((self._count, len(inputs.ids) + 1, self._width), np.float32)
        pieces[:, np.flatnonzero(inputs.own)] = own
        return Reading(scores.mean(axis=0), none, pieces)

    def point(self, reading: Reading, spans: Spans) -> Array:
        """Return float32[len(spans.first)]: log-odds of spans to be the answer, to be compared."""
        pieces, count = reading.pieces, len(spans.first)
        sums = np.zeros((self._count, pieces.shape[1] + 1, self._width), np.float32)
        np.cumsum(pieces, axis=1, out=sums[:, 1:])
        shares = (spans.first >= 0) / (spans.last - spans.first + 1)
        # What was not read is -1: the last piece, which says nothing.
        mean = sums.take(spans.last + 1, axis=1) - sums.take(spans.first, axis=1)
        mean *= shares[:, None].astype(np.float32)
        ends = pieces.take(spans.first, axis=1), pieces.take(spans.last, axis=1)
        seen = self._beside(count, *ends, mean, spans.traits)
        made = self._linear("span.2", self._rectified("span.0", seen))[..., 0]
        told = np.append(reading.sentences, np.float32(_UNREAD))[spans.sentence]
        rule = self._rows["span_rule"] * spans.traits[:, 0]
        return np.asarray((made + rule).mean(axis=0) + told, np.float32)

    def _beside(self, rows: int, *parts: Array) -> Array:
        """Return float32[M, rows, …]: arrays side by side; what is the same for all is repeated."""
        ends = list(accumulate(part.shape[-1] for part in parts))
        joined = np.empty((self._count, rows, ends[-1]), np.float32)
        for part, end in zip(parts, ends, strict=True):
            joined[..., end - part.shape[-1] : end] = part
        return joined

    def _linear(self, name: str, x: Array) -> Array:
        """Return M layers at once: x is float32[M, N, in]."""
        made = x @ self._linears[name]
        made += self._rows[f"{name}.bias"]
        return made

    def _rectified(self, name: str, x: Array) -> Array:
        """Return M layers at once, without what is below 0."""
        made = self._linear(name, x)
        return np.maximum(made, 0, out=made)

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
        heard = _heard(inputs)
        owner, own = inputs.owner[heard], inputs.own[heard]
        state = self._seen(inputs, heard, asked, context)
        count, sentences = len(heard), len(inputs.words)
        places = np.arange(count) + GAP * (1 + owner)
        spaced = np.zeros((self._count, count + GAP * (sentences + 1), self._width), np.float32)
        added = self._added(context).take(owner, axis=1)
        for at, (width, dilation) in enumerate(CONVOLUTIONS):
            spaced[:, places] = self._normed(f"norms.{at}", state)
            around = places[:, None] + dilation * (np.arange(width) - width // 2)
            windows = spaced.take(around, axis=1).reshape(self._count, count, -1)
            made = windows @ self._kernels[at]
            made += added[:, :, at]
            state += made[..., : self._width] / (1 + np.exp(-made[..., self._width :]))
        return self._normed("last", state.take(np.flatnonzero(own), axis=1))

    def _seen(self, inputs: Inputs, heard: NDArray[np.intp], asked: Array, context: Array) -> Array:
        """Return float32[M, N, d]: a piece, what it stands for, both together, and its traits.

        What it stands for is a mean of the question's words, and enters as their weights.
        """
        d, matrix = self._width, self._linears["input"]
        own, aligned = self._vectors(inputs.ids[heard]), inputs.aligned[heard]
        both = own * (aligned @ asked)
        seen = self._beside(len(heard), own, both, inputs.pieces[heard], aligned)
        words = asked @ matrix[:, d : 2 * d]
        made = seen @ np.concatenate([matrix[:, :d], matrix[:, 2 * d :], words], axis=1)
        made += (context + self._rows["input.bias"]).take(inputs.owner[heard], axis=1)
        return np.asarray(np.maximum(made, 0, out=made))

    def _added(self, context: Array) -> Array:
        """Return float32[M, S, 3, 2 d]: what each convolution adds for a sentence: opened gates."""
        gates = context @ self._gates
        gates = gates.reshape(*gates.shape[:2], len(CONVOLUTIONS), -1) + self._gate_bias
        added = np.zeros((*gates.shape[:3], 2 * self._width), np.float32)
        added[..., self._width :] = gates
        added += self._bias
        return added

    def _normed(self, name: str, x: Array) -> Array:
        x = x - x @ self._even
        squares = np.einsum("mij,mij->mi", x, x)[..., None] / self._width
        x *= 1 / np.sqrt(squares + 1e-5)
        x *= self._rows[f"{name}.weight"]
        x += self._rows[f"{name}.bias"]
        return x

    def _pooled(self, inputs: Inputs, pieces: Array) -> tuple[Array, Array]:
        """Return float32[M, S, d] twice: attended mean and maximum of a sentence's pieces."""
        attention = np.exp(self._linear("attention", pieces).clip(-30, 15))
        lengths = inputs.bounds[:, 2] - inputs.bounds[:, 1]
        starts = lengths.cumsum() - lengths
        total = np.add.reduceat(attention, starts, axis=1)
        mean = np.add.reduceat(pieces * attention, starts, axis=1) / total
        return np.asarray(mean, np.float32), np.maximum.reduceat(pieces, starts, axis=1)

    def _missing(self, inputs: Inputs, asked: Array) -> tuple[Array, Array]:
        """Return float32[M, S, 32] twice: what of the question the sentence meets and misses."""
        sentences, words, traits = inputs.words.shape
        matrix = self._linears["words.0"]
        meant = asked @ matrix[:, : self._width] + self._rows["words.0.bias"]
        seen = inputs.words.reshape(-1, traits) @ matrix[:, self._width :]
        each = seen.reshape(self._count, sentences, words, -1)
        each += meant[:, None]
        made = self._linear("words.2", np.maximum(seen, 0, out=seen)).reshape(*each.shape[:3], -1)
        weights = np.exp(made[..., -1:].clip(-8, 8))
        mean = (made[..., :-1] * weights).sum(axis=2) / weights.sum(axis=2)
        return mean, made[..., :-1].max(axis=2)


def _heard(inputs: Inputs) -> NDArray[np.intp]:
    """Return the pieces without those of headings that are too far from a sentence's own.

    Nothing of them reaches these, and only these are looked at in the end.
    """
    first = inputs.bounds[:, 1][inputs.owner]
    return np.flatnonzero(np.arange(len(first)) >= first - _REACH)


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
