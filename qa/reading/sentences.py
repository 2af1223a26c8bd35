"""Sentences: the spans of a text that may be quoted.

A sentence ends with 。！？ (or .!? before a space), with ； or ; between clauses, and with its
line. Dots of bullets, spaces and the ； that ends a clause stay outside.
"""

import re
from collections.abc import Iterator

from qa.reading.lines import BREAK, DOT

_END = re.compile(r"[。！？!?]+[”’」』）)\"]*|[；;]|\.[”’)\"]*(?=\s+[^\sa-z])")
# What a full stop before a space does not end: titles and initials.
_ABBREVIATED = re.compile(
    r"(?:^|[\s(])(?:[A-Z]|Dr|Mr|Mrs|Ms|Prof|St|No|Nos|Fig|Vol|vs|cf|e\.g|i\.e|Inc|Ltd|Co|Corp|Jr|Sr)$"
)
_SPACE = " \t\r\n\x0b\x0c\x85\u2028\u2029\u3000\xa0"
# Without any end a text is cut here, so that one line of a million characters can be cited at all.
LONGEST = 2000
_CUT = 400


def split_lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of the lines of `text[start:end]` that are not blank, without breaks."""
    for match in BREAK.finditer(text, start, end):
        if text[start : match.start()].strip():
            yield start, match.start()
        start = match.end()
    if text[start:end].strip():
        yield start, end


def split_sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of the sentences of one line, in order; none is empty."""
    bullet = DOT.match(text, *_trim(text, start, end))
    start = bullet.end() if bullet else start
    for match in _END.finditer(text, start, end):
        if match[0][0] == "." and _goes_on(text[max(start, match.start() - 8) : match.start()]):
            continue
        stop = match.start() if match[0] in "；;" else match.end()
        yield from _cut(text, *_trim(text, start, stop))
        start = match.end()
    yield from _cut(text, *_trim(text, start, end))


def _goes_on(before: str) -> bool:
    """Tell whether a full stop behind these eight characters ends no sentence."""
    return before.strip().isdecimal() or bool(_ABBREVIATED.search(before))


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without spaces at both ends."""
    while start < end and text[start] in _SPACE:
        start += 1
    while start < end and text[end - 1] in _SPACE:
        end -= 1
    return start, end


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield a span whole unless it is absurdly long."""
    if start < end and not any(character.isalnum() for character in text[start:end]):
        return
    while end - start > LONGEST:
        yield start, start + _CUT
        start += _CUT
    if start < end:
        yield start, end
