"""What is asked for: the units of the answer, the attribute, the noun behind the asking words."""

import re

from qa.asking.noun_patterns import attribute_pattern, kind_pattern, verb_pattern
from qa.asking.tables import (
    attribute_units,
    measures,
    name_kinds,
    near_units,
    unit_kinds,
    unit_words,
)

_ASKED_UNIT = re.compile(
    r"(?:多少|几|百分之几|第几)(?P<scale>[十百千万亿]*)(?P<rest>[\u3400-\u9fffa-z%/]{0,12})"
)
# What looks like a unit behind 多少 or 几 and is none.
_NO_UNIT = ("台阶", "年前", "升到", "升至")
_CHANGE = "增长|提高|提升|下降|上升|降低|减少|增加|上涨|增|涨"
_AMOUNT = "个家人元亿万千百项户名座所公平吨亩米台辆条岁天年"
_RATE = re.compile(
    rf"(?:{_CHANGE})了?(?:百分之)?(?:多少|几)(?![{_AMOUNT}])|"
    r"增速|增幅|增长目标|增长预期|预期增长|增长计划|强度|涨幅|增长率|降幅|占比|比重|比例|幅度|[^效频产]率|"
    r"百分之几|几成|几个百分点|多快|增长得?(?:更|最)?[快慢高]|更快|增得|涨得|增长得|"
    r"\bby how much\b|\b(?:percent|percentage|share|proportion|rate|growth)\b|"
    r"\bhow (?:much|fast|quickly) did .{1,80}"
    r"\b(?:grow|rise|increase|fall|drop|decline|decrease|expand)\b(?! to\b)"
)
_CUT = re.compile(
    r"[，,。；;：:？?！!“”\"《》（）()、\s]|的|了|在|把|将|对|从|由|被|给|向|中|里|和"
)
_LINK = re.compile(
    r"(?:(?:一共|总共|共计|合计|累计|大约|大概|预计|力争|达到|达|共|约|已|要|能|会|有|为|是|到|至|了|又|"
    r"各|分别|实现|完成|突破|超过|叫|名为|控制在|做到|安排|升到|降到|提升到|提高到|增长到|占|在)\s?)++$"
)
_HOW_MANY = re.compile(r"\bhow many ((?:[\w'-]+ ?){1,5})")
_COUNTER = "个家所座项种类条位支届处只颗份大艘款片样部本首篇场门次架台件"
_HEAD_ZH = re.compile(
    rf"(?:哪(?:些|[几两二三四五六七八九十\d]+|一)?(?:[{_COUNTER}]|方面)?+|什么(?:样的)?|"
    r"多少[万亿千百]*[个家所座项种类条名件台辆户]?+|几[个家所座项种类条名件台辆户])的?"
    r"([\u3400-\u9fff]{1,12})"
)
_CALLED = re.compile(
    r"([\u3400-\u9fff]{2,8}?)的?(?:名字|名称|名)?(?:叫|是|为|各是)(?:什么|啥|哪|谁)|"
    r"([\u3400-\u9fff]{2})(?:名字|名称)"
)
_HEAD_END_ZH = re.compile(r"[^\u3400-\u9fff]|[的了是在有被将已会能各]")
_HEAD_EN = re.compile(
    r"\b(?:which|what|how many)(?: (?:is|are|was|were|the|two|three|four|five|six|seven|eight|nine|"
    r"ten|kinds? of|types? of))*((?: [a-z-]+){1,4})"
)
_HEAD_END_EN = re.compile(
    r" (?:(?:is|are|was|were|be|been|of|in|on|at|by|for|to|from|with|and|or|do|does|did|has|have|"
    r"had|will|can|that|made|became|took|opened|won|hosted|received)|[a-z]+ed)(?: |$).*"
)
# Where the noun phrase behind 多少 ends.
_PHRASE_END = re.compile(r"[^\u3400-\u9fff]|[的了是在有被将已会能]")
# An amount of which the question names the scale and no unit.
_SCALED = re.compile(r"(?:多少|几)(?:[十百千]*亿|万(?=[？?]?$))(?![\u3400-\u9fff])")
_MONEY = ("元", "美元")
_MEASURED_NOT = frozenset({"count", "people", "household"})


def asked_for(
    folded: str, lang: str, is_figure: bool, cue: re.Match[str] | None
) -> tuple[tuple[str, ...], str]:
    """Return the units that can answer, likeliest first, and the attribute in its words."""
    if cue is None:
        return (), ""
    if not is_figure:
        return (), _before(folded, cue.start(), lang) or _known_attribute(folded, lang, cue.start())
    if lang == "en" and (counted := _counted(folded)):
        return counted
    known = _known_attribute(folded, lang, cue.start())
    attribute = known or _before(folded, cue.start(), lang)
    if lang == "zh" and (written := written_units(folded)):
        return written, attribute
    if lang == "zh" and (noun := _counted_zh(folded)):
        return units_of(noun), noun
    if _SCALED.search(folded) and _may_be_money(known):
        return _MONEY, attribute
    if _RATE.search(folded):
        return ("%", "百分点", "倍"), attribute
    of_measure = (units for words, units in measures().items() if words in folded)
    return next(of_measure, units_of(known)), attribute


def units_of(attribute: str) -> tuple[str, ...]:
    """Return the units that measure an attribute, the likeliest first, () where it is unknown."""
    known = attribute_units()
    return known.get(attribute) or known.get(_singular(attribute)) or ()


