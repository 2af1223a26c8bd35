"""When: the years that a question asks about and those that a sentence speaks of."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile

from qa.asking.dates import plain, years
from qa.types import Document, Sentence

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SPOKEN = (
    (re.compile(r"前年|the year before last"), -2),
    (re.compile(r"去年|上年|上一年|last year|previous year"), -1),
    (re.compile(r"今年|本年|this year"), 0),
    (re.compile(r"明年|next year"), 1),
)


# The lines above the text: how many are read, and from which length on a line is text.
_FRONT_LINES, _LONG = 8, 60
_AHEAD = re.compile(r"(?:规划|计划|纲要)(?:[（(].*)?$|\bplan\b", re.IGNORECASE)


@lru_cache(maxsize=256)
def document_year(document: Document) -> int | None:
    """Return the year that a report is of: by its metadata, title, file name or front lines.

    Of several years the last, up to which it reports; the first of a plan, which looks ahead.
    """
    front = _front(document.text)
    for named in (document.metadata.get("year", ""), document.title, document.name, *front):
        if found := [int(year) for year in _YEAR.findall(plain(named))]:
            return min(found) if _AHEAD.search(document.title) else max(found)
    return None


def _front(text: str) -> list[str]:
    """Return the lines above the text, down to the first long one or full sentence."""
    lines = [line.strip() for line in text[:2000].splitlines() if line.strip()][:_FRONT_LINES]
    return list(takewhile(lambda line: len(line) < _LONG and not line.endswith("。"), lines))


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


def years_asked(text: str, document: Document) -> frozenset[int]:
    """Return the years that a question asks about.

    Who reads a report of a whole year, which was over by then, also calls that year the last.
    """
    found, own = years_in(text, document), document_year(document)
    said_last = any(shift == -1 and pattern.search(text) for pattern, shift in _SPOKEN)
    return found | {own} if own and said_last and _of_whole(document, own) else found


@lru_cache(maxsize=256)
def _of_whole(document: Document, year: int) -> bool:
    """Return whether a report calls itself one of a whole year (2024年度, 2024年年报, （2024）)."""
    named = plain(" ".join((document.title, *_front(document.text))))
    return bool(re.search(rf"{year}\s*年?\s*(?:度|年?[报鉴]|[)）])", named))


# What a figure is compared with is not the year that it is of.
_COMPARED = re.compile(r"[比较](?:[12]\d{3}年|上一?年|去年|前年)(?:同期)?年?[末底初]?")
# How surely a sentence speaks of a year: named by itself, by the headings above it, by what stands
# before it in its passage, or by nothing but the report, which tells of its year and the last.
_OWN, _HEADED, _BEFORE, _REPORTED = 1.0, 0.8, 0.6, 0.4


@lru_cache(maxsize=50_000)
def told_years(sentence: Sentence) -> tuple[frozenset[int], float]:
    """Return the years that a sentence speaks of, and how surely, 0 to 1."""
    document, section = sentence.passage.document, sentence.passage.section
    if own := years_in(_COMPARED.sub("", sentence.text), document):
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
