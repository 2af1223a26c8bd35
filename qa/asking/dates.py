"""Dates: where a text names a day, month or year, and which years it names."""

import re
from functools import lru_cache

from qa.asking.numerals import parse_number
from qa.asking.spacing import close_up

_PLAIN = str.maketrans(
    "０１２３４５６７８９．％：～－萬億餘兩開點過達約幾數從現萬個年",
    "0123456789.%:~-万亿余两开点过达约几数从现万个年",
)
_N = r"[0-9〇○零一二三四五六七八九十]"
_MARK = r"\*{0,2}"
_DAY = rf"{_N}{{1,3}}{_MARK}[日号](?![线楼机馆地])"
_MONTH = rf"{_N}{{1,3}}{_MARK}月(?!球|饼)"
_TO = r"\s?[-—–~～至到]{1,2}\s?"
_TAIL = (
    r"(?:年?[底末初][前后]?|年?[前后内]|[上中下]旬|上半年|下半年|年中|[春夏秋冬]季|"
    r"第?[一二三四1-4]季度)?"
)
_YEAR = (
    rf"(?:(?:公元)?(?:[12]\d{{3}}|[一二][〇○零一二三四五六七八九]{{3}}){_MARK}年(?:度)?|"
    r"(?:今|去|前|明|当|同|本|上)年|上年)"
)
_TIME = r"(?<![\d.:：∶])(?:[01]\d|2[0-4])[:：∶][0-5]\d(?![\d:：∶])"
_ENGLISH_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_DATE = re.compile(
    r"(?:截至|截止到?)?(?:"
    rf"{_YEAR}(?:{_MONTH}(?:{_DAY}(?:{_TO}(?:{_MONTH})?{_DAY})?)?(?:{_TO}{_MONTH}(?:{_DAY})?)?)?"
    rf"{_TAIL}|"
    rf"{_MONTH}(?:{_DAY}(?:{_TO}(?:{_MONTH})?{_DAY})?|{_TO}{_MONTH}(?:{_DAY})?)?{_TAIL}|"
    rf"{_N}{{1,2}}{_TO}{_N}{{1,2}}月(?!球){_TAIL}|"
    rf"[12]\d{{3}}{_TO}(?:[12]\d{{3}}|\d{{2}})学?年(?:度)?|"
    rf"{_DAY}{_TO}{_DAY}|"
    r"(?:[0-9二三四五六七八九十]{2,4}年代(?:[初中末]期?)?)|"
    r"(?:本|上|下|二十一?|[12]\d)世纪(?:[初中末][叶期]?|[0-9二三四五六七八九十]{2,3}年代)?|"
    r"(?:“?十[一二三四五六七八九]五”?(?:规划)?(?:期间|时期|末|初期?|前[三四]年))|"
    r"(?<![近五一多])年[底末初中](?!学|国|央|期)"
    r")|"
    rf"\b(?:\d{{1,2}}\s)?{_ENGLISH_MONTH}(?:\s\d{{1,2}}(?:st|nd|rd|th)?)?(?:,?\s[12]\d{{3}})?\b|"
    rf"{_TIME}(?:{_TO}{_TIME})?|"
    r"(?<![\d.])(?:1[89]|20)\d\d[-/]\d{1,2}[-/]\d{1,2}(?![\d])|"
    r"(?<=\bin )(?:1[89]|20)\d\d\b|(?<=\bof )(?:1[89]|20)\d\d\b"
)
_YEAR_NUMBER = re.compile(
    r"(?<![\d.])((?:1[89]|20)\d\d)(?:\s?[-—–~～至到]{1,2}\s?((?:1[89]|20)\d\d|\d\d(?=年)))?(?=年|\D|$)"
    r"|([一二][〇○零一二三四五六七八九]{3})(?=年)"
)
# A number of four digits that is followed by one of these is no year.
_NOT_A_YEAR = re.compile(
    r"\s?(?:[万亿余多个项家名人户元米吨亩%千百公平台套座条所件次天岁例种倍辆]|\.\d|,\d{3}(?!\d)|yuan|people|km|million)"
)


def plain(text: str) -> str:
    """Return the text with half-width digits and simplified number words, of the same length."""
    return text.translate(_PLAIN)


def find_dates(text: str) -> list[tuple[int, int]]:
    """Return the spans of the dates in order; "截至" and "年底" belong to them."""
    return list(_dates(text))


# Several stages look for the dates of one sentence, and many questions come near it.
@lru_cache(maxsize=8192)
def _dates(text: str) -> tuple[tuple[int, int], ...]:
    closed, whence = close_up(plain(text))
    spans = (match.span() for match in _DATE.finditer(closed))
    return tuple((whence[start], whence[end - 1] + 1) for start, end in spans)


def is_date(text: str) -> bool:
    """Return whether the whole text is one date."""
    closed, _ = close_up(plain(text.strip().replace("*", "")))
    return _DATE.fullmatch(closed) is not None


def years(text: str) -> set[int]:
    """Return the years that are named by number, and all those that a span of years covers.

    >>> sorted(years("2021—2023年与去年相比"))
    [2021, 2022, 2023]
    """
    result: set[int] = set()
    folded = plain(text).replace("*", "")
    for match in _YEAR_NUMBER.finditer(folded):
        if _NOT_A_YEAR.match(folded, match.end()):
            continue
        first, last, chinese = match.groups()
        if chinese:
            number = parse_number(chinese)
            result.add(int(number) if number is not None else 0)
            continue
        result |= _span(first, last or first)
    return result


def _span(first: str, last: str) -> set[int]:
    """Return the years from one to another, whose century may be left out; the ends if turned."""
    begin, end = int(first), int(first[: 4 - len(last)] + last)
    return set(range(begin, end + 1)) or {begin, end}
