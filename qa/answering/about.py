"""About: questions on the document itself, answered from its headings and its first lines."""

import re
from collections.abc import Sequence
from functools import cache

from qa.answering.choose import Chosen, in_order
from qa.answering.examine import short_of
from qa.answering.persons import holds_person
from qa.asking.dates import find_dates
from qa.asking.itself import Facet, part_numbers
from qa.asking.question import Question, parse_question
from qa.asking.tables import person_words
from qa.indexing.sentence_index import SentenceIndex
from qa.reading.corpus import Corpus
from qa.reading.lines import SENTENCE_END
from qa.reading.scope import children
from qa.types import Coverage, Document, Section, Sentence

_FRONT_LINES = 24
_SALUTATION = re.compile(r"(?:代表|同志|委员|女士|先生|朋友|各位.{0,8})们?[：:！!]\s*$")
_DAY_ASKED = re.compile(r"哪一?[天日]|几[月日号]|何日|日期|日子|\b(?:day|date)\b")
_YEAR_ASKED = re.compile(r"哪一?年|几年|何年|年[月份]|\byear\b")
_MEETING = re.compile(r"会议|大会|全会|\b(?:session|congress|meeting|conference)\b", re.IGNORECASE)
_BY_LINE = 24  # characters of a line that holds no more than a title and a name
_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")
_DELIVERS = re.compile(r"作.{0,8}报告|报告人|作者|撰|编写|发布")
_OPENING = 3  # sentences quoted of a part without parts of its own


def about(
    question: Question, document: Document, corpus: Corpus, index: SentenceIndex
) -> tuple[Chosen, str | None] | None:
    """Return what the document says of itself with the short answer; None where it does not say."""
    sections = corpus.sections_of(document)
    if question.of_itself & {"when", "who", "where"}:
        return _delivery(question, _front(sections, index), index)
    shape = _shape(question, sections, corpus, index)
    return (shape, None) if shape else None


def _delivery(
    question: Question, front: Sequence[Sentence], index: SentenceIndex
) -> tuple[Chosen, str | None] | None:
    """Return the lines that tell when, by whom and where it was delivered, as far as is asked."""
    told: dict[Facet, list[Sentence]] = {
        "when": _dated(question, front),
        "who": _by_line(front),
        "where": [line for line in front if _MEETING.search(line.text)][:1],
    }
    told = {facet: lines for facet, lines in told.items() if facet in question.of_itself and lines}
    shorts = [_short(facet, lines, index) for facet, lines in told.items()]
    lines = in_order([line for lines in told.values() for line in lines])
    return (Chosen(lines), "、".join(filter(None, shorts)) or None) if lines else None


def _front(sections: Sequence[Section], index: SentenceIndex) -> list[Sentence]:
    """Return the lines above the text: as far as a salutation, or else the first full sentence."""
    above = [section for section in sections[:3] if section.level < 2]
    lines = [s for section in above for s in index.sentences_in(section)][:_FRONT_LINES]
    for ends in (_SALUTATION, SENTENCE_END):
        found = [at for at, line in enumerate(lines) if ends.search(line.text)]
        if found:
            return lines[: found[0] + (ends is _SALUTATION)]
    return lines


def _dated(question: Question, front: Sequence[Sentence]) -> list[Sentence]:
    """Return the line with the date that is asked for: the most exact, or for a year the first."""
    dates = [" ".join(line.text[a:b] for a, b in find_dates(line.text)) for line in front]
    exact = [sum(mark in date for mark in "年月日") for date in dates]
    if _DAY_ASKED.search(question.folded):
        exact = [at * ("日" in date) for at, date in zip(exact, dates, strict=True)]
    elif _YEAR_ASKED.search(question.folded):
        exact = ["年" in date for date in dates]
    best = max(exact, default=0)
    return [front[exact.index(best)]] if best else []


def _by_line(front: Sequence[Sentence]) -> list[Sentence]:
    """Return the lines that say who delivers it: a title and a name, on one line or on two."""
    for at, line in enumerate(front):
        if (len(line.text) <= _BY_LINE or _DELIVERS.search(line.text)) and holds_person(line.text):
            return [line]
        below = front[at + 1] if at + 1 < len(front) else None
        if below and _title_at_end().search(line.text) and _NAME.fullmatch(below.text.strip()):
            return [line, below]
    return []


@cache
def _title_at_end() -> re.Pattern[str]:
    """Return the pattern of a title at the end of a line."""
    return re.compile(rf"(?:{'|'.join(map(re.escape, person_words('title')))})\s*$")


# What is asked of the lines that were found, in words that no name or title can lead astray.
_ASKED: dict[Facet, str] = {"when": "哪一天？", "who": "谁？"}


def _short(facet: Facet, lines: Sequence[Sentence], index: SentenceIndex) -> str | None:
    """Return the date or the name that the lines hold."""
    asked = _ASKED.get(facet)
    return short_of(parse_question(asked), Chosen(tuple(lines)), index) if asked else None


def _shape(
    question: Question, sections: Sequence[Section], corpus: Corpus, index: SentenceIndex
) -> Chosen | None:
    """Return the title, the headings of the parts, or both; of the part that is named, if any."""
    outermost = [section for section in sections if section.level == 1]
    whole = outermost[0] if len(outermost) == 1 else None
    parts = children(corpus, whole) if whole else outermost
    for number in part_numbers(question.folded):
        if number > len(parts) or not parts:
            return None
        whole = parts[number - 1]
        parts = children(corpus, whole)
    title = tuple(index.sentences_in(whole)[: 1 if parts else 1 + _OPENING]) if whole else ()
    if "title" in question.of_itself:
        return Chosen(title[:1]) if title else None
    headings = tuple(s for part in parts for s in index.sentences_in(part)[:1])
    if "parts" in question.of_itself and headings:
        return Chosen(headings, Coverage(len(parts), len(headings)))
    return Chosen((*title, *headings)) if title or headings else None
