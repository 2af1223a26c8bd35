"""Counted: the noun behind a figure, where a question counts just that (几个港口)."""

import re
from itertools import takewhile

from qa.answering.edges import breaks
from qa.answering.pick import Pick
from qa.asking.question import Question

_COUNTED = re.compile(r"(?:多少|几)(?:[万亿千百]*[个家所座项条种类])?的?([\u3400-\u9fff]{2,20})")
_LONGEST_NOUN = 10


def with_noun(question: Question, pick: Pick) -> str:
    """Return a figure with the noun behind it where the question counts just that (几个港口)."""
    match = _COUNTED.search(question.folded)
    if (
        match is None
        or breaks().match(match[1])
        or pick.figure is None
        or pick.figure.unit in {"%", "元", "年"}
    ):
        return pick.text
    noun, after = _thing(match[1]), pick.near.raw[pick.end :].replace("*", "")
    stop = re.search(r"[，,、。；;和与及]|$", after)
    tail = after[: stop.start()] if stop else ""
    if 1 < len(tail) <= 8 and tail.endswith(noun[-2:]):
        return pick.text + tail
    # Half of a noun says less than none.
    same = takewhile(lambda pair: pair[0] == pair[1], zip(noun, after, strict=False))
    shared = "".join(ch for ch, _ in same)
    if (
        1 < len(shared) <= _LONGEST_NOUN
        and shared in {noun, tail}
        and not after[len(shared) :].startswith("的")
    ):
        return pick.text + shared
    return pick.text


def _thing(counted: str) -> str:
    """Return the words up to what the things do (企业参加, 设施申报项目)."""
    does = breaks().search(counted, 2)
    return counted[: does.start()] if does else counted
