"""Names: what the quotes call the thing that a question describes."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

import numpy as np

from qa.answering.edges import BLANK, FULL_STOP, breaks, ends_in_word, trim, whole
from qa.answering.nearness import Near
from qa.answering.phrases import phrases
from qa.answering.pick import Pick
from qa.answering.told import Told
from qa.asking.asked import name_endings
from qa.asking.dates import find_dates
from qa.asking.figures import find_figures
from qa.asking.question import Question
from qa.asking.tables import name_kinds

_MARKED = re.compile(
    r"“[^“”]{1,30}”|《[^《》]{1,40}》|「[^「」]{1,30}」|『[^『』]{1,30}』|\"[^\"\n]{1,30}\"|"
    r"(?<![A-Za-z0-9])[A-Z][A-Za-z]+(?: (?:&|[A-Za-z][A-Za-z0-9-]*))+"
)
_PUNCTUATION = re.compile(rf"[，；。！？;!?：:、（）()\n—]+|\*{{2}}|{BLANK}|{FULL_STOP}")
_CLAUSE, _WHOLE = 1.0, 0.3
_EDGE, _OWN, _HEAD, _MARKS, _FIRST, _GAPS = 1.0, 0.8, 1.5, 0.7, 0.4, 0.6
_KIND, _NOT_KIND, _FRAGMENT, _GENERIC = 2.0, 0.5, 1.5, 3.0
_PLACES = (*"省市县区州镇乡村岛港城园谷湾", "街道")
# With less than this a name is a guess; by vectors alone, more is needed.
_LEAST, _LEAST_OTHER, _LEAST_EN = 2.0, 4.5, 2.9
# A run as short as this takes the words before it along, up to where a name can begin.
_SHORT = 6


def pick_names(question: Question, nears: Sequence[Near]) -> list[Pick]:
    """Return what the quotes say beside the question's words and is no guess, the best first."""
    endings = _endings(question)
    picks = all_names(question, nears)
    sure = (p for p in picks if p.score >= least(question, p.text, endings))
    return sorted(sure, key=lambda pick: -pick.score)


def all_names(question: Question, nears: Sequence[Near]) -> list[Pick]:
    """Return whatever may be a name, guesses too."""
    endings, picks = _endings(question), []
    for near in nears:
        spans = list(_candidates(question, near, endings))
        scores = name_scores(question, near, spans, endings)
        picks += [Pick(near, *span, score) for span, score in zip(spans, scores, strict=True)]
    return picks


def _endings(question: Question) -> Sequence[str]:
    """Return how the names of the asked kind end."""
    if question.kind == "place" and question.head not in name_kinds():
        return _PLACES
    return name_endings(question.folded, question.lang, question.head)


def least(question: Question, text: str, endings: Sequence[str]) -> float:
    """Return the score below which a text is a guess at a name of the kind that ends so."""
    if question.lang == "en":
        return _LEAST_EN
    return _LEAST if is_of_kind(text, endings) else _LEAST_OTHER


def is_of_kind(text: str, endings: Sequence[str]) -> bool:
    """Return whether a name ends as those of a kind do, or is marked where these are."""
    bare = text.strip('“”《》「」『』"')
    return bare.endswith(tuple(endings)) or ("marks" in endings and bool(_MARKED.fullmatch(text)))


def _candidates(
    question: Question, near: Near, endings: Sequence[str]
) -> Iterator[tuple[int, int]]:
    """Yield the spans that can be a name, each once and whole."""
    taken = [(f.start, f.end) for f in near.figures] + near.dates
    found = dict.fromkeys([*_spans(question, near), *_typed(near, endings), *phrases(near.text)])
    for start, end in dict.fromkeys(whole(near.text, a, b, taken) for a, b in found):
        if (start, end) not in found:
            start, end = trim(near.text, start, end)
        start += near.text[start] == "由"
        if question.lang == "zh" and _is_said(near, start, end):
            continue
        number = _NUMBER.search(near.text, 0, start)
        if end - start > 1 and not _COUNTED.search(
            near.text, number.start() if number else start, end
        ):
            yield start, end


def _is_said(near: Near, start: int, end: int) -> bool:
    """Return whether the question says a span, but for what is done with it (优化企业员工)."""
    first, last = trim(near.text, start, end)
    return bool(near.exact[first:last].all())


