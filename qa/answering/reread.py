"""Reread: the likeliest sentences read by the network, which knows better which of them answers."""

import numpy as np
from numpy.typing import NDArray

from qa.answering.evidence import Weighed
from qa.reader.inputs import inputs_of, likeliest
from qa.reader.network import Network, Reading
from qa.retrieval.embed import StaticEncoder

_UNREAD = 0.02  # what the chance of a sentence is worth that others kept from being read


def reread(
    weighed: Weighed, chances: NDArray[np.float64], network: Network, encoder: StaticEncoder
) -> tuple[NDArray[np.float64], Reading | None]:
    """Return each sentence's chance to be evidence after reading, and what was read."""
    places = likeliest(weighed.sentences, chances)
    inputs = inputs_of(weighed.question, [weighed.sentences[at] for at in places], encoder)
    if inputs is None:
        return chances, None
    traits = network.traits(chances[places], weighed.features[places])
    reading = network.read(inputs, traits)
    revised = chances * _UNREAD
    revised[places] = 1 / (1 + np.exp(-reading.sentences.astype(np.float64)))
    return revised, reading
