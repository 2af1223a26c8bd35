"""Reread: the likeliest sentences read by the network, which knows better which one answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.answering.evidence import Weighed
from qa.answering.point import Pointer
from qa.reader.inputs import inputs_of, likeliest
from qa.reader.network import Network, Reading
from qa.retrieval.cosines import Cosines
from qa.types import Hit

_UNREAD = 0.02  # what the chance of a sentence is worth that others kept from being read


@dataclass(frozen=True, slots=True, eq=False)
class Reread:
    """Each sentence's chance to be evidence after reading, what was read, what points into it."""

    chances: NDArray[np.float64]
    reading: Reading | None = None
    pointer: Pointer | None = None


def reread(
    weighed: Weighed, chances: NDArray[np.float64], network: Network, cosines: Cosines
) -> Reread:
    """Return what reading the likeliest sentences makes of their chances."""
    places = likeliest(weighed.sentences, chances)
    sentences = [weighed.sentences[at] for at in places]
    inputs = inputs_of(weighed.question, sentences, cosines.encoder, cosines)
    if inputs is None:
        return Reread(chances)
    traits = network.traits(chances[places], weighed.features[places])
    reading = network.read(inputs, traits)
    revised = chances * _UNREAD
    revised[places] = 1 / (1 + np.exp(-reading.sentences.astype(np.float64)))
    return Reread(revised, reading, Pointer(network, cosines.encoder, sentences, inputs, reading))


def rerank(hits: Sequence[Hit], weighed: Weighed, chances: NDArray[np.float64]) -> tuple[Hit, ...]:
    """Return the passages by what was found of them and the chance of their likeliest sentence."""
    best: dict[str, float] = {}
    for sentence, chance in zip(weighed.sentences, chances.tolist(), strict=True):
        best[sentence.passage.id] = max(chance, best.get(sentence.passage.id, 0.0))
    scored = [(hit.score + 2 * best.get(hit.passage.id, 0.0)) / 3 for hit in hits]
    order = sorted(range(len(hits)), key=lambda at: -scored[at])
    return tuple(
        Hit(hits[at].passage, rank, scored[at], hits[at].why) for rank, at in enumerate(order, 1)
    )
