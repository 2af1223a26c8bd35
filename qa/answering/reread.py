"""Reread: the likeliest sentences read by the network, which knows better which one answers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qa.answering.evidence import Weighed
from qa.reader.inputs import inputs_of, likeliest
from qa.reader.network import Network, Reading
from qa.retrieval.cosines import Cosines
from qa.types import Hit

_UNREAD = 0.02  # what the chance of a sentence is worth that others kept from being read


def reread(
    weighed: Weighed, chances: NDArray[np.float64], network: Network, cosines: Cosines
) -> tuple[NDArray[np.float64], Reading | None]:
    """Return each sentence's chance to be evidence after reading, and what was read."""
    places = likeliest(weighed.sentences, chances)
    sentences = [weighed.sentences[at] for at in places]
    inputs = inputs_of(weighed.question, sentences, cosines.encoder, cosines)
    if inputs is None:
        return chances, None
    traits = network.traits(chances[places], weighed.features[places])
    reading = network.read(inputs, traits)
    revised = chances * _UNREAD
    revised[places] = 1 / (1 + np.exp(-reading.sentences.astype(np.float64)))
    return revised, reading


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
