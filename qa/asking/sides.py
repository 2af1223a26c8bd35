"""Sides: a comparison as one question for each thing that is compared."""

import re
from dataclasses import replace

from qa.asking.question import Kind, Question, parse_question

_THING = r"[^，,。；;？?！!：:和与跟及、]{2,24}?"
_ZH = re.compile(
    rf"(?:对比|比较|相比)?(?:一下)?(?P<a>{_THING})(?:以及|和|与|跟|同|、)(?P<b>{_THING})"
    r"(?=两|二者|之间|相比|相差|比较|的|哪|谁|有什么|有何|在|，|,|各|分别|差)"
)
_EN = re.compile(
    r".*(?:\bbetween|\bof|\bcompare|\bdoes|\bdo|\bis|\bare|,|:)\s+(?:the\s+)?(?P<a>[^,?;:]{2,60}?)\s+"
    r"(?:and|or|versus|vs\.?|with)\s+(?:the\s+)?(?P<b>[^,?;:]{2,60}?)(?=\s+(?:in|on|by|for|have|has)\b|[?.,]|$)",
    re.IGNORECASE,
)
_BY_SIZE = re.compile(
    r"[多少高低大小快慢强]|差|增|降|(?:more|less|few|high|low|larg|small|fast|slow|most|great)",
    re.I,
)
# A year or a whole before a name is none of it.
_FRAME = re.compile(r"^(?:截至)?[12]\d{3}年[底末度]?|^[^，,]{0,5}[区市省县园院校馆城厂库网界业]里")


def compared(question: Question) -> list[Question]:
    """Return a question for each side of a comparison; [] where it does not name two.

    Each is the whole question with the other side left out, and asks for a figure where the
    comparison is one of size.
    """
    match = _sides(question)
    if match is None:
        return []
    before, after = question.text[: match.start("a")], question.text[match.end("b") :]
    kind: Kind = "figure" if _BY_SIZE.search(before + after) else "other"
    sides = [parse_question(f"{before}{match[side]}{after}") for side in "ab"]
    return [replace(one, kind=kind, units=question.units, several=False) for one in sides]


def side_names(question: Question) -> tuple[str, ...]:
    """Return the names of the two things that a question compares, () where it names no two."""
    match = _sides(question)
    return tuple(_FRAME.sub("", match[side]).strip() for side in "ab") if match else ()


def _sides(question: Question) -> re.Match[str] | None:
    """Return where a comparison names its two sides."""
    if question.kind != "comparison":
        return None
    return (_ZH if question.lang == "zh" else _EN).search(question.text)
