"""Evidence: which sentences of the passages found hold what the question asks for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.embed import Tokens
from qa.sentence_index import SentenceIndex
from qa.types import Hit, Sentence

_HEADING = 0.8  # a word met by a heading above a sentence is met a little less than by its own


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A sentence with how well it meets each word of the question.

    `met` is float32[words]: the best cosine of each word in the sentence or its headings.
    """

    sentence: Sentence
    score: float
    met: NDArray[np.float32]


def weigh(words: Tokens, hits: Sequence[Hit], index: SentenceIndex) -> list[Candidate]:
    """Return the sentences of the hits, the most fitting first."""
    sentences = [s for hit in hits for s in index.sentences_of(hit.passage)]
    if not sentences or not len(words):
        return []
    own = index.text_match(words, sentences)
    above = index.heading_match(words, [s.passage.section for s in sentences])
    met = np.maximum(own, _HEADING * above)
    weights = words.weights / max(float(words.weights.sum()), 1e-6)
    by_passage = {hit.passage.id: hit.score for hit in hits}
    passages = np.array([by_passage[s.passage.id] for s in sentences], np.float32)
    headings = np.array([s.is_heading for s in sentences], np.float32)
    scores = 0.5 * (met @ weights) + 0.2 * (own @ weights) + 0.3 * passages - 0.1 * headings
    order = np.argsort(-scores, kind="stable")
    return [Candidate(sentences[at], float(scores[at]), met[at]) for at in order]
