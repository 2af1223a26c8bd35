"""What is asked: the kind of answer, its units, the attribute, the words that carry content."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from qa.dates import years
from qa.fold import fold_with_offsets
from qa.parts import split_parts
from qa.tables import attribute_units, cues, places, unit_kinds, unit_words, verbs

__all__ = ["Kind", "Question", "parse_question", "split_parts"]

Kind = Literal[
    "figure", "date", "person", "place", "name", "list", "yes_no", "comparison", "summary",
    "definition", "reason", "manner", "document", "other",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart; `content` are spans of `text`, all words are of `folded`.

    `units` are base units of which the answer has one, empty where any will do; `several` says
    that more than one figure or name is asked for, `unit_written` that the question itself writes
    the unit.
    """

    text: str
    folded: str
    lang: Literal["zh", "en"]
    kind: Kind
    units: frozenset[str]
    attribute: str
    head: str
    content: tuple[tuple[int, int], ...]
    years: frozenset[int]
    places: frozenset[str]
    scope_hint: str
    is_vague: bool
    several: bool = False
    unit_written: bool = False

    @property
    def terms(self) -> tuple[str, ...]:
        """The words that carry content, folded, in order."""
        return tuple(fold_with_offsets(self.text[a:b])[0] for a, b in self.content)


# Words that ask or join, and say nothing about the thing asked for.
_EMPTY_ZH = re.compile(
    r"请问|请(?:告诉|帮|列|你|说|给)?|告诉我|帮我|我想(?:知道|问|了解)|想问|麻烦|能否|能不能(?:告诉)?|你(?:知道|能)|"
    r"介绍一下|介绍下|列[举出]|简[述要]|概[述括]|总结|归纳|说明|说说|谈谈|"
    r"(?:(?:一共|总共|共计|大约|大概|约|达|共|有|为|是|在|分别|各|到|又|已|能){0,4}+)"
    r"(?:多少(?:[万亿千百]*(?:平方公里|平方米|立方米|公里|千瓦时|千瓦|公顷|小时|人次|美元|[个家项座所名条次件种类台套辆艘架部户处支元吨亩斤米岁年天倍]))?|几[个家项座所名条次件种类台套辆艘架部户处支成]?)|"
    r"多[大长高宽重深远快久厚]|百分之几|第几|为什么|为何|为啥|"
    r"什么时候|什么时间|什么地方|什么人|什么样|什么|何[时日年月地处人种]|啥|"
    r"哪(?:些|里|儿|一?[个家所座项年天日月位种届处]|[几两三四五六七八九十]+[个项种类家所座大条年天]?)|在?哪|谁|"
    r"怎么样|怎样|怎么|如何|咋|是否|有没有|有无|是不是|分别(?:是|为|有)?|各(?:自|是|有)|"
    r"(?:这|该|本)(?:份|篇|个)?(?:报告|文件|文档|材料)(?:里|中|提到|指出|说|介绍)?的?|报告(?:里|中|提到的?|提出的?|指出|说的?|介绍)|文中|"
    r"(?<!目)的|了|吗|呢|吧|嘛|呀|啊|么(?=[?？ ]|$)|[是又也就还](?![a-z])|(?:，|,)?其中|具体|情况"
)
_EMPTY_EN = frozenset(
    """a an the of in on at by for to from with and or is are was were be been being do does did has
    have had what which who whom whose when where why how many much long large big high far old
    often there it its this that these those as into any all some please tell me about list name
    give say says said report document according can could will would should may i you we they
    their his her he she not than then so if also each other more one ones total s""".split()
)
_WORD_EN = re.compile(r"[a-z0-9]+(?:[.'-][a-z0-9]+)*%?|[\u3400-\u9fff]+")
_WORD_ZH = re.compile(r"[\w%]+")
# Content that names no subject: a question of only these is vague.
_GENERIC = re.compile(
    r"(?:更多|继续|详细|细节|情况|内容|报告|文件|资料|信息|数据|介绍|问题|东西|事情?|说|讲|看|有|没|好|再|"
    r"看法|意见|主要|一下|一些|其他|别的|还有|more|details?|info(?:rmation)?|things?|else|go on|continue|really|ok)+"
)
_SCOPE = re.compile(
    r"在?[“\"「《『]([^”\"」》』]{1,60})[”\"」》』](?:这|那|本|该)?(?:一)?(?:个)?(?:节|章|部分|小节|章节|标题下|栏目|条目|段)|"
    r"\b(?:in|under|of) the (?:section|chapter|part|heading) (?:on |about |titled |called |entitled |named )?[“\"']([^”\"']{1,120})[”\"']|"
    r"\b(?:in|under) the [“\"']([^”\"']{1,120})[”\"'] (?:section|chapter|part|heading)|"
    r"(?:^|[，,。\s])在([^，。？?“”在]{2,30}?)(?:这|那)?一(?:节|章|部分)[里中]?"
)
_SEVERAL = re.compile(
    r"分别|各(?:是|为|有|自|占|达|增|降|几|多|要|完成|花|投|建)|各$|和.{1,10}各|双方|"
    r"(?:多少|几).{1,30}(?:多少|几)|从.{0,10}(?:多少|几).{0,8}到|"
    r"\b(?:respectively|each|both)\b|\b(?:which|what) (?:two|three|four|five|six)\b|how (?:many|much).+\band (?:how|by|what)"
)
_ASKED_UNIT = re.compile(
    r"(?:多少|几|百分之几|第几)(?P<scale>(?:十|百|千|万|亿)*)(?P<rest>[\u3400-\u9fffa-z%/]{0,8})"
)
_RATE = re.compile(
    r"(?:增长|提高|提升|下降|上升|降低|减少|增加|上涨|增|涨)(?:了)?(?:百分之)?(?:多少|几)(?![个家人元亿万千百项户名座所公平吨亩米台辆条岁天年])|"
    r"(?:增速|增幅|增长目标|增长预期|预期增长|增长计划|强度|涨幅|增长率|降幅|占比|比重|比例|[^效频]率)|百分之几|几成|几个百分点|多快|增长(?:得)?(?:更|最)?[快慢高]|更快|增得|涨得|增长得|"
    r"\bby how much\b|\bby what (?:percentage|percent)|\b(?:percent|percentage|share|proportion|rate|growth)\b|"
    r"\bhow (?:much|fast|quickly) did .{1,80}\b(?:grow|rise|increase|fall|drop|decline|decrease|expand)\b(?! to\b)"
)
_LONG_UNITS = {"多长": "米 年 天 小时 月", "多久": "年 月 天 小时", "多重": "千克", "多高": "米 % 元", "多宽": "米",
               "多深": "米", "多远": "米", "多厚": "米", "how long": "年 月 天 小时 米", "how far": "米",
               "how old": "岁", "how tall": "米", "how heavy": "千克", "how thick": "米", "how deep": "米",
               "how wide": "米"}  # fmt: skip
