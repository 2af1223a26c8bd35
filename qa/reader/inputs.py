"""Inputs: a question and the likeliest sentences as arrays, for the network and its training.

Every piece of a sentence (its headings before it) is seen with the words of the question: how near
they come, which of them, and what stands there (a figure, of which unit, a date, a name in marks).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from qa.asking.question import Kind, Question
from qa.reader.lines import Line, line_of
from qa.retrieval.cosines import Cosines
from qa.retrieval.embed import StaticEncoder, Tokens
from qa.types import Sentence

# How many are read against a question at most, and from which share of the likeliest one's chance
# on: a plain question leaves few, one in quite other words many.
SENTENCES, _LEAST = 10, 0.02
_KINDS = get_args(Kind)
WORD_TRAITS = 8
QUESTION_TRAITS = len(_KINDS) + 5
_SAME = 0.98  # cosine of a piece with itself, rounded
_SHARP, _LEAST_ALIGNED = 10.0, 0.02  # of the soft alignment with the question's words


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """One question with N pieces of S sentences, and its own Q words.

    `ids` int32[N] with `owner` intp[N] (whose sentence), `own` bool[N] (False for headings),
    `pieces` float32[N, PIECE_TRAITS], `aligned` float32[N, Q] (rows sum to about 1); `bounds`
    intp[S, 3] (where a sentence begins, where its own pieces do, where it ends); `words`
    float32[S, Q, WORD_TRAITS]; `question_ids` int32[Q], `pooled` float32[Q] (sums to 1),
    `question` float32[QUESTION_TRAITS].
    """

    ids: NDArray[np.int32]
    owner: NDArray[np.intp]
    own: NDArray[np.bool_]
    pieces: NDArray[np.float32]
    aligned: NDArray[np.float32]
    bounds: NDArray[np.intp]
    words: NDArray[np.float32]
    question_ids: NDArray[np.int32]
    pooled: NDArray[np.float32]
    question: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """The words of a question: which carry content, name the attribute, name the head."""

    tokens: Tokens
    content: NDArray[np.float32]
    attribute: NDArray[np.bool_]
    head: NDArray[np.bool_]
    units: frozenset[str]


def likeliest(
    sentences: Sequence[Sentence],
    chances: NDArray[np.float64],
    count: int = SENTENCES,
    least: float = _LEAST,
) -> list[int]:
    """Return the places of the likeliest sentences, best first, no text twice.

    `least` is the share of the best one's chance that a sentence has at least.
    """
    order = np.argsort(-chances, kind="stable")[: 4 * count]
    first: dict[str, int] = {}
    for place in order[chances[order] >= least * chances.max(initial=0)].tolist():
        first.setdefault(sentences[place].text, place)
    return list(first.values())[:count]


def log_odds(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log-odds of probabilities, finite at 0 and 1 too."""
    return np.asarray(np.log((chances + 1e-9) / (1 - chances + 1e-9)))


def traits_count(features: int) -> int:
    """Return how many traits a sentence has where as many features are known of it."""
    return 4 + features


