"""Chinese follow-ups: what a question leans on, and the question that is meant."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from qa.asking.dates import is_date
from qa.asking.followup.described import describes
from qa.asking.followup.nouns import is_attribute, is_countable, is_place, words
from qa.asking.followup.pairs import choose
from qa.asking.followup.relative_year import find_year, leans, settle
from qa.asking.followup.slots import ASKING, Slots, Span, plain_of, take_apart, verb_at
from qa.asking.followup.substitute import ORDINAL, put_in, replace, thing_of

Meant = Callable[[Sequence[Slots], int | None], str | None]

_MOST = 60  # a longer question says what it is about
_THEN = re.compile(
    r"(?:那么?(?![里儿些个年一曲坡不时阵艘台座家种项份位名支条辆架只头块次批届场栋\d])|"
    r"而且?|以及|然后|另外|还有(?![哪什多])|好的?|嗯|[，, ])+"
)
_FRAGMENT = re.compile(r"([^？?，,。；;]{1,24}?)(?:的)?呢[？?。！! ]*")
_FRAGMENT_AND = re.compile(r"([^？?，,。；;]{1,24}?)呢[，,？?]\s*")
_PRONOUN = re.compile(
    r"(?P<they>[它他她]们)|(?P<it>[它他她](?![们人]))|(?P<its>其(?![中他它实余次间一二]))|"
    r"(?P<here>(?:那里|那儿|当地|这里|这儿)(?=[一总共]*有|的|是))|"
    r"(?P<this>(?:这一?|那一?(?!些)|该|此|上述)(?!阵子|年头|\d)(?!份[^，。？?]{0,12}(?:报告|说明|公报|决定|建议|文件|《))"
    r"[个家所座项种类条批款部位名套台颗份些]?)"
)
_ITS = re.compile(r"(?:[它他她]们?的|其(?![中他它实余次间一二]))(?=.)")
_BEFORE_PRONOUN = re.compile(
    r"(?:请问|那么|那|谁|由|是|在|对|把|为什么|什么时候|何时|怎么|如何|又|还|而|截至|目前|现在|到底|一共|为何|"
    r"哪(?:些|一?[个家]|几[个家])?(?:单位|部门|机构|企业|公司|国家|人|专家|团队)?|批准|参与|负责|建设|建造|设计|资助|"
    r"承担|运营|管理|牵头|组建|使用|支持|提出|发布|了|的|过|[，, ])*"
)
_OFTEN = re.compile(r"(?:平均)?(?:一年|每年|每天|一天|每月)")
_WITHIN = re.compile(r"(?:在)?(?:这)?其中[，, ]*")
_CLAUSES = re.compile(r"[，,；;。？?！!\n](?=.)")
_CHOICE = re.compile(
    r"(?:(?P<second>第二[个项家座种]|后者|后一[个项家座种])|(?P<first>第一[个项家座种]|前者|前一[个项家座种])|"
    r"(?P<other>另外?一[个项家座种方]))(?=[的是有呢共发位建叫何什哪多]|$)"
)
_COUNTERS = "少个家项条座所"
# How much was given, without a word on what it was given to.
GIVEN = re.compile(
    r"(?:获得?|得到)?(?:中央|地方|国家|各级|上级|[省市区县]里?)*(?:财政|政府|专项|资金|经费)*"
    r"(?:一?共|总共|累计|又|还|也|已|各)*(?:给予?|拨付?|支持|资助|补助|补贴|配套|出|投入?|安排)了?"
    r"(?:资金|经费)?(?:多少|几)[万亿元钱资金经费]*[？?]?"
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question without its closing marks and its 那; `marked` says that it had one."""

    text: str
    plain: str
    marked: bool

    @classmethod
    def of(cls, question: str) -> "_Asked":
        plain = plain_of(question)
        end = len(plain.rstrip("？?。！! "))
        then = _THEN.match(plain, 0, end)
        start = then.end() if then and then.end() < end else 0
        return cls(question[start:end], plain[start:end], start > 0)

    def put(self, span: Span, words: str) -> "_Asked":
        text = self.text[: span[0]] + words + self.text[span[1] :]
        return _Asked(text, plain_of(text), self.marked)


def leaning_chinese(question: str) -> Meant | None:
    """Return how to complete a question whose wording leans on another, None where it does not.

    What is returned takes the earlier questions, latest first and never none, and the report's
    year; it returns the question that is meant, or None where nothing fits.
    """
    if len(question) > _MOST:
        return None
    asked = _Asked.of(question)
    for recognise in (_choice, _fragment, _fragment_and, _pronoun, _clause):
        if meant := recognise(asked):
            return meant
    return None


def _choice(asked: _Asked) -> Meant | None:
    """Recognise 前者, 后者 and 另一个 of two that were named before."""
    match = _CHOICE.search(asked.plain)
    if match is None or not _BEFORE_PRONOUN.fullmatch(asked.plain, 0, match.start()):
        return None
    return partial(_choose, asked, match)