_CUT = re.compile(r"[，,。；;：:？?！!“”\"《》（）()、\s]|的|了|在|把|将|对|从|由|被|给|向|中|里|和")
_LINK = re.compile(
    r"(?:(?:一共|总共|共计|合计|累计|大约|大概|预计|力争|达到|达|共|约|已|要|能|会|有|为|是|到|至|了|又|各|分别|实现|完成|"
    r"突破|超过|叫|名为|控制在|做到|安排|升到|降到|提升到|提高到|增长到|占|在)\s?)++$"
)


def parse_question(text: str) -> Question:
    """Return what the question asks for; never raises."""
    folded, offsets = fold_with_offsets(text)
    folded = folded.rstrip()
    lang = _language(folded)
    hint = _scope_hint(folded)
    kind, cue = _kind(folded, lang)
    units, attribute = _asked(folded, lang, kind, cue)
    spans = _content(folded, lang)
    return Question(
        text=text,
        folded=folded,
        lang=lang,
        kind=kind,
        units=frozenset(units),
        attribute=attribute,
        head=_head(folded, lang, cue),
        content=tuple((offsets[a], offsets[b - 1] + 1) for a, b in spans),
        years=frozenset(years(folded)),
        places=frozenset(_places(folded, lang)),
        scope_hint=hint,
        is_vague=_is_vague(folded, spans, lang, kind),
        several=bool(_SEVERAL.search(folded)),
        unit_written=lang == "zh" and bool(_written_unit(folded)),
    )


def _language(folded: str) -> Literal["zh", "en"]:
    """Return the language of a question; a Chinese word or two in English leave it English."""
    ideographs = len(re.findall(r"[\u3400-\u9fff]", folded))
    return "en" if len(re.findall(r"[a-z]", folded)) > 4 * ideographs else "zh"


def _kind(folded: str, lang: str) -> tuple[Kind, re.Match[str] | None]:
    """Return the kind of a question and the words that showed it."""
    for kind, language, pattern in cues():
        if language == lang and (match := pattern.search(folded)):
            if kind == "name" and _asks_amount(folded, lang, match):
                return "figure", match
            return kind, match  # type: ignore[return-value]
    ends = list(_attribute_pattern(lang).finditer(folded))
    if ends and not folded[ends[-1].end() :].strip("？? ") and _is_amount(ends[-1][0]):
        return "figure", ends[-1]
    return "other", None


