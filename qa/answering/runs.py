"""Runs: sentences of a section that are the items of one list, told by how their lines begin."""

import re
from collections.abc import Iterator, Sequence

from qa.reading.lines import DOT
from qa.types import Sentence

# What an item begins with, by kind; a list goes on while the kind stays the same.
_MARKS = (
    ("ordinal", re.compile(r"[一二三四五六七八九十]{1,2}(?:是|要|个(?!月)|、)")),
    ("place", re.compile(r"第[一二三四五六七八九十]{1,2}[，,、]")),
    ("bracketed", re.compile(r"[（(][0-9一二三四五六七八九十]{1,2}[）)]")),
    ("number", re.compile(r"[0-9]{1,2}(?:[）)、．]|\.(?!\d))")),
    ("circled", re.compile("[①-⑳]")),
    ("dash", re.compile("[—─]{2}")),
    ("word", re.compile("首先|其次|再次|最后|此外")),
)
_LABEL = re.compile(r"[^，,。；;：:、\n]{2,20}[：:](?=[ *]*[^\s*])")


def runs(sentences: Sequence[Sentence]) -> Iterator[list[Sentence]]:
    """Yield the lists among the sentences of a section: two or more items of one kind in a row.

    What goes on in the line of an item belongs to it; any other sentence ends the list.
    """
    run: list[Sentence] = []
    kind = ""
    for sentence in sentences:
        own = "" if sentence.is_heading else mark(sentence)
        if own and own == kind:
            run.append(sentence)
        elif own or not (run and same_line(run[-1], sentence)):
            if len(run) > 1:
                yield run
            run, kind = [sentence] if own else [], own
    if len(run) > 1:
        yield run


def mark(sentence: Sentence) -> str:
    """Return the kind of mark that a sentence begins with as an item, "" where it is none."""
    if is_bullet(sentence):
        return "bullet"
    found = next((kind for kind, pattern in _MARKS if pattern.match(sentence.text)), "")
    labelled = not found and _begins_line(sentence) and _LABEL.match(sentence.text)
    return "label" if labelled else found


def is_bullet(sentence: Sentence) -> bool:
    """Tell whether a sentence begins a bullet."""
    text, start = _line(sentence)
    dot = DOT.match(text, start)
    return dot is not None and sentence.start <= dot.end()


def _begins_line(sentence: Sentence) -> bool:
    return _line(sentence)[1] == sentence.start


def same_line(before: Sentence, sentence: Sentence) -> bool:
    """Tell whether a sentence goes on in the line of one before it."""
    return "\n" not in sentence.passage.document.text[before.start : sentence.start]


def _line(sentence: Sentence) -> tuple[str, int]:
    """Return the text of the document and where in it the line of a sentence begins."""
    text = sentence.passage.document.text
    start = text.rfind("\n", 0, sentence.start) + 1
    before = text[start : sentence.start]
    return text, start + len(before) - len(before.lstrip())
