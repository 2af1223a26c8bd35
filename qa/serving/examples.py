"""Questions to click: facts of the loaded reports turned into questions that are answered rightly.

A clause with a figure becomes the question for that figure, an enumeration with its count the
question for its members, a heading the question for its content. Each is asked of the engine first
and kept only where the answer is confident and quotes the very fact it was made from.
"""

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from qa.engine import Engine
from qa.errors import QAError
from qa.serving.cite import clean
from qa.types import Answer, Passage, Section

_UNITS = (
    "亿元|万元|亿美元|万美元|亿人次|万人次|亿人|万人|人次|平方米|平方公里|公里|公顷|小时|千瓦|兆瓦|吨|"
    "项|个|家|篇|件|台|套|条|所|座|次|户|名|人|种|部|门|只|亩|倍|位|批|场|份|支|辆|架|艘|棵|株|处|片|对|册"
)
_FIGURE = re.compile(
    rf"(?:近|约|超过|超|逾|达到|达|至)?[0-9][0-9,.]*[余多]?(?:万|亿|万亿)?[余多]?({_UNITS})"
    r"(?![0-9A-Za-z一-鿿])"
)
_COUNTED = re.compile(rf"[0-9](?:万|亿)?[余多]?(?:{_UNITS})")
_ENUMERATED = re.compile(r"等[0-9]{1,4}[个项家所种类大]([^，,。；;、：:（）()*0-9]{3,10})$")
_CLAUSES = re.compile(r"[，,。；;：:！？!?、]\s*")
_LEANING = ("其中", "同比", "分别", "占", "并", "以及", "获", "较", "比", "另", "此外", "另外")
# Headings that say what was done rather than name a thing: verbs in front, adverbs within.
_ACTING = re.compile(
    r"^(?:加快|加速|加强|积极|落实|不断|聚焦|优化|深化|推进|推动|提升|着力|全面|完善|坚持|强化|扩大|促进|大力|"
    r"持续|切实|做好|抓好|建设|实施|发展|构建|打造|健全|培育|巩固|稳步|进一步|努力|增强|保障|改善|统筹)"
)
_TELLING = re.compile(
    r"持续|逐步|加快|全力|顺利|取得|获批|不断|显著|明显|稳步|更加|成效|涌现|，|,|。|、"
)
_NUMBERING = re.compile(
    r"^(?:[\d.]+[.、\s]+|[（(][一二三四五六七八九十\d]{1,3}[)）]\s*|"
    r"第?[一二三四五六七八九十\d]{1,3}[章节篇、.]\s*)"
)
_HAN = re.compile(r"[㐀-鿿]")
_SHORTEST, _LONGEST, _LONGEST_NAME = 12, 34, 24
_SMALL = 300
_SURE = 0.6
_TRIED_AT_START, _KEPT_AT_START = 60, 24
_TRIED_NEAR, _KEPT_NEAR, _AROUND = 16, 3, 2
_MOST_CACHED = 512


@dataclass(frozen=True, slots=True)
class Example:
    """A question with the span of the fact it asks for; `plain` questions ask for one figure."""

    question: str
    section: Section
    start: int
    end: int
    plain: bool = False


