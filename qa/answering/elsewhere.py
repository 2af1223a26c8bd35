"""Elsewhere: whether the document speaks of what is asked, but not where the answer was found."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from qa.asking.dates import plain
from qa.asking.question import Question
from qa.types import Document, Sentence

_RUN, _LONGEST = 3, 8  # characters
_MOST_READ = 6  # of the sentences chosen; more are a list


def elsewhere(question: Question, chosen: Sequence[Sentence]) -> float:
    """Return how long a run of the question's characters the document has elsewhere only, 0 to 1.

    A named thing that the report knows, and that what was chosen does not speak of, is answered by
    what is said of its sibling.
    """
    around = " ".join(map(_around, chosen[:_MOST_READ]))
    folded = _folded(chosen[0].passage.document) if chosen else ""
    runs = (run for term in question.terms for run in _runs_in(term, folded))
    return min(_LONGEST, max((len(run) for run in runs if run not in around), default=0)) / _LONGEST


def _runs_in(term: str, text: str) -> Iterator[str]:
    """Yield the runs of a Chinese term, of three characters and more, that a text has."""
    start = 0
    while start + _RUN <= len(term):
        end = start + _RUN
        if term.isascii() or term[start:end] not in text:
            start += 1
            continue
        while end < len(term) and term[start : end + 1] in text:
            end += 1
        yield term[start:end]
        start = end


@lru_cache(maxsize=256)
def _folded(document: Document) -> str:
    return plain(document.text).lower()


@lru_cache(maxsize=20_000)
def _around(sentence: Sentence) -> str:
    """Return a sentence with the one before it and the headings above it."""
    passage = sentence.passage
    before = (start for start, end in passage.sentences if end <= sentence.start)
    start = max(before, default=sentence.start)
    above = " ".join((*passage.section.path, passage.document.title))
    return plain(f"{above} {passage.document.text[start : sentence.end]}").lower()
