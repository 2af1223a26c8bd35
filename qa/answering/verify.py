"""Verify: whether citations made earlier, from any generation of the index, still hold."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qa.errors import SourceError
from qa.fold import fold
from qa.reading.corpus import Corpus
from qa.types import Citation, Document, Passage, Verdict

# Dice's coefficient over pairs of letters. Of sentences taken out of reports, 19 in 20 are less
# like any other sentence there; of sentences edited (a figure, a third of the words) all but a few
# in a thousand are more like their old selves.
_SIMILAR = 0.5

_Span = tuple[int, int]


def verify_citations(corpus: Corpus, citations: Sequence[Mapping[str, Any]]) -> list[Verdict]:
    """Return what became of each citation (an object as answers hold them), in their order.

    Raises SourceError naming the first that is no citation.
    """
    given = [_Given(citation, at) for at, citation in enumerate(citations, 1)]
    likeness: dict[str, _Likeness] = {}
    return [_verdict(corpus, citation, likeness) for citation in given]


class _Given:
    """What a citation object says: its number, its quote, and where that stood."""

    def __init__(self, citation: Mapping[str, Any], at: int) -> None:
        try:
            self.number: int = citation.get("number", at)
            self.quote: str = citation["quote"]
            self.start: int = citation["start"]
            self.end: int = citation["end"]
            self.document: str = citation["document"]["id"]
        except (KeyError, TypeError, AttributeError):
            raise _no_citation(at) from None
        numbers = (self.number, self.start, self.end)
        texts = (self.quote, self.document)
        if {type(n) for n in numbers} != {int} or {type(t) for t in texts} != {str}:
            raise _no_citation(at)
        if not self.quote or self.start < 0 or self.end < 0:
            raise _no_citation(at)


def _no_citation(at: int) -> SourceError:
    return SourceError(
        f"number {at} of the list is no citation",
        "give objects with number, quote, start, end and document.id, as answers hold them",
    )


def _verdict(corpus: Corpus, given: _Given, likeness: "dict[str, _Likeness]") -> Verdict:
    document = corpus.document(given.document)
    if document is None:
        return Verdict(given.number, "missing", None)
    if document.text[given.start : given.end] == given.quote:
        return Verdict(given.number, "valid", None)
    passages = corpus.passages_of(document)
    moved = _moved(document, passages, given)
    if moved:
        return Verdict(given.number, "moved", moved)
    if document.id not in likeness:
        likeness[document.id] = _Likeness(passages)
    similar = likeness[document.id].nearest(given)
    return Verdict(given.number, "changed" if similar else "missing", similar)


def _moved(document: Document, passages: Sequence[Passage], given: _Given) -> Citation | None:
    """Return the same quote inside a passage: whole sentences first, then nearest to its old place.

    A quote that has become part of a longer sentence is still there word for word.
    """
    length = len(given.quote)
    places = [
        (not _is_whole(passage, start, start + length), abs(start - given.start), start, passage)
        for passage in passages
        for start in _occurrences(document.text, given.quote, passage)
    ]
    if not places:
        return None
    _, _, start, passage = min(places, key=lambda place: place[:3])
    return Citation(given.number, passage, start, start + length)


def _is_whole(passage: Passage, start: int, end: int) -> bool:
    """Tell whether a span begins and ends with sentences of its passage."""
    return any(start == s for s, _ in passage.sentences) and any(
        end == e for _, e in passage.sentences
    )


def _occurrences(text: str, quote: str, passage: Passage) -> Iterator[int]:
    at = text.find(quote, passage.start, passage.end)
    while at >= 0:
        yield at
        at = text.find(quote, at + 1, passage.end)


class _Likeness:
    """Finds the sentences of one document that share the most pairs of letters with a quote."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._sentences = [(passage, span) for passage in passages for span in passage.sentences]
        self._pairs: list[set[str]] = []
        self._rows: dict[str, list[int]] = defaultdict(list)
        for row, (passage, (start, end)) in enumerate(self._sentences):
            self._pairs.append(_pairs(passage.document.text[start:end]))
            for pair in self._pairs[-1]:
                self._rows[pair].append(row)

    def nearest(self, given: _Given) -> Citation | None:
        """Return the sentence most like the quote, or those around it that are so together.

        None where nothing is similar; ties go to the place nearest to the old one.
        """
        wanted = _pairs(given.quote)
        shared = Counter(row for pair in wanted for row in self._rows.get(pair, ()))
        if not shared:
            return None

        def order(row: int) -> tuple[float, int]:
            start, _ = self._sentences[row][1]
            size = len(wanted) + len(self._pairs[row])
            return -2 * shared[row] / size, abs(start - given.start)

        passage, span = self._sentences[min(shared, key=order)]
        score, (start, end) = _widened(passage, span, wanted)
        return Citation(given.number, passage, start, end) if score >= _SIMILAR else None


def _widened(passage: Passage, span: _Span, wanted: set[str]) -> tuple[float, _Span]:
    """Return the likeness and span of a sentence with those beside it that make it more like.

    A quote may be several sentences of one passage.
    """
    text, spans = passage.document.text, passage.sentences
    first = last = spans.index(span)
    best = (_dice(wanted, _pairs(text[span[0] : span[1]])), span)
    while True:
        wider = [(max(first - 1, 0), last), (first, min(last + 1, len(spans) - 1))]
        found = [(spans[i][0], spans[j][1]) for i, j in wider]
        likely = [(_dice(wanted, _pairs(text[start:end])), (start, end)) for start, end in found]
        at = likely[1][0] > likely[0][0]
        if likely[at][0] <= best[0]:
            return best
        best, (first, last) = likely[at], wider[at]


def _dice(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 0.0


def _pairs(text: str) -> set[str]:
    """Return the pairs of neighbouring letters and digits; a lone one counts as a pair."""
    letters = "".join(character for character in fold(text) if character.isalnum())
    return {letters[at : at + 2] for at in range(max(1, len(letters) - 1))} - {""}
