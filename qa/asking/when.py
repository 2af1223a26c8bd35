"""When: the years that a question asks about and those that a sentence speaks of."""

import re
from functools import lru_cache

from qa.asking.dates import years
from qa.types import Document, Sentence

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SPOKEN = (
    (re.compile(r"前年|the year before last"), -2),
    (re.compile(r"去年|上年|上一年|last year|previous year"), -1),
    (re.compile(r"今年|本年|this year"), 0),
    (re.compile(r"明年|next year"), 1),
)


@lru_cache(maxsize=256)
def document_year(document: Document) -> int | None:
    """Return the year that a report is of, by its metadata, its title or its file name."""
    for named in (document.metadata.get("year", ""), document.title, document.name):
        found = _YEAR.findall(named)
        if found:
            return int(found[0])
    return None


@lru_cache(maxsize=256)
def years_known(document: Document) -> frozenset[int]:
    """Return every year that a document names, with its own."""
    own = document_year(document)
    return frozenset(years(document.text)) | ({own} if own else frozenset())


def years_in(text: str, document: Document) -> frozenset[int]:
    """Return the years of a text; "今年" and "last year" count from the report's own."""
    own = document_year(document)
    spoken = {own + shift for pattern, shift in _SPOKEN if own and pattern.search(text)}
    return frozenset(years(text)) | spoken


@lru_cache(maxsize=50_000)
def sentence_years(sentence: Sentence) -> frozenset[int]:
    """Return the years that a sentence speaks of, else those of its section's headings."""
    document, section = sentence.passage.document, sentence.passage.section
    own = years_in(sentence.text, document)
    if own:
        return own
    named = (years_in(title, document) for title in reversed(section.path[1:]))
    return next((found for found in named if found), frozenset())


def agreement(asked: frozenset[int], sentence: Sentence) -> float:
    """Return 1 where a sentence speaks of a year asked about, -1 of others only, else 0."""
    if not asked:
        return 0.0
    told = sentence_years(sentence)
    if not told:
        return 0.0
    return 1.0 if asked & told else -1.0