class Examples:
    """The examples of one engine, found on first use; safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._start: tuple[Example, ...] | None = None
        self._near: dict[str, tuple[Example, ...]] = {}

    def to_start(self, count: int) -> list[str]:
        """Return questions to begin with, from as many parts of the corpus as there are."""
        with self._lock:
            if self._start is None:
                asked = _spread(candidates(self._engine.corpus.passages))[:_TRIED_AT_START]
                self._start = tuple(_confirmed(self._engine, asked, _KEPT_AT_START))
        figures = _spread(example for example in self._start if example.plain)
        others = _spread(example for example in self._start if not example.plain)
        mixed = [*figures[: count - min(2, len(others))], *others]
        return [example.question for example in mixed[:count]]

    def after(self, cited: Sequence[tuple[str, int, int]], asked: Iterable[str]) -> list[str]:
        """Return questions on the facts around the cited ones, neither those nor any asked before.

        `cited` holds section ids, each with the span that was quoted.
        """
        known = set(asked)
        ids = list(dict.fromkeys(id for id, _, _ in cited))
        found = [example for id in ids[:_AROUND] for example in self._around(id)]
        new = [
            example.question
            for example in found
            if example.question not in known
            and not any(start < example.end and example.start < end for _, start, end in cited)
        ]
        return list(dict.fromkeys(new))[:_KEPT_NEAR]

    def _around(self, section_id: str) -> tuple[Example, ...]:
        section = self._engine.corpus.section(section_id)
        if section is None:
            return ()
        with self._lock:
            if section_id not in self._near:
                if len(self._near) >= _MOST_CACHED:
                    self._near.clear()
                self._near[section_id] = self._find_around(section)
            return self._near[section_id]

    def _find_around(self, section: Section) -> tuple[Example, ...]:
        parent = section.path[:-1]
        near = [
            passage
            for passage in self._engine.corpus.passages
            if passage.document is section.document
            and passage.section.path[: len(parent)] == parent
        ]
        near.sort(key=lambda passage: abs(passage.start - section.start))
        asked = list(candidates(near[:_TRIED_NEAR]))[:_TRIED_NEAR]
        return tuple(_confirmed(self._engine, asked, 2 * _KEPT_NEAR))


def candidates(passages: Iterable[Passage]) -> Iterator[Example]:
    """Yield questions made from the passages, in their order."""
    headed: set[str] = set()
    for passage in passages:
        section = passage.section
        for start, end in passage.sentences:
            for question in _questions(clean(passage.document.text[start:end]), section):
                yield Example(question, section, start, end, question.count("多少") > 0)
        if section.id not in headed and (about := _about(section)):
            headed.add(section.id)
            yield Example(about, section, passage.start, passage.end)


def _questions(sentence: str, section: Section) -> Iterator[str]:
    """Yield what a sentence can be asked for: its first figure, and the members it lists."""
    clauses = _CLAUSES.split(sentence)
    figures = (_figure_question(clause, section) for clause in clauses)
    listed = (_ENUMERATED.search(clause) for clause in clauses)
    found = [next(filter(None, figures), ""), *(f"{m[1]}有哪些？" for m in listed if m)]
    yield from (question for question in found if _SHORTEST <= len(question) <= _LONGEST)


def _figure_question(clause: str, section: Section) -> str:
    figure = _FIGURE.search(clause)
    if not figure or figure.end() < len(clause) or clause.startswith(_LEANING):
        return ""
    if "分别" in clause or _COUNTED.search(clause, 0, figure.start()):
        return ""
    return f"{_subject(section)}{clause[: figure.start()]}多少{figure[1]}？"


def _subject(section: Section) -> str:
    """Return the heading that a fact of a small section needs before it: it names what it is of."""
    title = _name(section)
    return title if section.level > 1 and section.end - section.start < _SMALL else ""


def _name(section: Section) -> str:
    """Return the heading without its number, if it names a thing."""
    title = _NUMBERING.sub("", clean(section.title)) if section.path else ""
    names = len(title) <= _LONGEST_NAME and not _ACTING.search(title) and not _TELLING.search(title)
    return title if names else ""


def _about(section: Section) -> str:
    name = _name(section)
    if not name or section.level < 2:
        return ""
    if _HAN.search(name):
        return f"{name}有哪些进展？" if len(name) >= 3 else ""
    return f"What does the report say about {name}?"


def _confirmed(engine: Engine, asked: Iterable[Example], most: int) -> Iterator[Example]:
    """Yield the examples that the engine answers confidently with the fact they are made from."""
    kept = 0
    for example in asked:
        if kept == most:
            return
        try:
            answer = engine.ask(example.question)
        except QAError:
            continue
        if _is_right(example, answer):
            kept += 1
            yield example


def _is_right(example: Example, answer: Answer) -> bool:
    if not answer.answerable or answer.confidence < _SURE or not answer.citations:
        return False
    first = answer.citations[0]
    if first.passage.document is not example.section.document:
        return False
    return first.start < example.end and example.start < first.end


def _spread(examples: Iterable[Example]) -> list[Example]:
    """Return the examples in turn from each part of the corpus: its outermost inner headings."""
    parts: dict[tuple[str, tuple[str, ...]], list[Example]] = {}
    for example in examples:
        key = (example.section.document.id, example.section.path[:2])
        parts.setdefault(key, []).append(example)
    for part in parts.values():
        part.sort(key=lambda example: not example.plain)
    rounds = zip_longest(*parts.values())
    return [example for turn in rounds for example in turn if example is not None]
