"""Citations in the forms that people paste: GB/T 7714, a footnote, APA, Markdown, BibTeX, CSL-JSON.

What is said of a document comes from its metadata alone. A field that is missing is left out where
a style allows it and called unknown where it does not ([出版地不详], n.d.); a field that the
metadata calls `inferred` stands in square brackets, or is named in a note where a machine reads it.
A place in the text is named by its section path, since plain text has no pages.

Written by hand after trying citeproc-py 0.11 with its styles (100 MB with lxml): it left an unknown
place out silently, knew no accessed date, and its GB/T 7714 note style failed.
"""

import re
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote as percent

from qa.serving.formats import FORMATS, STYLES, Reference, Style
from qa.types import Citation, Document, Passage, Section, cite_url

__all__ = ["STYLES", "Place", "Style", "clean", "deep_link", "format_citation", "place_of"]

# Emphasis and the mark of a bullet at the start of a line: layout, not words.
_LAYOUT = re.compile(r"\*\*|^[ \t]*[-*•▶■●◆][ \t]+", re.MULTILINE)
_HAN = re.compile(r"[㐀-鿿]")
# Longer quotes are linked by their first and last words: browsers match those as well.
_WHOLE_FRAGMENT = 60
_FRAGMENT_END = 16


@dataclass(frozen=True, slots=True)
class Place:
    """Any span of a document, `text[start:end]`; `section` is the one that holds its start."""

    section: Section
    start: int
    end: int


def place_of(cited: Citation | Passage | Place) -> Place:
    """Return the span that is cited, with its section."""
    if isinstance(cited, Citation):
        return Place(cited.passage.section, cited.start, cited.end)
    return Place(cited.section, cited.start, cited.end)


def clean(text: str) -> str:
    """Return a quote as one line of words: emphasis, bullet marks and line breaks dropped.

    >>> clean("- 项目**97**个,\\n总投资约**1700亿元**")
    '项目97个, 总投资约1700亿元'
    """
    return " ".join(_LAYOUT.sub("", text).split())


def deep_link(cited: Citation | Passage | Place, base: str = "") -> str:
    """Return the reader's address of the span, with the text fragment that browsers scroll to."""
    span = place_of(cited)
    document = span.section.document
    words = document.text[span.start : span.end].strip()
    if len(words) <= _WHOLE_FRAGMENT and "\n" not in words:
        fragment = _fragment(words)
    else:
        first, last = words.split("\n")[0].strip(), words.split("\n")[-1].strip()
        fragment = _fragment(first[:_FRAGMENT_END]) + "," + _fragment(last[-_FRAGMENT_END:])
    return f"{base}{cite_url(document, span.start, span.end)}:~:text={fragment}"


def format_citation(
    cited: Citation | Passage | Place,
    style: Style,
    *,
    base: str = "",
    accessed: date | None = None,
) -> str:
    """Return the citation in one of `STYLES`; KeyError for another style.

    `base` is the address of the server ("http://127.0.0.1:8000"), which the Markdown form links to;
    `accessed` is named only beside an address of the source itself.
    """
    return FORMATS[style](_reference(place_of(cited), base, accessed))


def _fragment(words: str) -> str:
    return percent(words, safe="").replace("-", "%2D")


def _reference(span: Place, base: str, accessed: date | None) -> Reference:
    document = span.section.document
    known = {key: clean(str(value)) for key, value in document.metadata.items() if value}
    inferred = {name.strip() for name in known.get("inferred", "").split(",")}

    def get(name: str) -> str:
        value = known.get(name, "")
        return f"[{value}]" if value and name in inferred else value

    return Reference(
        key=f"{re.sub(r'[^A-Za-z0-9-]', '', document.id) or 'document'}-{span.start}-{span.end}",
        title=get("title") or clean(document.title),
        container=get("container"),
        author=get("author"),
        publisher=get("publisher"),
        place=get("place"),
        year=get("year") or get("date")[:4],
        url=known.get("url", ""),
        pages=get("pages"),
        type=known.get("type", ""),
        where=_where(span.section, document),
        chinese=_is_chinese(known.get("language", ""), document.title),
        inferred=known.get("inferred", ""),
        quote=clean(document.text[span.start : span.end]),
        link=deep_link(span, base),
        accessed=accessed if known.get("url") else None,
    )


def _where(section: Section, document: Document) -> tuple[str, ...]:
    """Return the headings that lead to the section, less the one that is the document's title."""
    path = tuple(map(clean, section.path))
    return path[1:] if path[:1] == (clean(document.title),) else path


def _is_chinese(language: str, title: str) -> bool:
    return language.lower().startswith("zh") if language else bool(_HAN.search(title))