def _asks_amount(folded: str, lang: str, cue: re.Match[str]) -> bool:
    """Return whether 什么 or what asks after something that is measured (什么价格)."""
    pattern = _attribute_pattern(lang)
    if lang == "zh":
        match = pattern.match(folded, cue.end())
        return match is not None and _is_amount(match[0])
    return folded.startswith("what ") and any(_is_amount(m[0]) for m in pattern.finditer(folded))


def _is_amount(attribute: str) -> bool:
    """Return whether an attribute is measured rather than counted."""
    units = attribute_units().get(attribute) or attribute_units().get(_singular(attribute)) or ("",)
    return unit_kinds().get(units[0], "count") not in {"count", "people", "household"}


def _scope_hint(folded: str) -> str:
    """Return the heading that the question limits itself to, "" when none."""
    match = _SCOPE.search(folded)
    return next((group for group in match.groups() if group), "").strip() if match else ""


def _content(folded: str, lang: str) -> list[tuple[int, int]]:
    """Return the spans of the words that carry content."""
    if lang == "en":
        words = _WORD_EN.finditer(folded)
        return [word.span() for word in words if word[0] not in _EMPTY_EN]
    blank = _EMPTY_ZH.sub(lambda match: " " * len(match[0]), folded)
    return [word.span() for word in _WORD_ZH.finditer(blank)]


def _is_vague(folded: str, spans: list[tuple[int, int]], lang: str, kind: Kind) -> bool:
    """Return whether the question names no subject."""
    words = [folded[a:b] for a, b in spans]
    return kind != "document" and all(_GENERIC.fullmatch(word) for word in words)


def _places(folded: str, lang: str) -> set[str]:
    """Return the places that the question names, in Chinese."""
    pattern = _place_pattern(lang)
    return {places()[match[0]] for match in pattern.finditer(folded)}


@cache
def _place_pattern(lang: str) -> re.Pattern[str]:
    """Return the pattern of the names of places in one language, longest first."""
    names = sorted((n for n in places() if n.isascii() == (lang == "en")), key=len, reverse=True)
    pattern = "|".join(map(re.escape, names))
    return re.compile(rf"\b(?:{pattern})\b" if lang == "en" else pattern)


def _asked(
    folded: str, lang: str, kind: Kind, cue: re.Match[str] | None
) -> tuple[tuple[str, ...], str]:
    """Return the units that can answer, likeliest first, and the attribute in its words."""
    if cue is None:
        return (), ""
    if kind not in {"figure", "comparison"}:
        return (), _before(folded, cue.start(), lang) or _known_attribute(folded, lang, cue.start())
    attribute = _known_attribute(folded, lang, cue.start())
    written = _written_unit(folded) if lang == "zh" else ()
    if lang == "en" and (counted := _counted(folded)):
        return counted
    if written:
        return written, attribute or _before(folded, cue.start(), lang)
    if _RATE.search(folded):
        return ("%", "百分点", "倍"), attribute or _before(folded, cue.start(), lang)
    for words, units in _LONG_UNITS.items():
        if words in folded:
            return tuple(units.split()), attribute or _before(folded, cue.start(), lang)
    units = attribute_units().get(attribute) or attribute_units().get(_singular(attribute)) or ()
    return units, attribute or _before(folded, cue.start(), lang)


_HOW_MANY = re.compile(r"\bhow many ((?:[\w'-]+ ?){1,5})")


def _counted(folded: str) -> tuple[tuple[str, ...], str] | None:
    """Return the units and the thing that "how many" counts."""
    match = _HOW_MANY.search(folded)
    if match is None:
        return None
    known = _attribute_pattern("en").search(match[1])
    if known is None:
        return ("个",), match[1].split()[0]
    word = known[0]
    return attribute_units().get(word) or attribute_units()[_singular(word)], word


def _singular(word: str) -> str:
    """Return an English word without its plural ending."""
    return word[:-1] if word.isascii() and word.endswith("s") else word


def _written_unit(folded: str) -> tuple[str, ...]:
    """Return the unit that the question itself writes behind 多少 or 几."""
    for match in _ASKED_UNIT.finditer(folded):
        if match[0].startswith("第几"):
            return ("第",)
        if match[0].startswith("百分之几"):
            return ("%",)
        rest = match["rest"]
        if rest.startswith(("台阶", "年前", "升到", "升至")):
            continue
        for size in range(min(len(rest), 6), 0, -1):
            if unit := unit_words().get(rest[:size]):
                return _kin(unit.name)
        if rest.startswith("成"):
            return ("%",)
        if units := _noun_units(rest):
            return units
        if match["scale"]:
            return ()
    return ()


