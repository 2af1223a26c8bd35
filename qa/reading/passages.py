"""Passages: sections cut into pieces that are small enough to cite.

A piece holds whole lines (a paragraph, or bullets that stand together) or, where a paragraph is
too long, whole sentences of it. The heading goes with the first piece of its section.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from qa.reading.lines import SENTENCE_END
from qa.reading.sentences import split_lines, split_sentences
from qa.types import Passage, Section

VERSION = 2
MAX_LENGTH = 400

_Span = tuple[int, int]


def passages_of(sections: Iterable[Section]) -> Iterator[Passage]:
    """Yield the passages of the sections in order; blank sections have none."""
    for section in sections:
        seen: Counter[str] = Counter()
        for sentences in _pieces(section):
            start, end = sentences[0][0], sentences[-1][1]
            text = section.document.text[start:end]
            seen[text] += 1
            yield Passage(
                make_id("p", section.id, text, str(seen[text])), section, start, end, sentences
            )


def make_id(*parts: str) -> str:
    """Return an opaque, URL-safe id that depends on `parts` alone."""
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()


def _pieces(section: Section) -> Iterator[tuple[_Span, ...]]:
    """Yield the sentences of each passage of a section."""
    group: list[_Span] = []
    for line in _lines(section):
        if group and not _belongs(section, group, line):
            yield tuple(group)
            group = []
        group += line
        while len(pieces := _split(group)) > 1:
            yield tuple(pieces[0])
            group = [span for piece in pieces[1:] for span in piece]
    if group:
        yield tuple(group)


def _lines(section: Section) -> Iterator[list[_Span]]:
    """Yield the sentences of each line that has any, the heading's line first."""
    text = section.document.text
    for start, end in split_lines(text, section.start, section.end):
        sentences = list(split_sentences(text, start, end))
        if sentences:
            yield sentences


def _belongs(section: Section, group: Sequence[_Span], line: Sequence[_Span]) -> bool:
    """Tell whether a line goes into the passage before it: under its heading, or bullets together.

    A paragraph of full sentences is a passage of its own.
    """
    text = section.document.text
    if line[-1][1] - group[0][0] > MAX_LENGTH:
        return False
    if group[-1][1] <= section.body:
        return True
    return not SENTENCE_END.search(text, group[0][0], line[-1][1])


def _split(sentences: Sequence[_Span]) -> list[list[_Span]]:
    """Return the sentences in groups of about equal length, none over the limit if it can be."""
    whole = sentences[-1][1] - sentences[0][0]
    if whole <= MAX_LENGTH:
        return [list(sentences)]
    target = whole / math.ceil(whole / MAX_LENGTH)
    groups: list[list[_Span]] = [[]]
    for start, end in sentences:
        begun = groups[-1][0][0] if groups[-1] else start
        if groups[-1] and (end - begun > MAX_LENGTH or start - begun >= target):
            groups.append([])
        groups[-1].append((start, end))
    return groups
