"""Examine: from the passages found to a case that can be judged."""

from collections.abc import Mapping, Sequence

from qa.answering.choose import Chosen, choose
from qa.answering.evidence import content_words, weigh
from qa.answering.judge import Case
from qa.answering.model import Logistic
from qa.answering.nearness import quoted
from qa.answering.point import Pointer
from qa.answering.reread import reread
from qa.answering.short import short_answer
from qa.asking.question import Question
from qa.indexing.index import Index
from qa.indexing.sentence_index import SentenceIndex
from qa.reader.network import Network
from qa.retrieval.embed import Tokens
from qa.types import Hit

_ALIGNED = 6  # quotes that are aligned word by word; a longer list is read off as it stands


def examine(
    question: Question, hits: Sequence[Hit], index: Index, evidence: Logistic, network: Network
) -> Case | None:
    """Return the case of a question over the passages found; None where nothing can be weighed.

    `evidence` gives each sentence's chance to be evidence, `network` a better one to the likeliest.
    """
    weighed = weigh(question, hits, index.sentences, index.retriever)
    if not weighed.sentences:
        return None
    first = evidence(weighed.features)
    read = reread(weighed, first, network, index.sentences.cosines)
    chosen = choose(weighed, read.chances, index.sentences, index.corpus)
    rows = (sentence.row for sentence in weighed.sentences)
    chance_of = dict(zip(rows, read.chances.tolist(), strict=True))
    short = short_of(question, chosen, index.sentences, weighed.words, chance_of, read.pointer)
    best = float(first.max())
    return Case(question, hits, weighed, best, read.chances, read.reading, chosen, short)


def short_of(
    question: Question,
    chosen: Chosen,
    index: SentenceIndex,
    words: Tokens | None = None,
    chances: Mapping[int, float] | None = None,
    pointer: Pointer | None = None,
) -> str | None:
    """Return the short answer that the chosen sentences hold, if one is sure enough.

    `chances` has, by row, each sentence's chance to be evidence; one that is not there is as
    likely as the best. `pointer` knows what was read of them.
    """
    words = content_words(question, index) if words is None else words
    if len(chosen.sentences) > _ALIGNED:
        words = Tokens(words.ids[:0], (), words.weights[:0])
    known = [(chances or {}).get(sentence.row, 0.0) for sentence in chosen.sentences]
    best = max(known, default=0.0)
    return short_answer(
        question,
        [
            quoted(
                sentence.text,
                words,
                index.cosines,
                prior=chance / best if chance else 1.0,
                headings=" ".join(sentence.passage.section.path),
            )
            for sentence, chance in zip(chosen.sentences, known, strict=True)
        ],
        pointer,
    )
