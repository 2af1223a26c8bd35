"""Network: gated convolutions over the pieces of the likeliest sentences.

It says of each sentence how likely it answers the question, and of the question how likely none
does. Trained by `qa.train.reader`, which has the same layers in torch under the same names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
FILE = "reader.npz"
_UNREAD = -4.0  # log-odds of a sentence that was not read


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the network says: `sentences` float32[S] and `none`, log-odds to be compared.

    `pieces` float32[M, N, d] is what each network made of every piece on the way.
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
        pieces = self._pieces(inputs, asked, context)
        parts = [*self._pooled(inputs, pieces), *self._missing(inputs, asked), context]
        hidden = np.maximum(self._linear("evidence.0", _beside(*parts, self._all(traits))), 0)
        own = self._weights["residual"][:, None] * traits[:, 0]
        scores = self._linear("evidence.2", hidden)[..., 0] + own
        nothing = np.maximum(self._linear("none.0", topic[:, None]), 0)
        none = float(self._linear("none.2", nothing).mean())
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
        weights, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return np.asarray(x @ weights.swapaxes(1, 2) + bias[:, None])

    def _vectors(self, ids: NDArray[np.int32]) -> Array:
        """Return float32[M, len(ids), d]: the projected vectors of pieces."""
        missing = np.unique(ids[~self._known[ids]])
        if len(missing):
            vectors = self._encoder.table(missing) @ self._weights["projection"]
            self._projected[missing] = vectors.swapaxes(0, 1)
            self._known[missing] = True
        return self._projected[ids].swapaxes(0, 1)

    def _pieces(self, inputs: Inputs, asked: Array, context: Array) -> Array:
        """Return float32[M, N, d]: what the convolutions make of every piece."""
        own, aligned = self._vectors(inputs.ids), inputs.aligned @ asked
        seen = _beside(own, aligned, own * aligned, self._all(inputs.pieces))
        places = np.arange(len(inputs.ids)) + GAP * (1 + inputs.owner)
        size = len(places) + GAP * (context.shape[1] + 1)
        state = np.zeros((self._count, size, self._width), np.float32)
        state[:, places] = np.maximum(self._linear("input", seen) + context[:, inputs.owner], 0)
        empty = np.ones(size, np.bool_)
        empty[places] = False
        owner = np.zeros(size, np.intp)
        owner[places] = inputs.owner
        for at in range(len(CONVOLUTIONS)):
            made = self._convolved(at, state, empty)
            gate = made[..., self._width :] + self._linear(f"gates.{at}", context)[:, owner]
            state += made[..., : self._width] / (1 + np.exp(-gate))
        return self._normed("last", state[:, places])

    def _convolved(self, at: int, state: Array, empty: NDArray[np.bool_]) -> Array:
        """Return float32[M, size, 2 d]: a convolution of the normed state, gaps being zero."""
        width, dilation = CONVOLUTIONS[at]
        reach, size = width // 2 * dilation, state.shape[1]
        padded = np.zeros((self._count, size + 2 * reach, self._width), np.float32)
        padded[:, reach : reach + size] = self._normed(f"norms.{at}", state)
        padded[:, reach : reach + size][:, empty] = 0
        shifts = range(0, width * dilation, dilation)
        windows = _beside(*(padded[:, shift : shift + size] for shift in shifts))
        bias = self._weights[f"convolutions.{at}.bias"][:, None]
        return np.asarray(windows @ self._kernels[at] + bias)

    def _normed(self, name: str, x: Array) -> Array:
        x = x - x @ self._even
        squares = np.einsum("mij,mij->mi", x, x)[..., None] / self._width
        x /= np.sqrt(squares + 1e-5)
        weights, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return np.asarray(x * weights[:, None] + bias[:, None])

    def _pooled(self, inputs: Inputs, pieces: Array) -> tuple[Array, Array]:
        """Return float32[M, S, d] twice: attended mean and maximum of a sentence's pieces."""
        pieces, owner = pieces[:, inputs.own], inputs.owner[inputs.own]
        attention = np.exp(np.clip(self._linear("attention", pieces), -30, 15))
        starts = np.searchsorted(owner, np.arange(len(inputs.words)))
        total = np.add.reduceat(attention, starts, axis=1)
        mean = np.add.reduceat(pieces * attention, starts, axis=1) / total
        return np.asarray(mean, np.float32), np.maximum.reduceat(pieces, starts, axis=1)

    def _missing(self, inputs: Inputs, asked: Array) -> tuple[Array, Array]:
        """Return float32[M, S, 32] twice: what of the question the sentence meets and misses."""
        sentences, words, _ = inputs.words.shape
        repeated = np.repeat(asked[:, None], sentences, axis=1)
        seen = _beside(repeated, self._all(inputs.words))
        flat = seen.reshape(self._count, sentences * words, -1)
        made = self._linear("words.2", np.maximum(self._linear("words.0", flat), 0))
        made = made.reshape(self._count, sentences, words, -1)
        weights = np.exp(np.clip(made[..., -1:], -8, 8))
        mean = (made[..., :-1] * weights).sum(axis=2) / weights.sum(axis=2)
        return mean, made[..., :-1].max(axis=2)


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
