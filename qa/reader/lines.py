"""Lines: a sentence with its headings as pieces, with all that can be told whatever is asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from qa.asking.dates import find_dates
from qa.asking.figures import Figure, find_figures
from qa.retrieval.embed import StaticEncoder, Tokens
from qa.types import Sentence

# Of a piece: nine that depend on the question, three on its place, five on what stands there, six
# on the punctuation before it.
PIECE_TRAITS = 9 + 3 + 5 + 6
_MOST_PIECES, _MOST_OF_HEADINGS = 160, 24
_STOPS = ("[，,]", "、", "[。；;！？!?]", "[“《「『]", "[”》」』]", r"[：:（）()—\n]")
_PUNCTUATION = tuple(map(re.compile, _STOPS))
_MARKED = re.compile(r"“[^“”]{1,30}”|《[^《》]{1,40}》")


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """The pieces of a sentence and its headings with what can be told whatever is asked.

    The first `headings` of them are the headings'. `traits` is float32[n, PIECE_TRAITS], 0 where
    it depends on the question; `units` has the places of pieces in figures with their units.
    """

    ids: NDArray[np.int32]
    headings: int
    traits: NDArray[np.float32]
    units: tuple[tuple[int, str], ...]


def line_of(sentence: Sentence, encoder: StaticEncoder) -> Line:
    """Return the pieces of a sentence, those of its headings before them."""
    return _line(_above(sentence), sentence.text, encoder)


def _above(sentence: Sentence) -> str:
    """Return the headings above a sentence; the outermost names the report, and goes unsaid."""
    path = sentence.passage.section.path
    return " ".join(path[1:] or path)


# A report's sentences are read again for every question that comes near them.
@lru_cache(maxsize=4096)
def _line(above: str, text: str, encoder: StaticEncoder) -> Line:
    """Return the pieces of a text, those of its headings before them, with what stands there."""
    headings, tokens = encoder.tokens(above), encoder.tokens(text)
    skipped = max(0, len(headings) - _MOST_OF_HEADINGS)
    first, count = len(headings) - skipped, min(len(tokens), _MOST_PIECES)
    traits = np.zeros((first + count, PIECE_TRAITS), np.float32)
    traits[:first, 4], traits[first:, 4] = headings.weights[skipped:], tokens.weights[:count]
    traits[:first, 9], traits[first:, 10], traits[-1:, 11] = 1, 1, 1
    figures = find_figures(text)
    traits[first:, 12:] = _told(text, tokens, figures)[:count]
    return Line(
        ids=np.concatenate([headings.ids[skipped:], tokens.ids[:count]]),
        headings=first,
        traits=traits,
        units=tuple(
            (first + at, figure.unit)
            for figure in figures
            for at, (a, b) in enumerate(tokens.spans[:count])
            if figure.unit and a < figure.end and figure.start < b
        ),
    )


def _told(text: str, tokens: Tokens, figures: Sequence[Figure]) -> NDArray[np.bool_]:
    """Return bool[n, 11]: in a figure, its start, its end, in a date, in marks; punctuation."""
    spans = [(figure.start, figure.end) for figure in figures]
    starts, ends = [(a, a + 1) for a, _ in spans], [(b - 1, b) for _, b in spans]
    marked = [match.span() for match in _MARKED.finditer(text)]
    columns = [_inside(tokens, some) for some in (spans, starts, ends, find_dates(text), marked)]
    return np.concatenate([np.stack(columns, axis=1), _punctuation(text, tokens)], axis=1)


def _inside(tokens: Tokens, spans: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    """Return which pieces share a character with any of the spans."""
    return np.array([any(a < y and x < b for x, y in spans) for a, b in tokens.spans], np.bool_)


def _punctuation(text: str, tokens: Tokens) -> NDArray[np.bool_]:
    """Return bool[n, 6]: which punctuation stands between a piece and the one before."""
    ends = [0, *(end for _, end in tokens.spans)]
    gaps = [text[end:start] for end, (start, _) in zip(ends, tokens.spans, strict=False)]
    found = [[bool(stop.search(gap)) for stop in _PUNCTUATION] for gap in gaps]
    return np.array(found, np.bool_).reshape(len(tokens), len(_PUNCTUATION))
