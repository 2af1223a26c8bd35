"""Statements: whether a clause says what a question asks to be confirmed, word for word."""

import re
from typing import NamedTuple

from qa.asking.dates import find_dates, plain
from qa.asking.figures import find_figures
from qa.asking.question import Question
from qa.fold import fold

# What changes nothing in what is said.
_FREE = re.compile(
    r"截至目前|目前|现在|如今|现已|已经|已|业已|均|都|全部|全都|全面|正式|顺利|成功|圆满|如期|按期|按时|"
    r"^(?:全[市省县区州国]|[我本]+[市省县区州国们])|同时|此外|另外|确实|真的|究竟|到底|了|过|的(?!$)|[\s*“”\"'‘’《》「」]"
)
_ALL = re.compile(
    r"全部|全都|全数|悉数|一律|所有|每[一个家]|(?<![首成])都(?!市|江|会)|均(?![值匀衡价线])|100%"
)
_NAME = 3  # so long is the heading that is the subject of a statement
# Words that ask; a verb that is said twice around them is said once.
_ASKS = re.compile(
    r"^(?:请问|听说|据说|有人说|网传|请核对)[，,：:]?|"
    r"[，,](?:真?是这样|对|是|属实|是真的|真的)?(?:吗|么|不对|不是)$|是否|是不是|"
    r"(?:了|过)?(?:没有?|吗|么|嘛|呢|吧|呀|啊)$|[？?。！! ]+$"
)
_TWICE = re.compile(r"([\u3400-\u9fff])[不没](?=\1)")
# 是…的 only points at one word of what is said.
_POINTED = re.compile(r"(?<!不)是(?!否)(.{2,})的$")
# Questions to which yes and no are easily mistaken: they deny, offer a choice, or ask what goes on.
_TANGLED = re.compile(
    r"还是|仍|还[有在会]|是否[不没未]|是不是[不没未]|[不没未无非](?!断|同|少|仅).{0,12}(?:吗|么)[？?]?$"
)
_NOT = re.compile(r"尚未|并未|从未|还未|未能|没有|没能|并没有?|[未没不无]")
# What is planned, only told, or holds under a condition or with an exception, where that stands
# before a statement.
_WISH = re.compile(
    r"力争|争取|计划|预计|预期|(?<![模虚])拟|目标|有望|未来|下一步|明年|[年月底]前|到[12]\d{3}年|到“十|"
    r"如果|若(?!干)|一旦|(?<![接招优看])待(?!遇)|假如|只要|只有|直到|除[^，。；]+外|网传|据称|传言|谣言|误以为|所谓"
)
# What is under way, or to be done, before it.
_URGED = re.compile(
    r"将|(?<![主重需])要(?!素|闻|点)|打算|应当|应(?=于|在)|须|确保|推动|推进|促进|加快|力促|支持|鼓励|希望|建议|申请|或"
)
_PLANNED = re.compile(
    r"目标|计划|展望|下一步|安排|打算|思路|要求|建议|明年|任务|愿景|今后|"
    r"[12]\d{3}年(?:度|的)?(?:重点|主要)?工作(?!回顾|总结|情况|完成|成效|进展)"
)


def is_universal(text: str) -> bool:
    """Return whether all of something is meant (都, 均, 全部)."""
    return bool(_ALL.search(plain(text)))


def is_wish(before: str) -> bool:
    """Return whether what stands before a statement makes a plan, hearsay or a part of it."""
    return bool(_WISH.search(plain(before)))


def is_unsure(before: str, headings: str) -> bool:
    """Return whether what stands before a statement, or above it, may tell of what is to be."""
    return is_wish(before) or bool(_URGED.search(before) or _PLANNED.search(headings))


class Asked(NamedTuple):
    """What is asked to be confirmed: the bare words without dates, and the dates."""

    bare: str
    dates: frozenset[str]


