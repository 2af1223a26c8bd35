"""How text of a report is put on a page: as text, whatever it holds.

Characters that hide or reorder others (controls, bidi marks, tags, zero-width spaces) are wrapped
in an element that isolates them and shows their code point; the characters themselves stay.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from qa import paths
from qa.serving.cite import clean

# Joiners, which emoji and Indic scripts need, are left alone.
HIDING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]+"
)
_HAN = re.compile(r"[㐀-鿿]")


def shown(value: object) -> Markup:
    """Return the text as HTML, with what hides in it made visible.

    >>> shown("<b>\\u202e")
    Markup('&lt;b&gt;<span class="hiding" data-code="U+202E">\\u202e</span>')
    """
    text, done, start = str(value), Markup(""), 0
    for match in HIDING.finditer(text):
        done += escape(text[start : match.start()]) + _wrapped(match[0])
        start = match.end()
    return done + escape(text[start:])


def _wrapped(run: str) -> Markup:
    code = f"U+{ord(run[0]):04X}" + (f"×{len(run)}" if len(run) > 1 else "")
    return Markup('<span class="hiding" data-code="{}">{}</span>').format(code, run)


def plain(value: object) -> str:
    """Return the text without what hides in it, for titles and attributes."""
    return HIDING.sub("", str(value))


def tongue(value: object) -> str:
    """Return the language tag of a text, so that its characters get their own shapes."""
    return "zh-CN" if _HAN.search(str(value)) else "en"


def lined(value: object) -> str:
    """Return a text without layout marks and blank lines, its lines kept."""
    return "\n".join(filter(None, map(clean, str(value).split("\n"))))


def unlike(path: Sequence[str], before: Sequence[str]) -> list[str]:
    """Return a section's path, what it shares with the one listed before it as one ellipsis.

    >>> unlike(["设施", "已建", "光源"], ["设施", "已建", "中心"])
    ['…', '光源']
    """
    shared = 0
    for heading, other in zip(path[:-1], before, strict=False):
        if heading != other:
            break
        shared += 1
    return ["…", *path[shared:]] if shared else list(path)


@cache
def templates() -> Environment:
    """Return the page's templates; everything is escaped, a missing name is an error."""
    environment = Environment(
        loader=FileSystemLoader(paths.web_folder() / "templates", encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "shown": shown,
        "plain": plain,
        "tongue": tongue,
        "flat": clean,
        "lined": lined,
        "unlike": unlike,
    }
    environment.filters.update(filters, percent=lambda share: round(100 * share))
    return environment
