"""Edges: where in a Chinese text, which has no spaces, a name begins and ends."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from qa.asking.tables import inner_verbs, verbs
from qa.asking.words import word_around


def name_breaks(text: str, start: int, end: int) -> list[int]:
    """Return the ends of those words in a span that cannot stand inside a name."""
    return [m.end() for m in breaks().finditer(text, start, end) if m.end() < end]


def name_ends(text: str, start: int, end: int) -> list[int]:
    """Return the beginnings of those words in a span that cannot stand inside a name."""
    return [m.start() for m in breaks().finditer(text, start, end) if m.start() > start]


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a span without the words at its edges that belong to no name."""
    first, last = _edges()
    if (match := first.match(text, start, end)) and match.end() < end:
        start = match.end()
    if match := last.search(text, max(start, end - 12), end):
        end = match.start()
    while start < end and text[start] in " *，、\n":
        start += 1
    while start < end and text[end - 1] in " *，、\n":
        end -= 1
    return start, end


def ends_in_word(text: str, at: int) -> bool:
    """Return whether a word that is no name ends here."""
    return bool(_edges()[1].search(text, max(0, at - 6), at))


@cache
def breaks() -> re.Pattern[str]:
    """Return the pattern of the words that end a name wherever they stand."""
    words = (re.escape(word) for word in verbs() if word not in inner_verbs())
    return re.compile("|".join([*words, _LINKS]))


# 为 and 由 stand before a name where they are no part of another word (华为, 行为, 自由).
_LINKS = (
    r"(?<![\s华有人行成作认以因更较极最颇大无])为(?![了何民主止期])|(?<![自理事缘])由(?![于此来])"
)
# What parts phrases: a blank between Chinese words, not one beside letters and digits.
BLANK = r"(?<![A-Za-z0-9])[ \u3000\t]+(?![A-Za-z0-9])|[ \u3000\t]{2,}"
FULL_STOP = r"(?<![A-Za-z0-9])\.|\.(?![A-Za-z0-9])"


def whole(text: str, start: int, end: int, taken: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return a span that cuts no word, figure, date or run of Latin words in two.

    `taken` are the spans of figures and dates: a span that begins in one begins behind it.
    """
    start, end = _whole_words(text, start, end)
    start = next((b for a, b in taken if a < start < b < end), start)
    for a, b in _latin(text):
        start = a if a < start < b else start
        end = b if a < end < b else end
    return start, end


# A quote has many spans.
@lru_cache(maxsize=256)
def _latin(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(match.span() for match in _LATIN.finditer(text))


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a span with the words that it cuts, but none that a name has swallowed (为华星)."""
    begin, stop = word_around(text, start)
    if begin < start < stop <= end and text[begin] not in _SWALLOWED:
        start = begin
    begin, stop = word_around(text, end)
    return start, stop if start <= begin < end < stop else end


_SWALLOWED = frozenset("为由在同经对向给")
# Latin words side by side are one name; a number belongs to the word that it counts (3号线).
_LATIN = re.compile(
    r"[A-Za-z][\w.&-]*(?: [A-Za-z][\w.&-]*)*|\d+(?:\.\d+)? ?[号级期届](?=[\u4e00-\u9fff])", re.ASCII
)


@cache
def _edges() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of the words to cut at the beginning and at the end of a name."""
    words = "|".join(map(re.escape, verbs()))
    return re.compile(rf"(?:{words}|\*)++"), re.compile(rf"(?:{words}|\*)++\Z")
