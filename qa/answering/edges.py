"""Edges: where in a Chinese text, which has no spaces, a name begins and ends."""

import re
from functools import cache

from qa.asking.tables import inner_verbs, verbs


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
    return re.compile("|".join(re.escape(word) for word in verbs() if word not in inner_verbs()))


@cache
def _edges() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of the words to cut at the beginning and at the end of a name."""
    words = "|".join(map(re.escape, verbs()))
    return re.compile(rf"(?:{words}|\*)++"), re.compile(rf"(?:{words}|\*)++\Z")
