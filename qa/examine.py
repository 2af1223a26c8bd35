"""Examine: from the passages found to a case that can be judged."""

from collections.abc import Sequence

from qa.choose import Chosen, choose
from qa.embed import Tokens
from qa.evidence import content_words, weigh
from qa.index import Index
from qa.judge import Case
from qa.model import Logistic
from qa.nearness import quoted
from qa.question import Question
from qa.sentence_index import SentenceIndex
from qa.short import short_answer
from qa.types import Hit

_ALIGNED = 6  # quotes that are aligned word by word; a longer list is read off as it stands


def examine(
    question: Question, hits: Sequence[Hit], index: Index, evidence: Logistic
) -> Case | None:
    """Return the case of a question over the passages found; None where nothing can be weighed.

    `evidence` gives each sentence's chance to be evidence.
    """
    weighed = weigh(question, hits, index.sentences, index.retriever)
    if not weighed.sentences:
        return None
    chances = evidence(weighed.features)
    chosen = choose(weighed, chances, index.sentences, index.corpus)
    short = short_of(question, chosen, index.sentences, weighed.words)
    return Case(question, hits, weighed, chances, chosen, short)


def short_of(
    question: Question, chosen: Chosen, index: SentenceIndex, words: Tokens | None = None
) -> str | None:
    """Return the short answer that the chosen sentences hold, if one is sure enough."""
    words = content_words(question, index) if words is None else words
    if len(chosen.sentences) > _ALIGNED:
        words = Tokens(words.ids[:0], (), words.weights[:0])
    return short_answer(question, [quoted(s.text, words, index.encoder) for s in chosen.sentences])
