"""Point: which of the candidates is the short answer, by what the network made of the sentences."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qa.answering.candidates import Candidate, traits
from qa.asking.question import Question
from qa.reader.inputs import Inputs
from qa.reader.network import Network, Reading
from qa.reader.spans import Spans, pieces_of
from qa.retrieval.embed import StaticEncoder
from qa.types import Sentence

# What the score of the rules counts beside what was read: where they are sure they are right, of
# values more often than of names.
_RULES, _RULES_OF_NAMES = 2.0, 0.2
_VALUES = frozenset({"figure", "date", "list"})


class Pointer:
    """What was read for one question, and how likely a span of it is the answer."""

    def __init__(
        self,
        network: Network,
        encoder: StaticEncoder,
        sentences: Sequence[Sentence],
        inputs: Inputs,
        reading: Reading,
    ) -> None:
        self._network, self._encoder = network, encoder
        self._reading = reading
        own = enumerate(inputs.bounds[:, 1:].tolist())
        self._read = {sentences[at].text: (at, begin, end) for at, (begin, end) in own}

    def chances(self, question: Question, among: Sequence[Candidate]) -> NDArray[np.float64]:
        """Return float64[len(among)]: the chance of each to be the answer; they sum to 1."""
        if not among:
            return np.zeros(0)
        places = np.array([self._place(one) for one in among], np.intp).reshape(len(among), 3)
        spans = Spans(places[:, 0], places[:, 1], places[:, 2], traits(question, among))
        odds = self._network.point(self._reading, spans).astype(np.float64)
        weight = _RULES if question.kind in _VALUES else _RULES_OF_NAMES
        odds += [weight * one.found.score for one in among]
        shares = np.exp(odds - odds.max())
        return np.asarray(shares / shares.sum())

    def _place(self, one: Candidate) -> tuple[int, int, int]:
        """Return the first and last piece of a candidate and its sentence, -1 where unread."""
        text = one.found.near.raw
        sentence, begin, end = self._read.get(text, (-1, 0, 0))
        inside = pieces_of(self._encoder.tokens(text).spans, one.found.start, one.found.end)
        if sentence < 0 or inside is None or begin + inside[1] >= end:
            return -1, -1, -1
        return begin + inside[0], begin + inside[1], sentence
