"""Citations in the forms that people paste: GB/T 7714, a footnote, APA, Markdown, BibTeX, CSL-JSON.

What is said of a document comes from its metadata alone. A field that is missing is left out where
a style allows it and called unknown where it does not ([出版地不详], n.d.); a field that the
metadata calls `inferred` stands in square brackets, or is named in a note where a machine reads it.
A place in the text is named by its section path, since plain text has no pages.

Written by hand after trying citeproc-py 0.11 with its styles (100 MB with lxml): it left an unknown
place out silently, knew no accessed date, and its GB/T 7714 note style failed.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args
from urllib.parse import quote as percent

from qa.types import Citation, Document, Passage, Section, cite_url

Style = Literal["gbt7714", "footnote", "apa", "markdown", "bibtex", "csl-json"]
STYLES: tuple[Style, ...] = get_args(Style)

# Emphasis and the mark of a bullet at the start of a line: layout, not words.
_LAYOUT = re.compile(r"\*\*|^[ \t]*[-*•▶■●◆][ \t]+", re.MULTILINE)
_HAN = re.compile(r"[㐀-鿿]")
_GBT_CODES = {
    "report": "R",
    "book": "M",
    "standard": "S",
    "law": "S",
    "newspaper": "N",
    "article": "J",
    "thesis": "D",
    "webpage": "EB",
}
_CSL_TYPES = {
    "law": "legislation",
    "newspaper": "article-newspaper",
    "article": "article-journal",
}
_BIBTEX_SPECIALS = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{mark: "\\" + mark for mark in "{}$&#%_"},
    }
)
# Longer quotes are linked by their first and last words: browsers match those as well.
_WHOLE_FRAGMENT = 60
_FRAGMENT_END = 16


@dataclass(frozen=True, slots=True)
class Place:
    """Any span of a document, `text[start:end]`; `section` is the one that holds its start."""

    section: Section
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Source:
    """What a citation may say; an empty string is unknown, square brackets are inferred."""

    title: str
    container: str
    author: str
    publisher: str
    place: str
    year: str
    url: str
    pages: str
    type: str
    where: tuple[str, ...]
    chinese: bool
    inferred: str


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
    span = place_of(cited)
    return _FORMATS[style](_source(span), span, base, accessed)


def _fragment(words: str) -> str:
    return percent(words, safe="").replace("-", "%2D")


def _source(span: Place) -> _Source:
    document = span.section.document
    known = {key: clean(str(value)) for key, value in document.metadata.items() if value}
    inferred = {name.strip() for name in known.get("inferred", "").split(",")}

    def get(*names: str) -> str:
        name = next((name for name in names if known.get(name)), "")
        value = known.get(name, "")
        return f"[{value}]" if value and name in inferred else value

    return _Source(
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
    )


def _where(section: Section, document: Document) -> tuple[str, ...]:
    """Return the headings that lead to the section, less the one that is the document's title."""
    path = tuple(map(clean, section.path))
    return path[1:] if path[:1] == (clean(document.title),) else path


def _is_chinese(language: str, title: str) -> bool:
    return language.lower().startswith("zh") if language else bool(_HAN.search(title))


def _gbt7714(source: _Source, span: Place, base: str, accessed: date | None) -> str:
    unknown = (
        ("[出版地不详]", "[出版者不详]", "[出版年不详]")
        if source.chinese
        else ("[S.l.]", "[s.n.]", "[n.d.]")
    )
    kind = _GBT_CODES.get(source.type, "Z") + ("/OL" if source.url else "")
    head = (f"{source.author}. " if source.author else "") + f"{source.title}[{kind}]"
    host = f"//{source.container}" if source.container else ""
    place, publisher, year = (
        value or word
        for value, word in zip((source.place, source.publisher, source.year), unknown, strict=True)
    )
    where = [source.pages] if source.pages else []
    where += ["“" + " > ".join(source.where) + "”"] if source.where else []
    locator = f": {', '.join(where)}" if where else ""
    seen = f"[{accessed.isoformat()}]" if accessed and source.url else ""
    address = f" {source.url}." if source.url else ""
    return f"{head}{host}. {place}: {publisher}, {year}{locator}{seen}.{address}"


def _footnote(source: _Source, span: Place, base: str, accessed: date | None) -> str:
    author = source.author or source.publisher
    parts = [f"载{_titled(source.container)}"] if source.container else []
    if source.publisher and source.publisher != author:
        parts.append(f"{source.place}：{source.publisher}" if source.place else source.publisher)
    parts.append(_within(source.year, "{}年") if source.year else "年份不详")
    parts += [f"第{source.pages}页"] if source.pages else []
    parts += ["“" + "—".join(source.where) + "”部分"] if source.where else []
    parts += [source.url] if source.url else []
    parts += [f"{accessed.isoformat()}访问"] if accessed and source.url else []
    return (f"{author}：" if author else "") + f"{_titled(source.title)}，{'，'.join(parts)}。"


