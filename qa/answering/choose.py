"""Choose: as many sentences as the question needs, in document order.

One for a figure, every item for a list, both sides of a comparison, a section's own sentences for
a summary. Lists and summaries are read off the section, not off the ranking.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.answering.enumerations import wanted_count
from qa.answering.evidence import Weighed
from qa.answering.headings import Named, best_named
from qa.answering.runs import is_bullet, mark, runs, same_line
from qa.asking.numerals import parse_number
from qa.asking.question import Question
from qa.indexing.sentence_index import SentenceIndex
from qa.reading.corpus import Corpus
from qa.reading.lines import SENTENCE_END
from qa.reading.scope import children
from qa.types import Coverage, Section, Sentence

_LEAD_IN = re.compile(r"[：:]\s*$|(?:如下|以下.{0,6}|包括|主要(?:有|是))[。，,]?\s*$")
_FIRST_ITEM = re.compile(r"[：:，,](?:一是|一要|第一[，,、]|首先|（一）|①)")
_ENUMERATED = re.compile(
    r"[一二三四五六七八九十]{1,2}(?:是|要|个|、)|第[一二三四五六七八九十]{1,2}[，,、]|"
    r"[（(]?[0-9一二三四五六七八九十]{1,2}[）)、.．]|[①-⑳]|[—─]{2}|首先|其次|再次|最后|此外"
)
_COUNTED = re.compile(
    r"(?<![\d.第])(\d{1,2}|[两二三四五六七八九十]{1,2})\s?\*{0,2}\s?[个条项家座所大种件类部款位处支点名]"
)
_MOST_ITEMS, _MOST_SUMMED = 40, 12
_ABOUT_SECTION = 0.62  # share of the question that a heading must meet to be what is asked about


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sentences that answer, in document order; `coverage` where they are a whole list."""

    sentences: tuple[Sentence, ...]
    coverage: Coverage | None = None


def choose(
    weighed: Weighed, chances: NDArray[np.float64], index: SentenceIndex, corpus: Corpus
) -> Chosen:
    """Return the sentences that answer the question, given each one's chance to be evidence."""
    if weighed.question.kind in ("list", "summary"):
        listed = _listed(weighed, chances, index, corpus)
        if listed:
            return _whole(listed)
    if _is_account(weighed.question):
        return Chosen(in_order(_summed(weighed, chances, index, corpus)))
    if weighed.question.kind == "comparison" or weighed.question.several:
        return Chosen(in_order(_likely(weighed, chances, _SIDES)))
    return Chosen(in_order(_likely(weighed, chances, _SINGLE)))


_ACCOUNT = re.compile(
    "措施|举措|进展|成果|成效|成就|工作|做法|安排|部署|情况|变化|困难|问题|特点|要求|任务|"
    "progress|measures?|steps|achievements?|plans?|challenges?|problems?"
)


def _is_account(question: Question) -> bool:
    """Tell whether a question asks for an account of a matter rather than for single facts."""
    asks_kind = question.kind == "list" and bool(_ACCOUNT.search(question.folded))
    return question.kind == "summary" or asks_kind


def _whole(listed: Sequence[Sentence]) -> Chosen:
    kept = tuple(listed[:_MOST_ITEMS])
    return Chosen(kept, Coverage(section_items=len(listed), listed=len(kept)))


