"""Itself: whether a question is about the document rather than about what the document tells.

It is where nothing is left of it once the words are taken away that name a document, tell how one
comes about, or only ask: "政府工作报告是谁在哪天作的" is, "报告提到的企业有几家" is not.
"""

import re
from functools import cache
from typing import Literal

from qa.asking.numerals import english_number, parse_number
from qa.asking.tables import places, read_table

Facet = Literal["when", "who", "where", "title", "parts", "about"]
FACETS: tuple[Facet, ...] = ("when", "who", "where", "title", "parts", "about")

_DIGITS = "[0-9一二三四五六七八九十]{1,3}"
_NTH = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
]
# A part by its number, "" for the last one; the numbers are groups of their own.
_PART = re.compile(
    rf"第({_DIGITS})个?(?:大?部分|[章节篇]|板块)|最后一?个?(?:大?部分|[章节篇])|"
    rf"\b({'|'.join(_NTH)}|last) (?:part|chapter|section)\b|"
    r"\b(?:part|chapter|section) ([0-9]{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)\b"
)


def of_itself(folded: str, lang: str) -> frozenset[Facet]:
    """Return what is asked of the document itself, empty where the question is about its matter."""
    rest = _PART.sub(" ", folded)
    named = rest != folded or _pattern("document", lang).search(folded)
    if not named or re.search(r"\w", _closed(lang).sub(" ", rest)):
        return frozenset()
    return frozenset(facet for facet in FACETS if _pattern(facet, lang).search(rest))


def part_numbers(folded: str) -> tuple[int, ...]:
    """Return which parts are asked about, outermost first; 0 stands for the last one.

    >>> part_numbers("第二章第三节讲什么")
    (2, 3)
    """
    return tuple(_number(next(filter(None, found), "")) for found in _PART.findall(folded))


def _number(word: str) -> int:
    """Return the number that a word says, 0 for the last one."""
    if word in _NTH:
        return _NTH.index(word) + 1
    if word.isascii() and not word.isdigit():
        return english_number(word) or 0
    return int(parse_number(word) or 0)


@cache
def _pattern(kind: str, lang: str) -> re.Pattern[str]:
    """Return the pattern of one kind of words in one language."""
    found = [pattern for row, language, pattern in _table() if (row, language) == (kind, lang)]
    return _bounded("|".join(found), lang)


@cache
def _closed(lang: str) -> re.Pattern[str]:
    """Return the pattern of all words that a question about the document may hold."""
    names = sorted((n for n in places() if n.isascii() == (lang == "en")), key=len, reverse=True)
    words = [_pattern(kind, lang).pattern for kind in ("document", "word")]
    return _bounded("|".join([words[0], *map(re.escape, names), words[1]]), lang)


def _bounded(pattern: str, lang: str) -> re.Pattern[str]:
    """Return a pattern that in English meets whole words only."""
    return re.compile(rf"\b(?:{pattern})(?!\w)" if lang == "en" else pattern)


@cache
def _table() -> tuple[tuple[str, ...], ...]:
    return tuple(read_table("itself"))