def _noun_units(rest: str) -> tuple[str, ...]:
    """Return the units that count the noun a phrase begins with."""
    for size in range(len(rest), 0, -1):
        if units := attribute_units().get(rest[:size]):
            return units
    return ()


def _kin(unit: str) -> tuple[str, ...]:
    """Return a unit with those that reports put in its place."""
    near = {"家": ("户", "个"), "户": ("家", "个", "人"), "人": ("人次", "户", "个"), "项": ("个", "件"),
            "个": ("项", "家", "座", "所", "处", "人", "户", "条"), "千瓦": (), "件": ("项", "个"),
            "所": ("个", "家"), "座": ("个",), "元": ("美元",), "百分点": ("%",), "人次": ("人",),
            "天": ("年", "月"), "台": ("套", "辆"), "套": ("户", "个", "台"), "种": ("个", "类", "项", "款")}  # fmt: skip
    return (unit, *near.get(unit, ()))


def _known_attribute(folded: str, lang: str, at: int) -> str:
    """Return the attribute of the table that stands nearest to the asking words."""
    best, nearest = "", 1 << 20
    for match in _attribute_pattern(lang).finditer(folded):
        away = at - match.end() if match.end() <= at else 2 * (match.start() - at)
        if away < nearest or (away == nearest and len(match[0]) > len(best)):
            best, nearest = match[0], away
    return best


@cache
def _attribute_pattern(lang: str) -> re.Pattern[str]:
    """Return the pattern of the attributes of one language, longest first."""
    latin = lang == "en"
    words = [w for w in attribute_units() if w.isascii() == latin or w.isascii()]
    pattern = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.compile(rf"\b(?:{pattern})s?\b" if latin else pattern)


def _before(folded: str, at: int, lang: str) -> str:
    """Return the noun phrase that ends where the asking words begin."""
    if lang == "en":
        return ""
    phrase = _LINK.sub("", folded[max(0, at - 24) : at].rstrip())
    parts = [part for part in _CUT.split(phrase) if part]
    return parts[-1][-12:] if parts else ""


_HEAD_ZH = re.compile(
    r"(?:哪(?:些|[几两二三四五六七八九十\d]+|一)?(?:[个家所座项种类条位支部届处只颗份大艘款片样]|方面)?+|什么(?:样的)?|"
    r"多少[万亿千百]*[个家所座项种类条名件台辆户]?+|几[个家所座项种类条名件台辆户])的?([\u3400-\u9fff]{1,12})"
)
_HEAD_EN = re.compile(
    r"\b(?:which|what|how many)(?: (?:is|are|was|were|the|two|three|four|five|six|seven|eight|nine|ten|kinds? of|types? of))*((?: [a-z-]+){1,4})"
)
_CALLED = re.compile(r"([\u3400-\u9fff]{2,8}?)(?:的)?(?:名字|名称|名)?(?:叫|是|为|各是)(?:什么|啥|哪|谁)|([\u3400-\u9fff]{2})(?:名字|名称)")
_HEAD_END_ZH = re.compile(r"[^\u3400-\u9fff]|[的了是在有被将已会能各]")
_HEAD_END_EN = re.compile(
    r" (?:is|are|was|were|be|been|of|in|on|at|by|for|to|from|with|and|or|do|does|did|has|have|had|will|can|that|made|became|took|opened|won|hosted|received)(?: |$).*| [a-z]+ed(?: |$).*"
)


def _head(folded: str, lang: str, cue: re.Match[str] | None) -> str:
    """Return the noun that 哪些, 哪个, which or what asks after, "" when none."""
    if cue is None:
        return ""
    match = (_HEAD_EN if lang == "en" else _HEAD_ZH).search(folded)
    if match is None:
        called = _CALLED.search(folded) if lang == "zh" else None
        return (called[1] or called[2])[-2:] if called else ""
    if lang == "en":
        return _HEAD_END_EN.sub("", match[1] + " ").strip()
    head = match[1]
    end = _HEAD_END_ZH.search(head)
    head = head[: end.start()] if end else head
    verb = _verb().search(head, 2)
    return head[: verb.start()] if verb else head


@cache
def _verb() -> re.Pattern[str]:
    """Return the pattern of the words that end a noun phrase."""
    return re.compile("|".join(re.escape(word) for word in verbs()))