def _choose(
    asked: _Asked, match: re.Match[str], earlier: Sequence[Slots], _: int | None
) -> str | None:
    choice = choose(match.lastgroup or "", earlier)
    if choice is None:
        return None
    if ASKING.search(asked.plain):
        return asked.put(match.span(), choice.meant).text
    if choice.both:
        return replace(earlier[0], choice.both, choice.meant).replace("分别", "")
    return earlier[0].text.replace(choice.other, choice.meant)


def _fragment(asked: _Asked) -> Meant | None:
    """Recognise 那外省呢, and 外省 where it can be nothing but a part of a question."""
    match = _FRAGMENT.fullmatch(asked.plain)
    if match is None and (ASKING.search(asked.plain) or len(asked.plain) > 16):
        return None
    if match is None and not asked.marked and not _names_slot(asked.plain):
        return None
    end = match.end(1) if match else len(asked.plain)
    within = _WITHIN.match(asked.plain)
    start = within.end() if within else 0
    own = _ITS.match(asked.plain, start, end)
    start = own.end() if own else start
    plain = asked.plain[start:end]
    if not plain or ASKING.search(plain) or _PRONOUN.fullmatch(plain):
        return None
    return lambda earlier, document: put_in(earlier[0], asked.text[start:end], document)


def _names_slot(plain: str) -> bool:
    """Return whether the whole text is a year, an ordinal or a place without a name."""
    year = leans(plain) == (0, len(plain))
    return year or bool(ORDINAL.fullmatch(plain)) or plain in words("somewhere")


def _fragment_and(asked: _Asked) -> Meant | None:
    """Recognise 旅客呢，有多少人次."""
    match = _FRAGMENT_AND.match(asked.plain)
    if match is None or not ASKING.search(asked.plain, match.end()) or ASKING.search(match[1]):
        return None
    return partial(_name_and_rest, asked, match)


def _name_and_rest(
    asked: _Asked, match: re.Match[str], earlier: Sequence[Slots], _: int | None
) -> str | None:
    before = earlier[0]
    name, rest = asked.text[: match.end(1)], asked.text[match.end() :]
    owner = before.of(before.entity)
    if is_attribute(match[1]) or is_countable(match[1]) or len(name) < 4 <= len(owner):
        return f"{before.time}{owner}的{name}{rest}"
    if is_date(name):
        return put_in(before, name, None)
    return f"{'' if find_year(asked.plain) else before.time}{name}{rest}"


def _pronoun(asked: _Asked) -> Meant | None:
    """Recognise 它, 其 and 这个中心 where nothing before it in the question can be meant."""
    match = _PRONOUN.search(asked.plain)
    if match is None or not _BEFORE_PRONOUN.fullmatch(asked.plain, 0, match.start()):
        return None
    if match["this"] and describes(asked.plain, match.end()):
        return None
    outside = match["this"] and asked.plain.startswith(tuple(words("outside")), match.end())
    if outside or leans(asked.plain[match.start() :]):
        return None
    return partial(_name_subject, asked, match)


def _name_subject(
    asked: _Asked, match: re.Match[str], earlier: Sequence[Slots], _: int | None
) -> str | None:
    before, span = earlier[0], match.span()
    if match["this"]:
        span, meant = _named(asked, before, span)
    elif match["they"] and before.thing[0] < before.thing[1]:
        meant = thing_of(before)
    else:
        meant = before.subject
    return asked.put(span, f"{meant}的" if match["its"] else meant).text if meant else None


def _named(asked: _Asked, before: Slots, span: Span) -> tuple[Span, str]:
    """Return the span of 这个中心 and what it means."""
    start, plain = span[1], asked.plain
    for size in range(min(12, len(plain) - start), 1, -1):
        at = before.plain.rfind(plain[start : start + size])
        if before.topic[0] <= at < before.topic[1]:
            return (span[0], start + size), before.text[before.topic[0] : at + size]
        if before.thing[0] <= at < before.thing[1]:
            return (span[0], start + size), thing_of(before)
    asking = ASKING.search(plain, start)
    last = min(asking.start() if asking else len(plain), start + 6)
    stop = start
    while stop < last and plain[stop] != "的" and verb_at(plain, stop, last) == stop:
        stop += 1
    return (span[0], start if plain[start:stop] == "方面" else stop), before.subject