def asked_statements(question: Question) -> list[Asked]:
    """Return what a question asks to be confirmed, in each reading; [] where it is tangled.

    >>> from qa.asking.question import parse_question
    >>> [one.bare for one in asked_statements(parse_question("地铁建成了没有？"))]
    ['地铁建成']
    """
    if _TANGLED.search(question.folded):
        return []
    text = re.sub(r"有没有|有无", "有", question.folded) if _has(question) else question.folded
    text = text.replace("有没有", "").replace("有无", "")
    # 是不是 and 是否 stand before what is done, or are what joins a thing and what it is.
    readings = {text, re.sub(r"是不是|是否", "是", text)} if "是" in text else {text}
    return [asked for one in sorted(readings) if len((asked := _asked(one)).bare) > 1]


def _has(question: Question) -> bool:
    """Return whether 有没有 asks for a thing rather than for what was done."""
    return not re.search(r"[了过]", question.folded)


def _asked(text: str) -> Asked:
    """Return the bare words of a reading of a question."""
    while (shorter := _ASKS.sub("", text)) != text:
        text = shorter
    text = _TWICE.sub("", _POINTED.sub(r"\1", text))
    return Asked(_bare(text), _dates(text))


def said(asked: Asked, text: str, before: str, headings: str) -> bool:
    """Return whether a statement says just what is asked, as of the same dates.

    `before` is what its sentence says before it; a heading may be what it speaks of.
    """
    if asked.dates and asked.dates != (_dates(text) or _last_date(before)):
        return False
    bare = _bare(_without_counts(asked, text))
    bare = re.sub(r"并.*", "", bare) if "并" not in asked.bare else bare
    if len(bare) < 2 or _partly(asked, text):
        return False
    return asked.bare == bare or _under(asked.bare, bare, headings)


def denied(asked: Asked, text: str, before: str, headings: str) -> bool:
    """Return whether a statement denies just what is asked."""
    found = list(_NOT.finditer(text))
    if len(found) != 1 or _NOT.search(asked.bare) or is_universal(text):
        return False
    start, end = found[0].span()
    # 没有 denies what is done, and also that there is a thing.
    rests = [text[:start] + text[end:], f"{text[:start]}有{text[end:]}"]
    return any(said(asked, rest, before, headings) for rest in rests)


def _under(asked: str, bare: str, headings: str) -> bool:
    """Return whether the statement and the heading above it say together what is asked."""
    subject = asked.removesuffix(bare)
    if subject == asked or len(subject) < _NAME:
        return False
    return _bare(headings).endswith(subject)


def _without_counts(asked: Asked, text: str) -> str:
    """Return a statement on all of something without how many that are."""
    for figure in reversed(find_figures(text) if is_universal(text) else []):
        told = text[figure.start : figure.end]
        if figure.unit != "第" and figure.end < len(text) and _bare(told) not in asked.bare:
            text = text[: figure.start] + text[figure.end :]
    return text


def _partly(asked: Asked, text: str) -> bool:
    """Return whether a share is told that was not asked for."""
    shares = [f for f in find_figures(text) if f.unit == "%" and f.value != 100]
    return any(_bare(text[f.start : f.end]) not in asked.bare for f in shares)


def _bare(text: str) -> str:
    """Return the words of a text that say something, without dates."""
    folded = plain(fold(text))
    for start, end in reversed(find_dates(folded)):
        folded = folded[:start] + folded[end:]
    return _FREE.sub("", folded).strip("，,。；;：:、 ").replace("，", "").replace(",", "")


def _dates(text: str) -> frozenset[str]:
    """Return the dates of a text as it writes them."""
    folded = plain(text).replace("*", "")
    return frozenset(folded[a:b].replace(" ", "") for a, b in find_dates(folded))


def _last_date(text: str) -> frozenset[str]:
    """Return the date named last."""
    folded = plain(text).replace("*", "")
    found = find_dates(folded)
    return frozenset({folded[a:b].replace(" ", "") for a, b in found[-1:]})
