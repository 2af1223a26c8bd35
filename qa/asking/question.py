"""What is asked: the kind of answer, its units, the attribute, the words that carry content."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from qa.asking.asked import asked_for, asked_head, is_amount, written_units
from qa.asking.dates import years
from qa.asking.itself import Facet, of_itself
from qa.asking.noun_patterns import attribute_pattern, kind_pattern
from qa.asking.parts import split_parts
from qa.asking.tables import cues, empty_words, places
from qa.fold import fold_with_offsets

__all__ = ["Kind", "Question", "parse_question", "split_parts"]

Kind = Literal[
    "figure", "date", "person", "place", "name", "list", "yes_no", "comparison", "summary",
    "definition", "reason", "manner", "other",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart; `content` are spans of `text`, all words are of `folded`.

    `terms` are the words that carry content, folded, in order.
    `units` are base units of which the answer has one, empty where any will do; `several` says
    that more than one figure or name is asked for, `unit_written` that the question itself writes
    the unit, which then is `asked_unit`. `of_itself` says what is asked of the document itself,
    empty where the question is about what the document tells.
    """

    text: str
    folded: str
    lang: Literal["zh", "en"]
    kind: Kind
    units: frozenset[str]
    attribute: str
    head: str
    content: tuple[tuple[int, int], ...]
    terms: tuple[str, ...]
    years: frozenset[int]
    places: frozenset[str]
    scope_hint: str
    is_vague: bool
    several: bool = False
    unit_written: bool = False
    asked_unit: str = ""
    of_itself: frozenset[Facet] = frozenset()


# Words that ask or join, and say nothing about the thing asked for.
_EMPTY_ZH = re.compile(
    r"请?列[举出]一?下?|请问|请(?:告诉|帮|你|说|给)?|告诉我|帮我|我想(?:知道|问|了解)|想问|麻烦|能否|能不能(?:告诉)?|"
    r"你(?:知道|能)|介绍一?下|简[述要]|(?:概[述括]|总结|归纳|说明|说说|谈谈)(?:一下)?|(?:总体|整体|大致)(?=情况|进展|状况)|"
    r"(?:(?:一共|总共|共计|大约|大概|约|达|共|有|为|是|在|分别|各|到|又|已|能){0,4}+)(?:多少(?:[万亿千百]*"
    r"(?:平方公里|平方米|立方米|公里|千瓦时|千瓦|公顷|小时|人次|美元|"
    r"[个家项座所名条次件种类台套辆艘架部户处支元吨亩斤米岁年天倍]))?|"
    r"几(?:月份?|[个家项座所名条次件种类台套辆艘架部户处支成号日点时])?)|"
    r"多[大长高宽重深远快久厚]|百分之几|第几|为什么|为何|为啥|"
    r"什么时候|什么时间|什么地方|什么人|什么样|什么|何[时日年月地处人种]|啥|"
    r"哪(?:些|里|儿|一?[个家所座项年天日月位种届处部份本首篇场门次架台件艘款条支只颗级块片]|"
    r"[几两三四五六七八九十]+[个项种类家所座大条年天]?)|在?哪|谁|"
    r"准备(?![金期好工])|打算|怎么样|怎样|怎么|如何|咋|是否|有没有|有无|是不是|分别(?:是|为|有)?|各(?:自|是|有)|"
    r"(?:这|该|本)(?:份|篇|个)?(?:报告|文件|文档|材料)(?:里|中|提到|指出|说|介绍)?的?|"
    r"报告(?:里|中|提到的?|提出的?|指出|说的?|介绍)|文中|"
    r"(?<!目)的|了|吗|呢|吧|嘛|呀|啊|么(?=[?？ ]|$)|[是又也就还](?![a-z])|(?:，|,)?其中|具体|情况"
)
_WORD_EN = re.compile(r"[a-z0-9]+(?:[.'-][a-z0-9]+)*%?|[\u3400-\u9fff]+")
_WORD_ZH = re.compile(r"[\w%]+")
# Content that names no subject: a question of only these is vague.
_GENERIC = re.compile(
    r"(?:更多|继续|详细|细节|情况|内容|报告|文件|资料|信息|数据|介绍|问题|东西|事情?|说|讲|看|有|没|好|再|"
    r"看法|意见|主要|一下|一些|其他|别的|还有|"
    r"more|details?|info(?:rmation)?|things?|else|go on|continue|really|ok)+"
)
_SECTION = "section|chapter|part|heading"
_SCOPE = re.compile(
    r"在?[“\"「《『]([^”\"」》』]{1,60})[”\"」》』][这那本该]?一?个?"
    r"(?:节|章|部分|小节|章节|标题下|栏目|条目|段)|"
    rf"\b(?:in|under|of) the (?:{_SECTION}) (?:on |about |titled |called |entitled |named )?"
    r"[“\"']([^”\"']{1,120})[”\"']|"
    rf"\b(?:in|under) the [“\"']([^”\"']{{1,120}})[”\"'] (?:{_SECTION})|"
    r"(?:^|[，,。\s])在([^，。？?“”在]{2,30}?)[这那]?一(?:节|章|部分)[里中]?"
)
_TELLS = r"[里中内]?(?:面)?(?:主要|都|还)?(?:[讲说写提谈][到述及]?|介绍)?"
_SEVERAL = re.compile(
    r"分别|各[是为有自占达增降几多要花投建]|各完成|各$|和.{1,10}各|双方|"
    r"(?:多少|几).{1,30}(?:多少|几)|从.{0,10}(?:多少|几).{0,8}到|"
    r"\b(?:respectively|each|both)\b|\b(?:which|what) (?:two|three|four|five|six)\b|"
    r"how (?:many|much).{1,120}\band (?:how|by|what)"
)