def _clause(asked: _Asked) -> Meant | None:
    """Recognise a question that lacks its subject: 同比增长了多少, 其中在建的有几个."""
    if not ASKING.search(asked.plain):
        return None
    within = _WITHIN.match(asked.plain)
    if within and within.end() < len(asked.plain):
        rest = asked.text[within.end() :]
        return lambda earlier, _: f"{earlier[0].time}{thing_of(earlier[0])}中，{rest}"
    year = leans(asked.plain)
    if asked.marked or (year and _BEFORE_PRONOUN.fullmatch(asked.plain, 0, year[0])):
        return partial(_complete, asked)
    if _CLAUSES.search(asked.plain):
        return None
    if GIVEN.fullmatch(asked.plain):
        return lambda earlier, _: f"{earlier[0].time}{earlier[0].subject}{asked.text}"
    return partial(_complete, asked) if _lacks_subject(take_apart(asked.text)) else None


def _lacks_subject(slots: Slots) -> bool:
    """Return whether a question of one clause, without marks, leaves out what it is about."""
    topic = slots.plain[slice(*slots.topic)]
    told = slots.plain[slice(*slots.thing)]
    if _is_bare(slots, topic):
        return slots.asks_figure or not slots.times
    if slots.topic[0] >= slots.asking[1]:
        often = _OFTEN.match(slots.plain) and "了" in slots.of(slots.verb)
        return not told and (bool(often) or (_is_generic(topic) and slots.asking[0] < 6))
    plainly = verb_at(told, 0, len(told)) == len(told)
    return (plainly and _is_generic(topic)) or _is_part(slots, topic)


def _is_bare(slots: Slots, topic: str) -> bool:
    """Return whether there are only verbs."""
    if not topic or slots.topic[0] < slots.asking[1]:
        return not topic
    if slots.thing[0] < slots.thing[1]:
        return False
    told = slots.plain.endswith("的") and len(topic) <= 2 and not slots.asks_figure
    return told or verb_at(topic, 0, len(topic)) == len(topic)


def _is_generic(topic: str) -> bool:
    return topic in words("attribute") or topic in words("countable")


def _is_part(slots: Slots, topic: str) -> bool:
    """Return whether the topic is but an ordinal or a place, and nothing says what is counted."""
    counted = slots.thing[0] < slots.thing[1]
    last = slots.plain[slots.asking[1] - 1]
    part = ORDINAL.fullmatch(topic) is not None or is_place(topic)
    return part and not counted and slots.asks_figure and last in _COUNTERS


def _complete(asked: _Asked, earlier: Sequence[Slots], document: int | None) -> str | None:
    """Return the question with its subject."""
    before = earlier[0]
    if year := settle(asked.plain, find_year(before.plain), document):
        asked = asked.put(year[:2], year[2])
    slots = take_apart(asked.text)
    topic = slots.plain[slice(*slots.topic)]
    if _is_bare(slots, topic):
        return _with_verb(slots, before)
    if slots.topic[0] >= slots.asking[1]:
        return _join(slots, before, before.subject)
    return _with_topic(asked, slots, topic, before)


def _with_verb(slots: Slots, before: Slots) -> str | None:
    """Return the question for one that has nothing but verbs: 增长了多少, 为什么, 是谁批的."""
    verb, told = slots.of(slots.verb), before.plain[slice(*before.verb)]
    asks = slots.of(slots.asking)
    counted = before.thing[0] < before.thing[1]
    if counted and asks == "多少" and verb and verb.rstrip("了")[-2:] in told:
        rest = before.text[before.asking[0] : before.thing[1]]
        return f"{slots.time or before.time}{before.of(before.topic)}{verb}{rest}"
    changes = words("change")
    if asks in {"为什么", "为何", "为啥"} and any(word in told for word in changes):
        return f"{before.time}{before.of(before.topic)}{asks}{before.of(before.verb)}"
    changed = before.asks_figure and any(word in verb for word in changes)
    if changed or slots.asks_figure or not is_attribute(before.plain[slice(*before.attribute)]):
        return _join(slots, before, thing_of(before) if changed else before.of(before.topic))
    return _join(slots, before, before.subject)


def _with_topic(asked: _Asked, slots: Slots, topic: str, before: Slots) -> str | None:
    """Return the question for one whose topic is but a part of one: 产值是多少, 第2轮有多少个."""
    counted = slots.thing[0] < slots.thing[1]
    attribute = is_attribute(topic) and not counted and not slots.time
    if _is_generic(topic) or attribute:
        return _join(slots, before, f"{before.subject}的")
    plainly = slots.of(slots.asking) == "多少" and slots.of(slots.verb) in {"", "是", "有"}
    if _is_part(slots, topic) or (plainly and not counted):
        return put_in(before, asked.text[: slots.topic[1]], None)
    if slots.time or not before.time or not slots.asks_figure:
        return asked.text
    return before.time + asked.text


def _join(slots: Slots, before: Slots, subject: str) -> str | None:
    """Return the question with a subject, and the date of the one before where it names none."""
    if not subject:
        return None
    if slots.times and slots.times[0][0] == 0:
        end = slots.times[0][1]
        return slots.text[:end] + subject + slots.text[end:].lstrip("，, ")
    return f"{before.time if slots.asks_figure else ''}{subject}{slots.text}"
