"""Labels: the words beside a figure that say what it is a figure of."""

import re

import numpy as np

from qa.answering.nearness import Near
from qa.asking.figures import Figure

_STOP = re.compile(r"[，；。！？：（）\n]")
_RESPECTIVELY = re.compile(r"分别|依次")
_JOIN = re.compile(r"[、和与及\s*]{1,4}|以及|(?:\*{0,2}[、，]\*{0,2})")
_ITEM = re.compile(r"以及|[、和与及]|(?<=[”》」])(?=[“《「])")


def is_joint(text: str, start: int, end: int) -> bool:
    """Return whether two figures are only joined by 、 or 和."""
    return start <= end and bool(_JOIN.fullmatch(text, start, end))


def group_of(near: Near, at: int) -> list[int]:
    """Return the run of figures joined by 、 or 和 that holds this one, with one unit."""
    figures, run = near.figures, [at]

    def joined(a: Figure, b: Figure) -> bool:
        between = near.text[a.end : b.start]
        return a.unit == b.unit and bool(_JOIN.fullmatch(between))

    while run[0] > 0 and joined(figures[run[0] - 1], figures[run[0]]):
        run.insert(0, run[0] - 1)
    while run[-1] + 1 < len(figures) and joined(figures[run[-1]], figures[run[-1] + 1]):
        run.append(run[-1] + 1)
    return run


# Between two figures of one subject: "、同比增长", "提高到", "，达到".
_THIN = re.compile(
    r"(?:[\s*、，]|同比|环比|实际|名义|年均|平均|比上年|较上年|比去年|增长|下降|增加|减少|上升|提高|提升|降低|降|"
    r"升|扩大|缩小|缩减|扩展|扩容|增|达|到|至|为|首次|突破|超过|位居|居|全国|分别|再|其|以|由|整合|调整|翻|"
    r"\d{4}年的?|今年的?|去年的?|人均|每人|每年|约|目标)*+"
)


def subject_of(near: Near, at: int) -> int:
    """Return the figure that bears the label of this one too: the first of a thin run."""
    figures, text = near.figures, near.text
    while at and _THIN.fullmatch(text, figures[at - 1].end, figures[at].start):
        if text[figures[at - 1].end : figures[at].start].strip("*") in {"、", "和", "，"}:
            break
        at -= 1
    return at


# What joins a figure to the noun of the one before it: "近万个甲及7000余个乙".
_AND_END = re.compile(r"(?:[和及与]|以及)\s?\*{0,2}\Z")


def label_start(near: Near, at: int) -> tuple[int, int, int]:
    """Return where a figure's own label, its clause and the clause before that begin."""
    start = near.figures[at].start
    clause = near.clause(start)[0]
    previous = near.figures[at - 1].end if at else 0
    if previous > clause and _AND_END.search(near.text, max(previous, start - 4), start):
        previous = start
    before = near.clause(clause - 2)[0] if clause > 1 else clause
    return max(clause, previous), clause, before


# A word stands in a span from the first on; below the second nothing like it does.
_SAID, _MET = np.float32(0.9), np.float32(0.5)
_RATES = frozenset({"%", "百分点", "倍"})
# Between two figures of a row: "望湖区612家，云桥区405家".
_ROW = re.compile(r"\*{0,2}[，、]\s?[^，、。；：\n\d]{1,10}")


def shared_heads(near: Near, at: int) -> list[tuple[int, int]]:
    """Return the words that a figure shares: what it is a part of, and the head of its row."""
    whole = _whole(near, at)
    heads = [(near.clause(whole.start)[0], whole.end)] if whole else []
    first = _row_start(near, at)
    if first < at:
        begin = near.figures[first].start
        heads.append((near.clause(begin)[0], begin))
    return heads


def adds(near: Near, span: tuple[int, int], to: tuple[int, int]) -> bool:
    """Return whether a span says a word of the question that the other span does not."""
    own, other = (near.rows[:, a:b].max(axis=1, initial=0.0) for a, b in (span, to))
    return bool(((own >= _SAID) & (other < _MET)).any())


def _whole(near: Near, at: int) -> Figure | None:
    """Return the figure before 其中 of which this one is a part: an amount of the same unit."""
    figure, text = near.figures[at], near.text
    sentence = max(text.rfind(mark, 0, figure.start) for mark in "。；！？\n") + 1
    end = text.rfind("其中", sentence, figure.start)
    amounts = [f for f in near.figures[:at] if sentence <= f.start and f.end <= end]
    whole = next((f for f in reversed(amounts) if f.unit not in _RATES), None)
    return whole if whole and whole.unit == figure.unit else None


def _row_start(near: Near, at: int) -> int:
    """Return the first figure of a row of figures with one unit, each behind a short label."""
    figures = near.figures
    while at and figures[at].unit == figures[at - 1].unit and figures[at].unit not in _RATES:
        if not _ROW.fullmatch(near.text, figures[at - 1].end, figures[at].start):
            break
        at -= 1
    return at


def noun_end(near: Near, at: int) -> int:
    """Return the end of the noun behind a figure."""
    figures, text = near.figures, near.text
    end = figures[at].end
    limit = figures[at + 1].start if at + 1 < len(figures) else len(text)
    stop = _STOP.search(text, end)
    return min(limit, stop.start() if stop else limit, end + 14)


def aligned_item(near: Near, at: int, group: list[int], clause: int) -> list[tuple[int, int]]:
    """Return the item that 分别 pairs with a figure and what all items share, [] where none does.

    "炼铁、炼钢占比分别达到64%、62%" gives 炼铁, 占比 and 达到 for the first figure.
    """
    if len(group) < 2:
        return []
    first = near.figures[group[0]].start
    clause, end, verb = _respectively(near, clause, first)
    starts = [clause, *(match.end() for match in _ITEM.finditer(near.text, clause, end))]
    if len(starts) < len(group):
        return []
    starts = starts[-len(group) :]
    place = group.index(at)
    own = (starts[place], (*starts[1:], end + 1)[place] - 1)
    length = own[1] - own[0]
    if place == len(group) - 1:
        return [own, (starts[0], max(starts[0], starts[1] - 1 - length)), (verb, first)]
    return [own, (_shared_tail(near, starts[-1], end, length), end), (verb, first)]


def _respectively(near: Near, clause: int, first: int) -> tuple[int, int, int]:
    """Return where the items before 分别 begin and end, and where what follows it begins."""
    matches = list(_RESPECTIVELY.finditer(near.text, clause, first))
    if not matches:
        return clause, first, first
    end, verb = matches[-1].start(), matches[-1].end()
    if end - clause < 2 and clause:
        clause = near.clause(clause - 2)[0]
        earlier = _RESPECTIVELY.search(near.text, clause, end)
        end = earlier.start() if earlier and earlier.start() > clause else end
    return clause, end, verb


def _shared_tail(near: Near, start: int, end: int, length: int) -> int:
    """Return where the last item stops being its own: behind its mark, or as long as another."""
    closed = near.text.find("”", start, end) if near.text[start] == "“" else -1
    return closed + 1 if closed > 0 else min(start + max(1, min(length, 4)), end)