def is_amount(attribute: str) -> bool:
    """Return whether an attribute is measured rather than counted."""
    units = units_of(attribute)
    return bool(units) and unit_kinds().get(units[0], "count") not in _MEASURED_NOT


def _counted(folded: str) -> tuple[tuple[str, ...], str] | None:
    """Return the units and the thing that "how many" counts."""
    match = _HOW_MANY.search(folded)
    if match is None:
        return None
    known = attribute_pattern("en").search(match[1])
    return (units_of(known[0]), known[0]) if known else (("个",), match[1].split()[0])


def _singular(word: str) -> str:
    """Return an English word without its plural ending."""
    return word[:-1] if word.isascii() and word.endswith("s") else word


def written_units(folded: str) -> tuple[str, ...]:
    """Return the units that the question itself writes behind 多少 or 几, the likeliest first."""
    for match in _ASKED_UNIT.finditer(folded):
        if match[0].startswith("第几"):
            return ("第",)
        if match[0].startswith("百分之几"):
            return ("%",)
        rest = match["rest"]
        if rest.startswith(_NO_UNIT):
            continue
        for size in range(min(len(rest), 6), 0, -1):
            if unit := unit_words().get(rest[:size]):
                return _kin(unit.name)
        if rest.startswith("成"):
            return ("%",)
        if match["scale"]:
            return ()
    return ()


def _may_be_money(attribute: str) -> bool:
    """Return whether 多少亿 behind an attribute is of money: nothing else is told to have any."""
    kinds = {unit_kinds().get(unit, "count") for unit in units_of(attribute)[:1]}
    return kinds <= {"count", "money"}


def _counted_zh(folded: str) -> str:
    """Return the noun of the table that 多少 or 几 counts or measures, "" when none."""
    asked = (match["rest"] for match in _ASKED_UNIT.finditer(folded))
    return next((noun for rest in asked if (noun := _noun(rest))), "")


def _noun(rest: str) -> str:
    """Return the last of the nouns that a phrase begins with (项目资金), or that it ends with."""
    pattern, noun, at = attribute_pattern("zh"), "", 0
    while match := pattern.match(rest, at):
        noun, at = match[0], match.end()
    end = _PHRASE_END.search(rest)
    phrase = rest[: end.start()] if end else rest
    return noun or next((m[0] for m in pattern.finditer(phrase) if m.end() == len(phrase)), "")


def _kin(unit: str) -> tuple[str, ...]:
    """Return a unit with those that reports put in its place."""
    return (unit, *near_units().get(unit, ()))


def _known_attribute(folded: str, lang: str, at: int) -> str:
    """Return the attribute of the table that stands nearest to the asking words."""
    best, nearest = "", 1 << 20
    for match in attribute_pattern(lang).finditer(folded):
        away = at - match.end() if match.end() <= at else 2 * (match.start() - at)
        if away < nearest or (away == nearest and len(match[0]) > len(best)):
            best, nearest = match[0], away
    return best


def _before(folded: str, at: int, lang: str) -> str:
    """Return the noun phrase that ends where the asking words begin."""
    if lang == "en":
        return ""
    phrase = _LINK.sub("", folded[max(0, at - 24) : at].rstrip())
    parts = [part for part in _CUT.split(phrase) if part]
    return parts[-1][-12:] if parts else ""


def asked_head(folded: str, lang: str, cue: re.Match[str] | None) -> str:
    """Return the noun that 哪些, 哪个, which or what asks after, "" when none."""
    if cue is None:
        return ""
    match = (_HEAD_EN if lang == "en" else _HEAD_ZH).search(folded)
    if match is None:
        called = _CALLED.search(folded) if lang == "zh" else None
        if called is None:  # a headline that ends in its noun, which then is the cue
            noun = kind_pattern(lang).match(folded, cue.start())
            return noun[0] if noun else ""
        return (called[1] or called[2])[-2:]
    if lang == "en":
        return _HEAD_END_EN.sub("", match[1] + " ").strip()
    if named := kind_pattern(lang).match(match[1]):
        return named[0]
    head = match[1]
    end = _HEAD_END_ZH.search(head)
    head = head[: end.start()] if end else head
    verb = verb_pattern().search(head, 2)
    return head[: verb.start()] if verb else head


def name_endings(folded: str, lang: str, head: str) -> tuple[str, ...]:
    """Return how names end of what a question asks after, () where that is not known.

    The kind stands in the head, or else nearest behind the asking word (哪家…的公司), or, where
    that has no head at all, before it.
    """
    kinds = name_kinds()
    if head in kinds:
        return kinds[head]
    ask = _WHICH.search(folded)
    if ask is None:
        return ()
    pattern = kind_pattern(lang)
    match = pattern.search(head)
    if match is None and lang == "zh":
        match = pattern.search(folded, ask.end(), ask.end() + 16)
    if match is None and lang == "zh" and _NO_NOUN.fullmatch(head):
        behind = [m for m in pattern.finditer(folded, 0, ask.start()) if len(m[0]) > 1]
        match = behind[-1] if behind else None
    return kinds.get(match[0], kinds.get(_singular(match[0]), ())) if match else ()


# A head that names no kind: a counter, or the word name itself.
_NO_NOUN = re.compile(rf"(?:[一几两二三四五六七八九十\d]*(?:[{_COUNTER}]|些)?|[全校]?名[字称]?)?")
_WHICH = re.compile(r"哪|什么|啥|何|\b(?:which|what)\b")