def _titled(title: str) -> str:
    return _within(title, "《{}》")


def _within(value: str, form: str) -> str:
    """Return the value in a form, with the brackets of inference outside it."""
    words = form.format(_bare(value))
    return words if _bare(value) == value else f"[{words}]"


def _apa(source: _Source, span: Place, base: str, accessed: date | None) -> str:
    author = source.author or source.publisher
    inferred = _bare(source.year) != source.year
    year = f"({'ca. ' if inferred else ''}{_bare(source.year) or 'n.d.'})"
    within = [f"pp. {source.pages}"] if source.pages else []
    within += ["section “" + " > ".join(source.where) + "”"] if source.where else []
    locator = f" ({', '.join(within)})" if within else ""
    title = f"{source.title}. In {source.container}" if source.container else source.title
    head = f"{author}. {year}. {title}{locator}." if author else f"{title}{locator}. {year}."
    publisher = f" {source.publisher}." if source.publisher not in ("", author) else ""
    return head + publisher + (f" {source.url}" if source.url else "")


def _markdown(source: _Source, span: Place, base: str, accessed: date | None) -> str:
    text = span.section.document.text[span.start : span.end]
    container = f"{source.container}, " if source.container else ""
    year = source.year or ("年份不详" if source.chinese else "n.d.")
    path = " > ".join((source.title, *source.where))
    label = "原文" if source.chinese else "source"
    words = _escape_markdown(f"{container}{year}, {path}")
    return f"> {_escape_markdown(clean(text))}\n>\n> — {words}. [{label}]({deep_link(span, base)})"


def _escape_markdown(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|~&!])", r"\\\1", text)


def _bibtex(source: _Source, span: Place, base: str, accessed: date | None) -> str:
    maker = "publisher" if source.container or source.type == "book" else "institution"
    notes = [" > ".join(source.where), _inference(source)]
    fields = {
        "author": source.author,
        "title": source.title,
        "booktitle": source.container,
        maker: source.publisher,
        "address": source.place,
        "year": source.year,
        "pages": source.pages,
        "url": source.url,
        "urldate": accessed.isoformat() if accessed and source.url else "",
        "note": "; ".join(note for note in notes if note),
    }
    lines = [f"  {name} = {{{_tex(_bare(value))}}}," for name, value in fields.items() if value]
    key = f"{_key(span.section.document)}-{span.start}-{span.end}"
    return "\n".join([f"@{_entry(source)}{{{key},", *lines, "}"])


def _inference(source: _Source) -> str:
    return f"inferred: {source.inferred}" if source.inferred else ""


def _entry(source: _Source) -> str:
    if source.container:
        return "incollection"
    known = {"report": "techreport", "book": "book"}.get(source.type, "misc")
    return known if source.publisher else "misc"


def _tex(text: str) -> str:
    return text.translate(_BIBTEX_SPECIALS)


def _key(document: Document) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "", document.id) or "document"


def _csl_json(source: _Source, span: Place, base: str, accessed: date | None) -> str:
    item = {
        "id": f"{_key(span.section.document)}-{span.start}-{span.end}",
        "type": "chapter" if source.container else _csl_type(source.type),
        "title": source.title,
        "container-title": _bare(source.container),
        "author": [{"literal": _bare(source.author)}] if source.author else None,
        "publisher": _bare(source.publisher),
        "publisher-place": _bare(source.place),
        "issued": _issued(source.year),
        "page": _bare(source.pages),
        "section": " > ".join(source.where),
        "language": "zh-CN" if source.chinese else "en",
        "URL": source.url,
        "accessed": {"date-parts": [[accessed.year, accessed.month, accessed.day]]}
        if accessed and source.url
        else None,
        "note": _inference(source),
    }
    known = {name: value for name, value in item.items() if value}
    return json.dumps([known], ensure_ascii=False, indent=2)


def _csl_type(kind: str) -> str:
    if kind in _CSL_TYPES:
        return _CSL_TYPES[kind]
    return kind if kind in _GBT_CODES else "document"


def _bare(value: str) -> str:
    """Return the value without the brackets of inference: JSON says that in `note`."""
    return value[1:-1] if value.startswith("[") and value.endswith("]") else value


def _issued(year: str) -> dict[str, object] | None:
    bare = _bare(year)
    if not bare:
        return None
    if not (bare.isascii() and bare.isdigit()):
        return {"literal": bare}
    issued: dict[str, object] = {"date-parts": [[int(bare)]]}
    return issued if bare == year else {**issued, "circa": True}


_FORMATS: dict[Style, Callable[[_Source, Place, str, date | None], str]] = {
    "gbt7714": _gbt7714,
    "footnote": _footnote,
    "apa": _apa,
    "markdown": _markdown,
    "bibtex": _bibtex,
    "csl-json": _csl_json,
}
