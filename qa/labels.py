"""Labels: the words beside a figure that say what it is a figure of."""

import re

from qa.figures import Figure
from qa.nearness import Near

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


def noun_end(near: Near, at: int) -> int:
    """Return the end of the noun behind a figure."""
    figures, text = near.figures, near.text
    end = figures[at].end
    limit = figures[at + 1].start if at + 1 < len(figures) else len(text)
    stop = _STOP.search(text, end)
    return min(limit, stop.start() if stop else limit, end + 14)


def aligned_item(
    near: Near, at: int, group: list[int], clause: int
) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return the item that 分别 pairs with a figure, and what all items share, as spans."""
    if len(group) < 2:
        return None
    first = near.figures[group[0]].start
    matches = list(_RESPECTIVELY.finditer(near.text, clause, first))
    end = matches[-1].start() if matches else first
    if matches and end - clause < 2 and clause:
        clause = near.clause(clause - 2)[0]
        earlier = _RESPECTIVELY.search(near.text, clause, end)
        end = earlier.start() if earlier and earlier.start() > clause else end
    starts = [clause]
    for match in _ITEM.finditer(near.text, clause, end):
        starts.append(match.end())
    if len(starts) < len(group):
        return None
    starts = starts[-len(group) :]
    ends = [start - 1 for start in starts[1:]] + [end]
    place = group.index(at)
    own = (starts[place], ends[place])
    if place == len(group) - 1:
        shared = max(starts[0], ends[0] - (own[1] - own[0]))
        return own, (starts[0], shared)
    closed = near.text.find("”", starts[-1], end) if near.text[starts[-1]] == "“" else -1
    tail = closed + 1 if closed > 0 else min(starts[-1] + max(1, min(own[1] - own[0], 4)), end)
    return own, (tail, first)
