"""What the reader shows around a document's text: its contents, its citations, what was found."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from qa.engine import Engine
from qa.serving.cite import STYLES, Place, deep_link, format_citation
from qa.serving.reader import Span, has_title_heading, read_parts, read_spans
from qa.types import Document, Hit

_METADATA = ("container", "year", "publisher", "inferred")


def report_context(
    engine: Engine,
    document: Document,
    *,
    cite: Sequence[str],
    also: Sequence[str],
    find: str,
    hits: Sequence[Hit],
    base: str,
) -> dict[str, Any]:
    """Return what `report.html` needs; `cite` and `also` are spans as addresses write them."""
    length = len(document.text)
    cited = read_spans(cite, length)
    others = [span for span in read_spans(also, length) if span not in cited] if cited else []
    sections = engine.corpus.sections_of(document)
    context: dict[str, Any] = {
        "document": document,
        "meta": metadata(document),
        "titled": has_title_heading(document, sections),
        "outline": [section for section in sections if section.path],
        "parts": read_parts(document, sections, [*cited, *others]),
        "cited": len(cited),
        "misplaced": bool(cite) and not cited,
        "find": find,
        "hits": hits,
        "places": [],
    }
    if cited:
        context |= _citation(engine, document, cited[0], base)
        context |= _steps(document, cited, others)
    return context


def metadata(document: Document) -> dict[str, str]:
    """Return what is known of a document, as far as pages show it; empty where unknown."""
    return {name: str(document.metadata.get(name, "")) for name in _METADATA}


def place_at(engine: Engine, document: Document, span: Span) -> Place:
    """Return a span of a document with the section that holds its start."""
    sections = engine.corpus.sections_of(document)
    section = next(s for s in reversed(sections) if s.start <= span[0])
    return Place(section, *span)


def all_styles(place: Place, base: str) -> dict[str, str]:
    """Return every form of citation by its name, and the `link`."""
    today = datetime.now(UTC).date()
    styles: dict[str, str] = {
        style: format_citation(place, style, base=base, accessed=today) for style in STYLES
    }
    styles["link"] = deep_link(place, base)
    return styles


def _citation(engine: Engine, document: Document, span: Span, base: str) -> dict[str, Any]:
    place = place_at(engine, document, span)
    quote = document.text[place.start : place.end]
    return {"place": place, "quote": quote, "styles": all_styles(place, base)}


def _steps(document: Document, cited: Sequence[Span], others: Sequence[Span]) -> dict[str, Any]:
    """Return the cited places in the order of the text, and how to step from one to the next."""
    places = sorted([*cited, *others])
    at = places.index(cited[0])

    def address(step: int) -> str:
        span = places[(at + step) % len(places)]
        also = ",".join(f"{a}-{b}" for a, b in places if (a, b) != span)
        return f"{document.url}?cite={span[0]}-{span[1]}&also={also}#cite"

    return {
        "places": places,
        "here_at": at + 1,
        "previous": address(-1),
        "following": address(1),
    }
