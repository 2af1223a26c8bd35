"""About: questions on the document itself, answered from its outline and what stands before it."""

import re
from collections.abc import Iterable

from qa.answering.choose import Chosen
from qa.asking.dates import find_dates
from qa.asking.question import Question
from qa.indexing.sentence_index import SentenceIndex
from qa.reading.corpus import Corpus
from qa.reading.scope import children
from qa.types import Coverage, Document, Section, Sentence

_WHEN = re.compile(
    r"哪一?[年天日月]|何[时年日]|什么时[候间]|时间|日期|年份|\bwhen\b|\bdate\b|\byear\b"
)
_WHO = re.compile(r"谁|作者|撰写|编写|发布|哪个(?:单位|机构|部门)|\bwho\b|\bauthor\b|\bpublish")
_PARTS = re.compile(
    r"[章节篇]|部分|方面|板块|目录|结构|提纲|大纲|内容|讲|说|谈|关于|介绍|"
    r"\bsections?\b|\bchapters?\b|\bparts\b|\bcontents?\b|\boutline\b|\bstructure\b|\babout\b|\bcovers?\b"
)
_PERSON = re.compile(r"长|主席|总理|书记|主任|报告人|作者|委员会|人民政府|局|厅|部$|院$")
_FRONT_LINES = 6


def about(
    question: Question, document: Document, corpus: Corpus, index: SentenceIndex
) -> Chosen | None:
    """Return what the document says of itself in answer; None where it does not say."""
    sections = corpus.sections_of(document)
    titled = [section for section in sections if section.path]
    if _WHEN.search(question.folded):
        return _single(s for s in _front(sections, index) if find_dates(s.text))
    if _WHO.search(question.folded):
        return _single(s for s in _front(sections, index) if _PERSON.search(s.text))
    if not titled:
        return None
    roots = [section for section in titled if section.level == 1]
    parts = children(corpus, roots[0]) if len(roots) == 1 else roots
    if _PARTS.search(question.folded) and parts:
        listed = tuple(s for part in parts for s in index.sentences_in(part)[:1])
        return Chosen(listed, Coverage(len(parts), len(listed)))
    return _single(index.sentences_in(titled[0])[:1])


def _front(sections: tuple[Section, ...], index: SentenceIndex) -> list[Sentence]:
    """Return the first lines of a document: its title, and what stands right under it."""
    first = [s for section in sections[:3] for s in index.sentences_in(section)]
    return first[:_FRONT_LINES]


def _single(sentences: Iterable[Sentence]) -> Chosen | None:
    found = next(iter(sentences), None)
    return Chosen((found,)) if found else None
