"""The forms of a citation, each made from one `Reference` and from nothing else."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

Style = Literal["gbt7714", "footnote", "apa", "markdown", "bibtex", "csl-json"]
STYLES: tuple[Style, ...] = get_args(Style)

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
_UNKNOWN = (
    ("[S.l.]", "[s.n.]", "[n.d.]"),
    ("[出版地不详]", "[出版者不详]", "[出版年不详]"),
)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a citation may say; an empty string is unknown, square brackets are inferred.

    `where` are the headings that lead to the place; `inferred` names the fields that are;
    `accessed` is None unless the source has an address of its own.
    """

    key: str
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
    quote: str
    link: str
    accessed: date | None


def _gbt7714(source: Reference) -> str:
    kind = _GBT_CODES.get(source.type, "Z") + ("/OL" if source.url else "")
    head = (f"{source.author}. " if source.author else "") + f"{source.title}[{kind}]"
    host = f"//{source.container}" if source.container else ""
    known = (source.place, source.publisher, source.year)
    place, publisher, year = (
        value or word for value, word in zip(known, _UNKNOWN[source.chinese], strict=True)
    )
    where = [source.pages] if source.pages else []
    where += ["“" + " > ".join(source.where) + "”"] if source.where else []
    locator = f": {', '.join(where)}" if where else ""
    seen = f"[{source.accessed.isoformat()}]" if source.accessed else ""
    address = f" {source.url}." if source.url else ""
    return f"{head}{host}. {place}: {publisher}, {year}{locator}{seen}.{address}"


def _footnote(source: Reference) -> str:
    author = source.author or source.publisher
    parts = [f"载{_titled(source.container)}"] if source.container else []
    if source.publisher and source.publisher != author:
        parts.append(f"{source.place}：{source.publisher}" if source.place else source.publisher)
    parts.append(_within(source.year, "{}年") if source.year else "年份不详")
    parts += [f"第{source.pages}页"] if source.pages else []
    parts += ["“" + "—".join(source.where) + "”部分"] if source.where else []
    parts += [source.url] if source.url else []
    parts += [f"{source.accessed.isoformat()}访问"] if source.accessed else []
    return (f"{author}：" if author else "") + f"{_titled(source.title)}，{'，'.join(parts)}。"


def _titled(title: str) -> str:
    return _within(title, "《{}》")


def _within(value: str, form: str) -> str:
    """Return the value in a form, with the brackets of inference outside it."""
    words = form.format(_bare(value))
    return words if _bare(value) == value else f"[{words}]"


def _bare(value: str) -> str:
    """Return the value without the brackets of inference."""
    return value[1:-1] if value.startswith("[") and value.endswith("]") else value


def _apa(source: Reference) -> str:
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


def _markdown(source: Reference) -> str:
    container = f"{source.container}, " if source.container else ""
    year = source.year or ("年份不详" if source.chinese else "n.d.")
    path = " > ".join((source.title, *source.where))
    label = "原文" if source.chinese else "source"
    words = _escape_markdown(f"{container}{year}, {path}")
    return f"> {_escape_markdown(source.quote)}\n>\n> — {words}. [{label}]({source.link})"


def _escape_markdown(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|~&!])", r"\\\1", text)


def _bibtex(source: Reference) -> str:
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
        "urldate": source.accessed.isoformat() if source.accessed else "",
        "note": "; ".join(note for note in notes if note),
    }
    lines = [f"  {name} = {{{_tex(_bare(value))}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{_entry(source)}{{{source.key},", *lines, "}"])


def _entry(source: Reference) -> str:
    if source.container:
        return "incollection"
    known = {"report": "techreport", "book": "book"}.get(source.type, "misc")
    return known if source.publisher else "misc"


def _tex(text: str) -> str:
    return text.translate(_BIBTEX_SPECIALS)


def _inference(source: Reference) -> str:
    return f"inferred: {source.inferred}" if source.inferred else ""


def _csl_json(source: Reference) -> str:
    item = {
        "id": source.key,
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
        "accessed": _csl_date(source.accessed) if source.accessed else None,
        "note": _inference(source),
    }
    known = {name: value for name, value in item.items() if value}
    return json.dumps([known], ensure_ascii=False, indent=2)


def _csl_type(kind: str) -> str:
    if kind in _CSL_TYPES:
        return _CSL_TYPES[kind]
    return kind if kind in _GBT_CODES else "document"


def _csl_date(day: date) -> dict[str, object]:
    return {"date-parts": [[day.year, day.month, day.day]]}


def _issued(year: str) -> dict[str, object] | None:
    bare = _bare(year)
    if not bare:
        return None
    if not (bare.isascii() and bare.isdigit()):
        return {"literal": bare}
    issued: dict[str, object] = {"date-parts": [[int(bare)]]}
    return issued if bare == year else {**issued, "circa": True}


FORMATS: Mapping[Style, Callable[[Reference], str]] = {
    "gbt7714": _gbt7714,
    "footnote": _footnote,
    "apa": _apa,
    "markdown": _markdown,
    "bibtex": _bibtex,
    "csl-json": _csl_json,
}
