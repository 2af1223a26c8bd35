"""When: the years that a question asks about and those that a sentence speaks of."""

import re
from collections.abc import Sequence
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


# How surely a sentence speaks of a year: named by itself, by the headings above it, by what stands
# before it in its passage, or by nothing but the report, which tells of its year and the last.
_OWN, _HEADED, _BEFORE, _REPORTED = 1.0, 0.8, 0.6, 0.4


@lru_cache(maxsize=50_000)
def told_years(sentence: Sentence) -> tuple[frozenset[int], float]:
    """Return the years that a sentence speaks of, and how surely, 0 to 1."""
    document, section = sentence.passage.document, sentence.passage.section
    if own := years_in(sentence.text, document):
        return own, _OWN
    begin = max(sentence.passage.start, section.body)
    before = _SENTENCE.split(document.text[begin : sentence.start])
    if named := _last_named(before, document):
        return named, _BEFORE
    if headed := _last_named(section.path[1:], document):
        return headed, _HEADED
    year = document_year(document)
    return (frozenset({year - 1, year}), _REPORTED) if year else (frozenset(), 0.0)


_SENTENCE = re.compile("[。；\n]")


def _last_named(texts: Sequence[str], document: Document) -> frozenset[int]:
    """Return the years of the last of the texts that names any."""
    named = (years_in(text, document) for text in reversed(texts))
    return next((found for found in named if found), frozenset())


def agreement(asked: frozenset[int], sentence: Sentence) -> float:
    """Return from 1, where a sentence surely speaks of a year asked about, to -1: of others only.

    0 where no year is asked about, or nothing tells.
    """
    if not asked:
        return 0.0
    told, sure = told_years(sentence)
    return sure if asked & told else -sure
