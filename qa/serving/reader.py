"""The reader's view of a document: sections, blocks and runs that together are its whole text.

Nothing of the text is left out or changed: headings' signs, bullets and `**` are kept as quiet
runs that the page sets at no size, line breaks and blank lines end the block before them. So the
text content of the shown article is the document's text, and every offset can be found in it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from qa.types import Document, Section

MOST_SPANS = 50
_SPAN = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")
_LINE = re.compile(r"[^\n]*(?:\n[^\S\n]*)*")
_BLANK = re.compile(r"\s*")
_BULLET = re.compile(r"[^\S\n]*(?:[-*+–—][^\S\n]+|[•·○▪◦‣●■◆▶►★][^\S\n]*)(?=\S)")
_SIGN = re.compile(r"[^\S\n]*(?:#{1,6}[^\S\n]+|[▶►■◆★●▲❖◇□※•-][^\S\n]*)(?=\S)")
_STRONG = re.compile(r"(\*\*)([^*\n]+)(\*\*)")
DEEPEST = 6

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Run:
    """Characters in one style: "" plain, "strong", or "quiet" (layout marks, set at no size)."""

    text: str
    style: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Runs that are marked alike; `mark` is the place of their span in the list, or None.

    `first` is true of the first piece of each marked span.
    """

    runs: tuple[Run, ...]
    mark: int | None
    first: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A heading ("h"), a paragraph ("p"), a bullet ("li") or nothing ("blank").

    Blank lines belong to the block before them.
    """

    kind: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A section as it is shown; `rank` is its heading's level in HTML, from 1."""

    section: Section
    rank: int
    heading: Block | None
    groups: tuple[tuple[str, tuple[Block, ...]], ...]


def read_spans(values: Iterable[str], length: int) -> list[Span]:
    """Return the spans written as "10-20,30-44" that lie in a text of that length.

    What is no span, is empty or lies outside is left out; so is a second naming of the same.
    """
    found: dict[Span, None] = {}
    for value in values:
        for word in value.split(",")[:MOST_SPANS]:
            match = _SPAN.fullmatch(word.strip())
            span = (int(match[1]), int(match[2])) if match else (0, 0)
            if span[0] < span[1] <= length:
                found[span] = None
    return list(found)[:MOST_SPANS]


def read_parts(
    document: Document, sections: Sequence[Section], spans: Sequence[Span]
) -> list[Part]:
    """Return the sections as they are shown, with the spans marked."""
    pen = _Pen(document.text, spans)
    offset = 0 if has_title_heading(document, sections) else 1
    return [_part(pen, section, offset) for section in sections]


def has_title_heading(document: Document, sections: Sequence[Section]) -> bool:
    """Return whether the text's only outermost heading is the document's title."""
    outermost = [section for section in sections if section.level == 1]
    return len(outermost) == 1 and outermost[0].title == document.title


def _part(pen: "_Pen", section: Section, offset: int) -> Part:
    start = _blank_to(pen.text, section.body, section.end) if section.path else section.start
    heading = pen.block("h", section.start, start) if section.path else None
    blocks = [pen.block(*line) for line in _lines(pen.text, start, section.end)]
    groups = tuple((kind, tuple(group)) for kind, group in groupby(blocks, lambda b: b.kind))
    rank = min(max(section.level + offset, 1), DEEPEST)
    return Part(section, rank, heading, groups)


def _blank_to(text: str, start: int, end: int) -> int:
    """Return where the first character that shows stands, if nothing but blanks precedes it."""
    match = _BLANK.match(text, start, end)
    return match.end() if match else start


def _lines(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Yield the lines with the blank lines behind each; they cover `text[start:end]`."""
    first = _blank_to(text, start, end)
    if start < first:
        yield "blank", start, first
    start = first
    while start < end:
        match = _LINE.match(text, start, end)
        stop = match.end() if match and match.end() > start else end
        yield "li" if _BULLET.match(text, start, stop) else "p", start, stop
        start = stop


class _Pen:
    """Cuts spans of the text into pieces and runs."""

    def __init__(self, text: str, spans: Sequence[Span]) -> None:
        self.text = text
        self._spans = spans
        self._begun: set[int] = set()

    def block(self, kind: str, start: int, end: int) -> Block:
        styled = list(self._styled(kind, start, end))
        cuts = {point for span in self._spans for point in span if start < point < end}
        edges = sorted({start, end, *cuts})
        pieces = [self._piece(styled, left, right) for left, right in pairwise(edges)]
        return Block(kind, tuple(pieces))

    def _piece(self, styled: Sequence[tuple[int, int, str]], left: int, right: int) -> Piece:
        mark = next((i for i, (a, b) in enumerate(self._spans) if a <= left and right <= b), None)
        first = mark is not None and mark not in self._begun
        if mark is not None:
            self._begun.add(mark)
        runs = [
            Run(self.text[max(left, a) : min(right, b)], style)
            for a, b, style in styled
            if max(left, a) < min(right, b)
        ]
        return Piece(tuple(runs), mark, first)

    def _styled(self, kind: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        """Yield (start, end, style) over the whole span."""
        sign = {"h": _SIGN, "li": _BULLET}.get(kind)
        lead = sign.match(self.text, start, end) if sign else None
        if lead:
            yield start, lead.end(), "quiet"
            start = lead.end()
        for match in _STRONG.finditer(self.text, start, end):
            yield start, match.start(1), ""
            yield *match.span(1), "quiet"
            yield *match.span(2), "strong"
            yield *match.span(3), "quiet"
            start = match.end()
        yield start, end, ""
