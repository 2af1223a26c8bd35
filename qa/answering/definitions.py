"""Definitions: what a quote says that a term of the question is."""

import re
from collections.abc import Iterator, Sequence

from qa.answering.nearness import Near
from qa.asking.question import Question

_LINK = r"(?:就?是指|指的?就?是|就是要?|即|是|指|——|：)"
_BEGUN = re.compile(rf"(?P<term>[^，。；：！？\n]{{2,24}}?)[，\s]*{_LINK}")
_NAMED = re.compile(r"[“\"「]([^“”\"」]{2,16})[”\"」]")
# Where a quote explains a term: 甲，是指…; 甲（即…）; 甲，即…; …的“甲”.
_FORMS = (
    r"{term}[^，。；：（(]{{0,6}}?[，\s]*{link}(?P<said>[^。！？\n]{{2,}})",
    r"{term}[（(](?:即|是|指|指的是)?(?P<said>[^（）()]{{2,}})[）)]",
    r"{term}(?:[^，。；：]{{0,8}}，即|，)(?P<said>[^。！？\n]{{2,}})",
    r"(?:^|[，。；：！？\n])(?P<said>[^，。；：！？\n]{{6,}}?)的{term}",
)
_MARKS = re.compile(r"[“”《》「」『』\"*\s]")
_LONGEST = 120


def definitions(question: Question, nears: Sequence[Near]) -> list[str]:
    """Return what the quotes first say a term of the question is, [] where none explains one."""
    said = (text for near in nears for text in _said(question, near))
    return [text for text in said if 1 < len(text) <= _LONGEST][:1]


def _said(question: Question, near: Near) -> Iterator[str]:
    """Yield what a quote says of the terms that the question names, the plainest form first."""
    terms = [*_NAMED.findall(question.folded), *_terms(question, near), *question.terms]
    for form in _FORMS:
        for term in terms:
            marked = rf"[“\"「]?{re.escape(term)}[”\"」]?"
            pattern = form.format(link=_LINK, term=marked)
            if match := re.search(pattern, near.text, re.IGNORECASE):
                start, end = match.span("said")
                yield near.raw[start:end].replace("*", "").strip(' ，；”"')


def _terms(question: Question, near: Near) -> list[str]:
    """Return what clauses of a quote begin with and explain, where the question names it."""
    asked = _MARKS.sub("", question.folded)
    begun = (_BEGUN.match(near.text, start) for start, _ in near.clauses)
    terms = [_MARKS.sub("", match["term"]) for match in begun if match]
    return [term for term in terms if len(term) > 1 and term.lower() in asked]