# A number of things is no name (7个设区市, 1所).
_COUNTED = re.compile(r"\d\s?(?:多|余)?[个家所项座处条]")
_NUMBER = re.compile(r"\d[\d.]*\s?\Z")


def _spans(question: Question, near: Near) -> Iterator[tuple[int, int]]:
    """Yield the spans that can be a name: runs that the question does not say."""
    for start, end in _marked(near.text):
        if not near.exact[start:end].all() and near.exact[start:end].mean() < 0.6:
            yield start, end
    heads = _heads(question, near)
    for start, end in _pieces(near.told):
        yield from _to_head(near, start, end, heads)
        for a, b in _unsaid(near, start, end):
            a, b = trim(near.text, a, b)
            if b - a > 1 and not _is_number(near.text[a:b]):
                a, b = with_head(question, near, a, b, end)
                yield (trim(near.text, start, b)[0] if b - a < _SHORT else a), b


def _to_head(near: Near, start: int, end: int, heads: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the piece up to where it has the asked noun, in whatever language it was asked."""
    inside = [at for at in heads if start < at < end]
    if inside:
        stop = inside[0] + 1
        while stop in inside:
            stop += 1
        start, _ = trim(near.text, start, stop)
        if stop - start > 2:
            yield start, stop


def _is_number(text: str) -> bool:
    """Return whether a text says nothing but a figure or a date."""
    figures = find_figures(text)
    spans = [(f.start, f.end) for f in figures] + find_dates(text)
    return sum(b - a for a, b in spans) * 2 > len(text)


def _marked(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _MARKED.finditer(text)]


# Many questions come near the same sentence.
@lru_cache(maxsize=2048)
def _pieces(told: Told) -> tuple[tuple[int, int], ...]:
    """Return the spans between punctuation and the words that end a name, outside of marks.

    Outside of dates too that name a month or a day: no name holds one.
    """
    text = told.text
    parting = [m.span() for p in (_PUNCTUATION, breaks()) for m in p.finditer(text)]
    days = [(start, end) for start, end in told.dates if text[end - 1] in "月日"]
    cuts = sorted([*parting, *_marked(text), *days, (len(text), len(text))])
    begins = accumulate((end for _, end in cuts), max, initial=0)
    return tuple((at, start) for at, (start, _) in zip(begins, cuts, strict=False) if at < start)


def _unsaid(near: Near, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the runs of a span that the question does not say."""
    begin = start
    for at in range(start, end + 1):
        if at == end or near.exact[at]:
            if begin < at:
                yield begin, at
            begin = at + 1


def with_head(question: Question, near: Near, start: int, end: int, limit: int) -> tuple[int, int]:
    """Return the span with the asked noun behind it, which the question said too."""
    head = question.head
    for size in range(len(head), 0, -1):
        at = near.text.find(head[-size:], end, min(limit, end + 8))
        if at >= 0 and (size > 1 or limit - at == 1):
            return start, at + size
    if near.text[end : end + 1] == "号":
        return start, end + 1
    if question.lang == "en":
        stop = min(limit, end + 6)
        while end < stop and near.exact[end]:
            end += 1
    return start, end


def name_score(
    question: Question, near: Near, start: int, end: int, endings: Sequence[str] = ()
) -> float:
    """Return how well a span fits as the name asked for, of a kind with these endings."""
    return name_scores(question, near, [(start, end)], endings)[0]


def name_scores(
    question: Question, near: Near, spans: Sequence[tuple[int, int]], endings: Sequence[str]
) -> list[float]:
    """Return how well each of the spans fits; see `name_score`."""
    if not spans:
        return []
    heads, gap = _heads(question, near), _gap(question)
    around = np.array([_around(near, start, end) for start, end in spans], np.intp)
    met = near.met_by((_CLAUSE, _CLAUSE, _OWN, _WHOLE), around).tolist()
    return [
        _score(question, near, span, endings, heads, near.base + said + _gap_score(gap, near, span))
        for span, said in zip(spans, met, strict=True)
    ]


def _around(near: Near, start: int, end: int) -> list[tuple[int, int]]:
    """Return what stands before and behind a span in its clause, the span and the whole quote."""
    first, last = near.clause(start)
    return [(first, start), (end, last), (start, end), (0, len(near.text))]


def _heads(question: Question, near: Near) -> Sequence[int]:
    """Return where a quote has the noun that an English question asks after."""
    return near.where(question, question.head.split(" ")[-1]) if question.lang == "en" else ()


def _score(
    question: Question,
    near: Near,
    span: tuple[int, int],
    endings: Sequence[str],
    heads: Sequence[int],
    score: float,
) -> float:
    """Return the score of a span by its words, with how it is written and what touches it."""
    start, end = span
    text = near.text[start:end]
    touched = near.exact[max(0, start - 4) : start].any() or near.exact[end : end + 4].any()
    score += _EDGE if touched else 0.0
    if question.lang == "en":
        score += _HEAD if any(start < at < end for at in heads) else 0.0
        score += _HEAD / 2 if end - 1 in heads else 0.0
    elif question.head and (text.endswith(question.head[-1]) or question.head in text):
        score += _HEAD
    marked = _MARKED.fullmatch(text)
    if marked:
        score += _MARKS
    if endings:
        gain = _KIND + (question.kind == "name")  # known places need not end as places do
        score += gain if is_of_kind(text, endings) else -_NOT_KIND
    if not marked and _inside(near, start, end):
        score -= _FRAGMENT
    if near.text[start - 1 : start] in _LEADS and start:
        score += _LED
    if _COMMON.fullmatch(text):
        score -= _GENERIC
    if not _PUNCTUATION.sub("", near.text[near.clause(start)[0] : start]):
        score += _FIRST
    return score if marked else score - 0.15 * max(0, end - start - 14)


# What leads to a name from the word that says what it is.
_LEADS, _LED = ("为", "由", "是", "叫"), 0.5

# Words that name a kind of thing, and no single one.
_COMMON = re.compile(
    r"(?:国家|企业|全国|我国|全省|全市|全区|历史|人民|政府|社会|经济|项目|工作|地区|城市|世界|国际|重大|"
    r"国家级|省级|市级|重点|领域|方面|部门|单位|群众|公司|中心|平台|基地|人员|首批|首个|工程)+"
)


def _inside(near: Near, start: int, end: int) -> bool:
    """Return whether a span stands inside a phrase whose other words the question says."""
    text = near.text
    left = start > 0 and bool(near.exact[start - 1]) and not ends_in_word(text, start)
    right = end < len(text) and bool(near.exact[end]) and breaks().match(text, end) is None
    return left and right


def _typed(near: Near, endings: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the phrases that end as the names of the asked kind do."""
    ends = [ending for ending in endings if ending != "marks"]
    if not ends:
        return
    pattern = re.compile("|".join(map(re.escape, ends)))
    for start, end in _pieces(near.told):
        for match in pattern.finditer(near.text, start + 1, end):
            begin = max(
                (m.end() for m in _CONJUNCTION.finditer(near.text, start, match.start())),
                default=start,
            )
            begin, stop = trim(near.text, begin, match.end())
            if 1 < stop - begin <= 24 and not near.exact[begin:stop].all():
                yield begin, stop


_CONJUNCTION = re.compile(r"[和与及的]|以及")
_GAP = re.compile(r"(?:哪(?:一)?[个家所座项艘款条支部届处种位次]?|什么|谁|哪里|哪儿|何处|何人)")


def _gap(question: Question) -> tuple[str, str]:
    """Return what stands before and behind the asking words."""
    match = _GAP.search(question.folded)
    if match is None:
        return "", ""
    left = question.folded[max(0, match.start() - 3) : match.start()]
    return left, question.folded[match.end() :].removeprefix(question.head)[:3]


def _gap_score(gap: tuple[str, str], near: Near, span: tuple[int, int]) -> float:
    """Return how far the words beside a name are those beside the asking words (以…为试点)."""
    (left, right), (start, end) = gap, span
    before, after = near.text[max(0, start - 3) : start], near.text[end : end + 3]
    same_left = next((k for k in (3, 2, 1) if left[-k:] and before.endswith(left[-k:])), 0)
    same_right = next((k for k in (3, 2, 1) if right[:k] and after.startswith(right[:k])), 0)
    return _GAPS * (same_left + same_right) * (1.5 if same_left and same_right else 1.0)
