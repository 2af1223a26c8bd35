"""Headings: which section a question asks about, by how much of it each heading meets."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.answering.evidence import Weighed
from qa.asking.words import words
from qa.indexing.sentence_index import SentenceIndex
from qa.reader.inputs import words_over
from qa.reading.corpus import Corpus
from qa.types import Section

_AS_MUCH = 0.1  # by what the shares of sections may differ that a summary may be of


@dataclass(frozen=True, slots=True)
class Named:
    """A section with the share of the question's words that its heading meets.

    `thing` is how much of the thing that is asked for the heading itself says.
    """

    section: Section
    share: float
    thing: float


def best_named(weighed: Weighed, index: SentenceIndex, corpus: Corpus) -> Named | None:
    """Return the section whose heading meets the most of the question.

    Those in which sentences were found are looked at, and those that hold them. Of a summary it is
    the outermost of those that meet about as much.
    """
    inner = {s.passage.section.id: s.passage.section for s in weighed.sentences}
    sections = list({s.id: s for one in inner.values() for s in _path(one, corpus)}.values())
    if not sections:
        return None
    by_title, _ = index.title_met(weighed.words, sections)
    shares = (by_title @ weighed.words.weights / weighed.words.weights.sum()).tolist()
    things = by_title[:, _thing(weighed)].mean(axis=1).tolist()
    named = list(map(Named, sections, shares, things))
    slack = _AS_MUCH if weighed.question.kind == "summary" else 0.0
    return _outermost(one for one in named if one.share >= max(shares) - slack)


def _thing(weighed: Weighed) -> NDArray[np.bool_]:
    """Return bool[words]: which words of the question name the thing that it asks for.

    They are the nouns behind the asking word, or else the last one.
    """
    question, tokens = weighed.question, weighed.words
    spans = [span[:2] for span in words(question.text) if span[2].startswith("n")]
    nouns = np.array([any(a < y and x < b for x, y in spans) for a, b in tokens.spans], np.bool_)
    carried = tokens.weights > 0
    head = words_over(question, question.head, tokens) & nouns & carried
    if head.any():
        return np.asarray(head, np.bool_)
    among = np.flatnonzero(nouns & carried if (nouns & carried).any() else carried)
    return np.isin(np.arange(len(carried)), among[-1:])


def _outermost(named: Iterable[Named]) -> Named:
    return min(named, key=lambda one: (one.section.level, -one.share, one.section.start))


def _path(section: Section, corpus: Corpus) -> Iterator[Section]:
    """Yield the sections that hold a section, itself last."""
    before = [s for s in corpus.sections_of(section.document) if s.start <= section.start]
    nearest = {s.path: s for s in before}
    paths = (section.path[:depth] for depth in range(1, section.level + 1))
    yield from (nearest[path] for path in paths if path in nearest)