def traits_of(
    chances: NDArray[np.float64],
    features: NDArray[np.float32],
    mean: NDArray[np.float32],
    scale: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return float32[S, 4 + features]: what is known of sentences, best first, before reading.

    `features` are those that gave the `chances`; `mean` and `scale` bring them to one size.
    """
    odds = log_odds(chances)
    rank = np.arange(len(odds))
    told = np.empty((len(odds), traits_count(features.shape[1])), np.float32)
    told[:, 0], told[:, 1] = odds / 3, (odds - odds.max()) / 3
    told[:, 2], told[:, 3] = 1 / (1 + rank), rank == 0
    told[:, 4:] = (features - mean) / scale
    return np.asarray(told.clip(-4, 4))


def inputs_of(
    question: Question,
    sentences: Sequence[Sentence],
    encoder: StaticEncoder,
    cosines: Cosines | None = None,
) -> Inputs | None:
    """Return the inputs of a question against sentences, None where it has no known words.

    `cosines` may be those of an index, which remembers them.
    """
    asked = _asked(question, encoder)
    lines = [line_of(sentence, encoder) for sentence in sentences]
    readable = all(line.headings < len(line.ids) for line in lines)
    if not len(asked.tokens) or not lines or not readable:
        return None
    bounds = _bounds(lines)
    ids = np.concatenate([line.ids for line in lines])
    begins, first, ends = bounds.T
    owner = np.repeat(np.arange(len(lines)), ends - begins)
    own = np.arange(len(ids)) >= first[owner]
    known = cosines or Cosines(ids[:0], encoder)
    met = known.between(asked.tokens.ids, ids)
    weights = asked.tokens.weights * asked.content + 0.01
    return Inputs(
        ids=ids,
        owner=owner,
        own=own,
        pieces=_pieces(asked, lines, met),
        aligned=_aligned(asked, met),
        bounds=bounds,
        words=_words(asked, met, own, begins),
        question_ids=asked.tokens.ids,
        pooled=np.asarray(weights / weights.sum(), np.float32),
        question=_traits(question, len(asked.tokens)),
    )


def _bounds(lines: Sequence[Line]) -> NDArray[np.intp]:
    """Return intp[len(lines), 3]: where each begins, where its own pieces do, where it ends."""
    ends = list(accumulate(len(line.ids) for line in lines))
    begins = [0, *ends[:-1]]
    first = [begin + line.headings for begin, line in zip(begins, lines, strict=True)]
    return np.array([begins, first, ends], np.intp).T


def _asked(question: Question, encoder: StaticEncoder) -> _Asked:
    tokens = encoder.tokens(question.text)
    return _Asked(
        tokens=tokens,
        content=content_over(question, tokens).astype(np.float32),
        attribute=words_over(question, question.attribute, tokens),
        head=words_over(question, question.head, tokens),
        units=question.units,
    )


def words_over(question: Question, word: str, tokens: Tokens) -> NDArray[np.bool_]:
    """Return bool[len(tokens)]: which of the question's tokens lie in a word of it."""
    place = question.folded.find(word) if word else -1
    known = place >= 0 and len(question.folded) == len(question.text)
    end = place + len(word)
    return np.array([known and a < end and place < b for a, b in tokens.spans], np.bool_)


def content_over(question: Question, tokens: Tokens) -> NDArray[np.bool_]:
    """Return bool[len(tokens)]: which of the question's tokens carry content."""
    content = question.content
    inside = [any(a < stop and first < b for first, stop in content) for a, b in tokens.spans]
    return np.array(inside, np.bool_)


def _traits(question: Question, length: int) -> NDArray[np.float32]:
    kinds = [float(question.kind == kind) for kind in _KINDS]
    english = question.lang == "en"
    other = [english, question.several, bool(question.units), question.unit_written, length / 20]
    return np.array([*kinds, *map(float, other)], np.float32)


def _pieces(
    asked: _Asked, lines: Sequence[Line], cosines: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return float32[N, PIECE_TRAITS]: how near each piece comes, its place, what stands there."""
    traits = np.concatenate([line.traits for line in lines])
    best = cosines.max(axis=0)
    heavy = asked.tokens.weights * asked.content
    parts = [asked.content > 0, asked.attribute, asked.head]
    content, attribute, head = (cosines[part].max(axis=0, initial=0) for part in parts)
    traits[:, 0], traits[:, 1], traits[:, 3] = best, content, best > _SAME
    traits[:, 2] = asked.tokens.weights[cosines.argmax(axis=0)] * best
    traits[:, 5], traits[:, 6] = attribute, head
    traits[:, 7] = heavy @ np.maximum(cosines, 0) / max(0.1, float(heavy.sum()))
    begin = 0
    for line in lines:
        for at, unit in line.units:
            traits[begin + at, 8] = unit in asked.units
        begin += len(line.ids)
    return traits


def _aligned(asked: _Asked, cosines: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return float32[N, Q]: which of the question's words each piece stands for."""
    soft = np.exp(_SHARP * cosines) * (0.1 + asked.content)[:, None]
    soft /= soft.sum(axis=0)
    soft[soft <= _LEAST_ALIGNED] = 0
    return np.ascontiguousarray(soft.T, np.float32)


def _words(
    asked: _Asked,
    cosines: NDArray[np.float32],
    own: NDArray[np.bool_],
    starts: NDArray[np.intp],
) -> NDArray[np.float32]:
    """Return float32[S, Q, WORD_TRAITS]: where each word of the question is met, its weight."""
    inside = np.maximum.reduceat(np.where(own, cosines, np.float32(-1)), starts, axis=1).T
    above = np.maximum.reduceat(np.where(own, np.float32(-1), cosines), starts, axis=1).T
    above[above <= -1] = 0
    weights = asked.tokens.weights
    missing = (1 - np.maximum(inside, 0.8 * above)) * weights * asked.content
    words = np.empty((*inside.shape, WORD_TRAITS), np.float32)
    words[..., 0], words[..., 1], words[..., 6], words[..., 7] = (
        inside, above, missing, inside > _SAME
    )  # fmt: skip
    for at, known in enumerate((weights, asked.content, asked.attribute, asked.head), 2):
        words[..., at] = known
    return words
