"""Compose: the plain text of an answer, made of its quotes and of nothing else.

Taken away the marks `[n]`, the headings before a part and the fixed frame of an English answer,
every character stands in a quote.
"""

import re
from collections.abc import Sequence

from qa.types import Citation

ENGLISH_FRAME = "The report says (verbatim, in its own language):"
_EMPHASIS = re.compile(r"\*\*|__")
_WHOLE_SENTENCE = re.compile(r"[。！？.!?][”’」』）)\"]*$")
_BREAKS = re.compile(r"[ \t　]*[\n\x0b\x0c\x85\u2028\u2029][ \t　]*")


def compose(citations: Sequence[Citation], language: str) -> str:
    """Return the answer's text: one line a quote, each followed by its mark."""
    lines = [ENGLISH_FRAME] if language == "en" else []
    section = ""
    for citation in citations:
        subject = _subject(citation) if citation.passage.section.id != section else ""
        section = citation.passage.section.id
        lines.append(f"{subject}{plain(citation.quote)}[{citation.number}]")
    return "\n".join(lines)


def plain(quote: str) -> str:
    """Return a quote without emphasis marks, its line breaks joined."""
    return _BREAKS.sub("", _EMPHASIS.sub("", quote)).strip()


def _subject(citation: Citation) -> str:
    """Return the heading that a bullet or a fragment needs before it, with a colon.

    A full sentence carries its own subject, and a heading that is quoted needs none.
    """
    section = citation.passage.section
    if not section.path or citation.start < section.body:
        return ""
    if _WHOLE_SENTENCE.search(citation.quote):
        return ""
    return f"{plain(section.title)}："