# The same in Chinese, with the words around it that say nothing of what is asked for.
_SCOPE_ZH = re.compile(
    r"在?[“\"「《『](?P<marked>[^”\"」》』]{1,60})[”\"」》』][这那本该]?一?个?"
    rf"(?:小节|章节|标题下|栏目|条目|[节章段]|部分){_TELLS}|"
    rf"(?:^|(?<=[，,。\s]))在(?P<plain>[^，。？“”在]{{2,30}}?)[这那]?一(?:节|章|部分){_TELLS}"
)
# Which or what before a noun in the plural: more than one name is asked for.
_PLURAL_EN = re.compile(
    r"\b(?:which|what) "
    r"(?:(?!(?:is|are|was|were|do|does|did|has|have|had|can|will|of)\b)[\w-]+ ){0,3}?"
    r"(?!(?:is|was|has|does|this|its|thus|as|always|perhaps|sometimes|series|news|status|bus|gas|"
    r"basis|access|lens|chaos|[a-z]*(?:ss|[mpr]us|[iy]sis|ics))\b)[a-z-]{2,}s"
    r"(?= (?:is|are|was|were|be|do|did|does|has|have|had|can|will|would|should|may|must|of|in|"
    r"from|that|made|became|took|won|held|built|[a-z]+ed)\b|\??$)"
)


# Several stages ask for the same question while it is answered.
@lru_cache(maxsize=256)
def parse_question(text: str) -> Question:
    """Return what the question asks for; never raises."""
    folded, offsets = fold_with_offsets(text)
    folded = folded.rstrip()
    lang = _language(folded)
    hint = _scope_hint(folded)
    kind, cue = _kind(folded, lang)
    units, attribute = asked_for(folded, lang, kind in {"figure", "comparison"}, cue)
    written = written_units(folded) if lang == "zh" else ()
    spans = _content(folded, lang)
    content = tuple((offsets[a], offsets[b - 1] + 1) for a, b in spans)
    itself = of_itself(folded, lang)
    return Question(
        text=text,
        folded=folded,
        lang=lang,
        kind=kind,
        units=frozenset(units),
        attribute=attribute,
        head=asked_head(folded, lang, cue),
        content=content,
        terms=tuple(fold_with_offsets(text[a:b])[0] for a, b in content),
        years=frozenset(years(folded)),
        places=frozenset(_places(folded, lang)),
        scope_hint=hint,
        is_vague=not itself and _is_vague(folded, spans, kind),
        several=bool(_SEVERAL.search(folded)),
        unit_written=bool(written),
        asked_unit=written[0] if written else "",
        of_itself=itself,
    )


def _language(folded: str) -> Literal["zh", "en"]:
    """Return the language of a question; a Chinese word or two in English leave it English."""
    ideographs = len(re.findall(r"[\u3400-\u9fff]", folded))
    begins = re.match(r"[a-z]+(?= )", folded)
    asks = begins is not None and begins[0] in empty_words()
    return "en" if len(re.findall(r"[a-z]", folded)) > (1 if asks else 4) * ideographs else "zh"


def _kind(folded: str, lang: str) -> tuple[Kind, re.Match[str] | None]:
    """Return the kind of a question and the words that showed it."""
    for kind, language, pattern in cues():
        if language == lang and (match := pattern.search(folded)):
            if kind == "name" and _asks_amount(folded, lang, match):
                return "figure", match
            if kind == "name" and _PLURAL_EN.search(folded, match.start()):
                return "list", match
            return kind, match  # type: ignore[return-value]
    ends = list(attribute_pattern(lang).finditer(folded))
    if ends and not folded[ends[-1].end() :].strip("？? ") and is_amount(ends[-1][0]):
        return "figure", ends[-1]
    return "other", None


def _asks_amount(folded: str, lang: str, cue: re.Match[str]) -> bool:
    """Return whether 什么 or what asks after something that is measured (什么价格)."""
    pattern = attribute_pattern(lang)
    if lang == "zh":
        match = pattern.match(folded, cue.end())
        named = kind_pattern(lang).match(folded, cue.end())  # 基金会 is no 基金
        longer = match and named and named.end() > match.end()
        return match is not None and not longer and is_amount(match[0])
    return folded.startswith("what ") and any(is_amount(m[0]) for m in pattern.finditer(folded))


def _scope_hint(folded: str) -> str:
    """Return the heading that the question limits itself to, "" when none."""
    match = _SCOPE.search(folded)
    return next((group for group in match.groups() if group), "").strip() if match else ""


def _content(folded: str, lang: str) -> list[tuple[int, int]]:
    """Return the spans of the words that carry content."""
    if lang == "en":
        words = _WORD_EN.finditer(folded)
        return [word.span() for word in words if word[0] not in empty_words()]
    blank = _EMPTY_ZH.sub(_spaces, _SCOPE_ZH.sub(_around_heading, folded))
    return [word.span() for word in _WORD_ZH.finditer(blank)]


def _spaces(match: re.Match[str]) -> str:
    """Return as many spaces as a match is long."""
    return " " * len(match[0])


def _around_heading(match: re.Match[str]) -> str:
    """Return the words that limit a question to a section as spaces, but for the heading."""
    name = next(name for name, group in match.groupdict().items() if group)
    begin, end = (at - match.start() for at in match.span(name))
    return " " * begin + match[name] + " " * (len(match[0]) - end)


def _is_vague(folded: str, spans: list[tuple[int, int]], kind: Kind) -> bool:
    """Return whether the question names no subject."""
    words = [folded[a:b] for a, b in spans]
    bare = kind == "other" and sum(map(len, words)) < 2  # one character names nothing
    return bare or all(word.isdecimal() or _GENERIC.fullmatch(word) for word in words)


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
