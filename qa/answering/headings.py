"""Headings: which section a question asks about, by how much of it each heading meets."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from qa.answering.evidence import Weighed
from qa.indexing.sentence_index import SentenceIndex
from qa.reading.corpus import Corpus
from qa.types import Section

_AS_MUCH = 0.1  # by what the shares of sections may differ that a summary may be of


@dataclass(frozen=True, slots=True)
class Named:
    """A section with the share of the question's words that its heading meets."""

    section: Section
    share: float


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
    named = [Named(section, share) for section, share in zip(sections, shares, strict=True)]
    slack = _AS_MUCH if weighed.question.kind == "summary" else 0.0
    return _outermost(one for one in named if one.share >= max(shares) - slack)


def _outermost(named: Iterable[Named]) -> Named:
    return min(named, key=lambda one: (one.section.level, -one.share, one.section.start))


def _path(section: Section, corpus: Corpus) -> Iterator[Section]:
    """Yield the sections that hold a section, itself last."""
    before = [s for s in corpus.sections_of(section.document) if s.start <= section.start]
    nearest = {s.path: s for s in before}
    paths = (section.path[:depth] for depth in range(1, section.level + 1))
    yield from (nearest[path] for path in paths if path in nearest)
