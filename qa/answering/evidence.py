"""Evidence: which sentences of the passages found hold what the question asks for.

Every sentence gets a few cheap, explainable features: how well its words and its headings meet the
words of the question, whether it holds a value of the kind that is asked for, and how it compares
with the best of the others. `qa.answering.model` turns them into a probability.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.answering.expected import fits
from qa.asking.question import Question
from qa.asking.when import agreement, years_asked
from qa.indexing.sentence_index import SentenceIndex
from qa.reader.inputs import content_over, words_over
from qa.retrieval.embed import Tokens
from qa.retrieval.retrieve import Retriever
from qa.types import Hit, Section, Sentence

_HEADING = 0.8  # a word met by a heading above a sentence is met a little less than by its own

_SEEN = (
    "own", "met", "title", "shared", "near", "passage", "rank", "heading", "listed", "length",
    "fits", "attribute", "year",
)  # fmt: skip
# These count also by how far a sentence stays behind the best.
_COMPARED = ("own", "met", "shared", "near", "passage")
FEATURES = (*_SEEN, *(f"{name}_behind" for name in _COMPARED))


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """The sentences of the hits with what was seen of each; rows go together.

    `met` is float32[sentences, words]: the best cosine of each word of the question in a sentence
    or its headings; `shares` is how much of the question each word is. `years` are those asked
    about. `features` is float32[sentences, len(FEATURES)].
    """

    question: Question
    words: Tokens
    shares: NDArray[np.float32]
    years: frozenset[int]
    sentences: tuple[Sentence, ...]
    met: NDArray[np.float32]
    features: NDArray[np.float32]


def content_words(question: Question, index: SentenceIndex) -> Tokens:
    """Return the words of a question; those that only ask get no weight."""
    words = index.words_of(question.text)
    weights = words.weights * content_over(question, words).astype(np.float32)
    return Tokens(words.ids, words.spans, weights if weights.any() else words.weights)


def weigh(
    question: Question, hits: Sequence[Hit], index: SentenceIndex, retriever: Retriever
) -> Weighed:
    """Return the sentences of the hits with their features, in the order of the hits."""
    words = content_words(question, index)
    found = [index.sentences_of(hit.passage) for hit in hits]
    sentences = tuple(sentence for some in found for sentence in some)
    if not sentences or not len(words):
        return _nothing(question, words)
    counts = [len(some) for some in found]
    rows = np.array([s.row for s in sentences], np.intp)
    sections = list({hit.passage.section.id: hit.passage.section for hit in hits}.values())
    place = {section.id: at for at, section in enumerate(sections)}
    above = np.repeat([place[hit.passage.section.id] for hit in hits], counts)
    by_title, by_path = index.title_met(words, sections)
    own = index.texts.tokens.best(words, rows)
    met = np.maximum(own, _HEADING * by_path[above])
    weights = words.weights / words.weights.sum()
    asked = years_asked(question.folded, sentences[0].passage.document)
    heading = np.array([s.is_heading for s in sentences], np.float32)
    columns = {
        "own": own @ weights,
        "met": met @ weights,
        "title": (by_title @ weights)[above],
        "shared": _shared(question, rows, sections, above, index, retriever),
        "near": index.vectors(rows) @ index.encoder.vector(question.text),
        "passage": np.repeat(np.array([hit.score for hit in hits], np.float32), counts),
        "rank": np.repeat(np.array([1 / hit.rank for hit in hits], np.float32), counts),
        "heading": heading,
        "listed": heading * (question.kind in ("list", "summary")),
        "length": np.log(np.array([s.end - s.start for s in sentences], np.float32)),
        "fits": np.array([fits(question, s.text) for s in sentences], np.float32),
        "attribute": _attribute(question, words, met),
        "year": np.array([agreement(asked, s) for s in sentences], np.float32),
    }
    seen = np.array([columns[name] for name in _SEEN], np.float32)
    compared = np.array([columns[name] for name in _COMPARED], np.float32)
    behind = compared - compared.max(axis=1, keepdims=True)
    features = np.concatenate([seen, behind]).T
    return Weighed(question, words, weights, asked, sentences, met, features)


def _nothing(question: Question, words: Tokens) -> Weighed:
    met = np.zeros((0, len(words)), np.float32)
    features = np.zeros((0, len(FEATURES)), np.float32)
    return Weighed(question, words, words.weights, frozenset(), (), met, features)


def _shared(
    question: Question,
    rows: NDArray[np.intp],
    sections: Sequence[Section],
    above: NDArray[np.intp],
    index: SentenceIndex,
    retriever: Retriever,
) -> NDArray[np.float32]:
    """Return float32[sentences]: the share, by idf, of the question's terms that each one holds."""
    terms = retriever.lexical.terms(question.text)
    if not terms:
        return np.zeros(len(rows), np.float32)
    idf, known = retriever.lexical.idfs(terms)
    by_path = index.title_holds(terms, sections)[above]
    held = np.maximum(index.texts.held(terms, rows), _HEADING * by_path)
    return np.asarray((held @ idf) / idf.sum() * (idf @ known / idf.sum()), np.float32)


def _attribute(question: Question, words: Tokens, met: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return float32[sentences]: how well the attribute asked for is met; 1 where none is asked."""
    inside = words_over(question, question.attribute, words)
    return met[:, inside].mean(axis=1) if inside.any() else np.ones(len(met), np.float32)
