"""The parts of a question that asks for two things: each one a question of its own."""

import re
from itertools import pairwise

from qa.asking.coordinated import coordinated
from qa.asking.dates import find_dates
from qa.asking.followup.chinese import GIVEN
from qa.asking.followup.slots import take_apart
from qa.asking.parts_english import complete_english, cut_english, is_english

_ASKS = re.compile(
    r"多少|几|哪|谁|何时|何地|什么|多[大长高久]|如何|怎|呢|是否|吗|"
    r"\b(?:how|what|which|who(?:m|se)?|when|where|why)\b",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?:一共|总共|分别|大约|又|共|约|各)?(?:(?:是|有|为|达到?|在|占|增长|提高|下降)(?:了)?)?(?:多少|几|哪|谁|何时|什么|多[大长高]|怎|如何).*$"
)
_ELLIPTIC = re.compile(r"^(?:那|那么|而|以及|还有|和)?(.{1,30}?)呢$")
# A count of things that the second part does not count: "有多少家公司" becomes "有多少".
_COUNTED = re.compile(r"(?:多少|几)[个家所座项种类条名件台辆户张艘支次人].*$")
_DEPENDENT = re.compile(
    r"^(?:又|其中|今年|去年|明年|目标|同比|增长|增速|增幅|占|现在|到\d|总|预计|分别|比|排名|各)"
)


def split_parts(text: str) -> tuple[str, ...]:
    """Return the questions that the text asks, each self-contained; one where it is one question.

    >>> split_parts("铁路里程是多少？公路里程呢？")
    ('铁路里程是多少？', '公路里程是多少？')
    """
    pieces = [piece for piece in _pieces(text) if piece.strip()]
    if len(pieces) < 2:
        return (text,)
    if is_english(text):
        return tuple(complete_english(pieces))
    parts = [pieces[0].strip()]
    for piece in pieces[1:]:
        parts.append(_complete(piece.strip(), parts[0]))
    return tuple(parts)


def _pieces(text: str) -> list[str]:
    """Return the pieces that each ask something, in order."""
    pieces: list[str] = []
    for sentence in re.findall(r"[^？?]+[？?]?", text):
        if not sentence.strip("？? \n"):
            continue
        for piece in cut_english(sentence) if is_english(sentence) else _at_commas(sentence):
            if pieces and not (_ASKS.search(pieces[-1]) and _ASKS.search(piece)):
                pieces[-1] += piece
            else:
                pieces.append(piece)
    return pieces


def _at_commas(sentence: str) -> list[str]:
    """Return the sentence cut at those commas that have asking words on both sides."""
    pieces: list[str] = []
    for piece in re.findall(r"[^，,；;]+[，,；;]?", sentence):
        if pieces and not (_ASKS.search(piece) and _ASKS.search(pieces[-1])):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return [*(piece.rstrip("，,；;") for piece in pieces[:-1]), *pieces[-1:]]


def _complete(piece: str, first: str) -> str:
    """Return a piece with what it leaves out, taken from the first part."""
    mark = "？" if re.search(r"[\u3400-\u9fff]", piece) else ""
    bare = piece.rstrip("？?")
    subject = first.rstrip("？?")
    if (match := _ELLIPTIC.match(bare)) and _RATE.fullmatch(match[1]):
        return f"{_topic(subject)}{match[1]}是多少{mark}"
    if (match := _ELLIPTIC.match(bare)) and (tail := _TAIL.search(subject)):
        return f"{match[1]}{_COUNTED.sub('多少', tail[0])}{mark}"
    elliptic = _DEPENDENT.match(bare) or len(_SAYS_NOTHING.sub("", bare)) < _FEWEST
    if mark and (elliptic or _lacks_subject(bare)):
        topic = _topic(subject, dated=not find_dates(bare))
        return f"{topic}{bare}{mark}" if len(topic) > 1 else piece
    if mark and (GIVEN.fullmatch(bare) or _LIES.match(bare)):
        return f"{take_apart(subject).subject}{bare}{mark}"
    return piece


def _lacks_subject(bare: str) -> bool:
    """Return whether a part begins with what is told or asked of a thing, not with the thing."""
    slots = take_apart(bare)
    return slots.verb[0] == 0 or (slots.asking[0] == 0 < slots.asking[1])


def _topic(first: str, dated: bool = True) -> str:
    """Return what a part is about: what stands before its predicate, with its date or without."""
    slots = take_apart(first)
    start, end = slots.topic
    topic = first[:end] if dated and start < slots.asking[0] else slots.of(slots.topic)
    return _BY_NOW.sub("", topic.rstrip("，,、 "))


_LIES = re.compile("属于|位于|地处|坐落")
_RATE = re.compile(r"(?:年均|同比)?(?:增速|增幅|增长率|降幅|涨幅|占比|比重)")
_BY_NOW = re.compile(r"(?:现在?|目前|原来|[吗呢呀])$")

# With fewer characters that say something a part leaves out what it is about.
_FEWEST = 2
_ASKING = re.compile(
    r"(?:一共|总共|分别|大约|约|各)?(?:是|有|为|达到?|在|到|过|破)?了?(?:近|超)?"
    r"(?:(?:多少|几)[万亿千百]*(?:平方米|公里|人次|个百分点|[个家所座项种类条名件辆户张艘支次人元吨亩岁]|台(?!阶))?|"
    r"多[大长高久快]|哪(?:里|儿|些|一?[个家所座项条位年天日月])|何时|什么(?:时候|地方|样的)?|谁|如何|怎么?样?)"
)
_SAYS_NOTHING = re.compile(
    rf"{_ASKING.pattern}|全国|全省|全球|世界|现在|目前|具体|又|还|再|也|排名?|居|是|有|的|了|过|"
    r"涉及|属于|惠及|提高|增加|新增|增长|增幅|年均|花|钱|第|在|五年|去年|今年|[？?，,\s]"
)


_FIGURE_ASK = re.compile(r"多少|几(?!乎)|多[大长高快久]|何时|谁|哪|什么")
_COUNTS = re.compile(r"多少|几")
_BETWEEN = re.compile(r"[，,、；;]|和(?!.{0,3}谐)|并|以及")


def split_asks(text: str) -> tuple[str, ...]:
    """Return the parts of a question, cut also where one clause asks twice (几个甲、几个乙).

    >>> split_asks("建成几座桥、几条路？")
    ('建成几座桥', '几条路？')
    """
    twice = (piece for part in split_parts(text) for piece in _twice(part))
    return tuple(piece for part in twice for piece in coordinated(part))


def _twice(part: str) -> tuple[str, ...]:
    """Return the part cut between its asking words."""
    asks = list(_FIGURE_ASK.finditer(part))
    if len(asks) < 2:
        return (part,)
    for before, after in pairwise(asks):
        cuts = list(_BETWEEN.finditer(part, before.end(), after.start()))
        if cuts:
            return (part[: cuts[-1].start()], *_twice(part[cuts[-1].end() :]))
        if 0 < after.start() - before.end() <= 3 and _COUNTS.fullmatch(after[0]):
            return (part[: after.start()], *_twice(part[after.start() :]))
    return (part,)