def in_order(sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """Return the sentences in document order, none twice, none that repeats another's words."""
    unique = {s.text: s for s in sorted(sentences, key=lambda s: s.row)}
    return tuple(sorted(unique.values(), key=lambda s: s.row))


# From which share of the likeliest one's chance on a second, third … sentence is quoted too: where
# one answers, and where two sides are asked for, of which at least two are.
_SINGLE, _SIDES = (0.15, 0.3), (0.0, 0.2, 0.2)


def _likely(
    weighed: Weighed, chances: NDArray[np.float64], shares: Sequence[float]
) -> list[Sentence]:
    """Return the likeliest sentence, with those that are nearly as likely."""
    order = np.argsort(-chances, kind="stable")[: 1 + len(shares)].tolist()
    taken = [weighed.sentences[order[0]]]
    for place, share in zip(order[1:], shares, strict=False):
        if chances[place] < share * chances[order[0]]:
            break
        taken.append(weighed.sentences[place])
    return taken


_OF_MATTER = 0.1  # of the chance of the likeliest sentence of the passage that tells of a matter


def _summed(
    weighed: Weighed, chances: NDArray[np.float64], index: SentenceIndex, corpus: Corpus
) -> list[Sentence]:
    """Return what is said of the matter: a section, or the run of sentences that tells of it.

    A run begins and ends with a likely sentence, of the passage that holds the likeliest four.
    """
    named = best_named(weighed, index, corpus)
    if named and named.share >= _ABOUT_SECTION:
        own = _own(named.section, index)
        if 0 < len(own) <= _MOST_SUMMED:
            return own
    passages: dict[str, list[int]] = {}
    for at, sentence in enumerate(weighed.sentences):
        if not sentence.is_heading:
            passages.setdefault(sentence.passage.id, []).append(at)
    if not passages:
        return _likely(weighed, chances, _SINGLE)
    told = max(passages.values(), key=lambda places: np.sort(chances[places])[-4:].sum())
    likely = [at for at in told if chances[at] >= _OF_MATTER * chances[told].max()]
    run = [at for at in told if min(likely) <= at <= max(likely)]
    return [weighed.sentences[at] for at in sorted(run, key=lambda at: -chances[at])[:_MOST_SUMMED]]


def _listed(
    weighed: Weighed, chances: NDArray[np.float64], index: SentenceIndex, corpus: Corpus
) -> list[Sentence]:
    """Return the items of the list that is asked for; none where no list stands there.

    A list follows a sentence that leads into it, holds likely sentences itself, or stands under a
    heading that names it.
    """
    order = np.argsort(-chances, kind="stable")[:3]
    likely = [weighed.sentences[at] for at in order if chances[at] >= 0.3 * chances.max()]
    wanted = wanted_count(weighed.question)
    for sentence in likely:
        own = index.sentences_in(sentence.passage.section)
        if items := _led_by(sentence, own) or _run_of(sentence, own, likely, wanted):
            return items
    named = best_named(weighed, index, corpus)
    if named is None or named.share < _ABOUT_SECTION:
        return []
    likeliest = weighed.sentences[int(chances.argmax())].passage.section
    elsewhere = likeliest.path[: named.section.level] != named.section.path
    if elsewhere and chances.max() > named.share:
        return []
    return _headings_under(weighed.question, named, index, corpus) or _bullets(named.section, index)


def _led_by(lead: Sentence, own: Sequence[Sentence]) -> list[Sentence]:
    """Return the items of the list that a sentence leads into, [] where it leads into none."""
    after = next((run for run in runs(own) if _is_next(lead, run[0], own)), [])
    if after and _tells(lead, len(after)):
        return after
    if not _leads(lead):
        return []
    first = [lead] if _FIRST_ITEM.search(lead.text) else []
    items = [*first, *_items_after(own, lead)]
    return items if len(items) > 1 else []


def _is_next(lead: Sentence, item: Sentence, own: Sequence[Sentence]) -> bool:
    """Tell whether an item stands right behind a sentence or, if that is none, its paragraph."""
    between = [s for s in own if lead.row < s.row < item.row]
    return lead.row < item.row and all(same_line(lead, s) for s in between)


def _tells(lead: Sentence, count: int) -> bool:
    """Tell whether a sentence counts as many things."""
    numbers = (parse_number(match[1]) for match in _COUNTED.finditer(lead.text))
    return any(number == count for number in numbers)


def _run_of(
    item: Sentence, own: Sequence[Sentence], likely: Sequence[Sentence], wanted: int
) -> list[Sentence]:
    """Return the list that a sentence is an item of, whole: as many as asked, or likely others."""
    run = next((run for run in runs(own) if item in run), [])
    others = sum(s in run for s in likely)
    return run if len(run) == wanted or (not wanted and others > 1) else []


def _leads(sentence: Sentence) -> bool:
    """Tell whether a sentence leads into a list: by its words, or as a line without an end."""
    led = _LEAD_IN.search(sentence.text) or _FIRST_ITEM.search(sentence.text)
    return bool(led) or not (mark(sentence) or SENTENCE_END.search(sentence.text))


_SAID = 0.6  # share of the thing asked for that a heading must say for those under it to be it
_PARTS = re.compile("方面|部分|板块|章|节|标题|栏目|内容|主题|parts?|sections?|chapters?|aspects?")


def _headings_under(
    question: Question, named: Named, index: SentenceIndex, corpus: Corpus
) -> list[Sentence]:
    """Return the headings right under an empty section that are the things asked for.

    They are where its own heading says what they are (already built telescopes), or its parts are
    asked for, and there are as many as the question says.
    """
    below = children(corpus, named.section)
    wanted = wanted_count(question) or len(below)
    is_it = named.thing >= _SAID or _PARTS.search(question.folded)
    if not is_it or wanted != len(below) or len(below) < 2 or _own(named.section, index):
        return []
    return [s for child in below for s in index.sentences_in(child)[:1]]


def _bullets(section: Section, index: SentenceIndex) -> list[Sentence]:
    """Return the bullets of a section, or the items of its only list."""
    own = _own(section, index)
    items = [s for s in own if is_bullet(s)]
    lists = list(runs(own))
    if len(items) > 1 or len(lists) != 1:
        return items if len(items) > 1 else []
    return lists[0]


def _own(section: Section, index: SentenceIndex) -> list[Sentence]:
    """Return the sentences right in a section, without its heading."""
    return [s for s in index.sentences_in(section) if not s.is_heading]


def _items_after(siblings: Sequence[Sentence], lead: Sentence) -> list[Sentence]:
    """Return the enumerated sentences that follow a lead-in."""
    items: list[Sentence] = []
    for sentence in siblings:
        if sentence.row <= lead.row:
            continue
        if _ENUMERATED.match(sentence.text) or is_bullet(sentence):
            items.append(sentence)
        elif not items:
            return []
    return items
