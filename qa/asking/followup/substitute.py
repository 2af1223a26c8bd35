"""Substitution: a question asked again of another subject, year, place or attribute."""

import re
from functools import cache

from qa.asking.dates import find_dates
from qa.asking.followup.nouns import is_attribute, is_body, is_countable, is_place, words
from qa.asking.followup.relative_year import find_year, leans, settle
from qa.asking.followup.slots import Slots, Span, is_chinese, plain_of, take_apart
from qa.asking.tables import places

ORDINAL = re.compile(
    r"第?[一二三四五六七八九十两\d]+(?:轮|批|期|届|号线|级|阶段|次|条|代)|首[轮期批届]|[上下]一?[轮期批届]"
)
_MONTH = re.compile(r"[\d一二三四五六七八九十]{1,3}月")
_SHORT = 3


def put_in(before: Slots, name: str, document: int | None) -> str | None:
    """Return the earlier question with a name in the place of what is of its kind."""
    plain = plain_of(name)
    if year := settle(plain, find_year(before.plain), document):
        name = name[: year[0]] + year[2] + name[year[1] :]
        plain = plain_of(name)
    dates = find_dates(plain)
    if dates and dates[0][0] == 0:
        end = dates[0][1]
        dated = in_time(before, name[:end])
        rest = name[end:].strip("的，, ")
        return put_in(take_apart(dated), rest, document) if rest else dated
    if not is_chinese(before.text) and not is_place(plain):
        return _attribute_question(before, name, plain)
    if leans(plain) == (0, len(plain)):
        return in_time(before, name)
    if ORDINAL.fullmatch(plain):
        return _ordinal(before, name)
    return _alike(before, name, plain) or _of_kind(before, name, plain)


def thing_of(before: Slots) -> str:
    """Return what the earlier question counts, with its owner: 金色中环发展带的项目."""
    topic, thing = before.of(before.topic), before.of(before.thing)
    if not thing or not topic or before.topic == before.thing:
        return topic or thing
    return f"{topic}的{thing}"


def _attribute_question(before: Slots, name: str, plain: str) -> str:
    """Return the question for an attribute of what was asked about."""
    subject = before.of(before.target) or before.subject
    time = before.time + "年" * before.time.isdigit()
    return f"{time}{subject}的{name}{_ending(plain)}"


def _ending(plain: str) -> str:
    """Return the words that ask for an attribute."""
    endings = {"person": "是谁", "place": "在哪里", "time": "是什么时候", "text": "是什么"}
    for kind, ending in endings.items():
        if plain.endswith(tuple(words(kind))):
            return ending
    return "有多少" if is_countable(plain) and not is_attribute(plain) else "是多少"


def replace(before: Slots, span: Span, name: str) -> str:
    """Return the earlier question with a name in the place of one of its parts."""
    return before.text[: span[0]] + name + before.text[span[1] :]


def in_time(before: Slots, name: str) -> str:
    """Return the earlier question with another date; the parts of a date are told apart."""
    if not before.times and not is_chinese(before.text):
        return f"{before.text.rstrip('?. ')} in {name.rstrip('年')}"
    if not before.times:
        at = min(before.topic[0], before.verb[0])
        return replace(before, (at, at), name)
    start, end = before.times[0]
    old, new = find_year(before.plain[start:end]), find_year(plain_of(name))
    month = _MONTH.search(before.plain, start, end)
    if new and new.number and name.rstrip("年度") == str(new.number):
        if old and old.number:
            return replace(before, (start + old.start, start + old.end), str(new.number))
        if month and not old:
            return replace(before, (month.start(), month.start()), name)
    if month and _MONTH.fullmatch(plain_of(name)):
        return replace(before, month.span(), name)
    return replace(before, (start, end), name)


def _ordinal(before: Slots, name: str) -> str | None:
    """Return the earlier question about another of a row: 第2轮, 二期."""
    found = [m for m in ORDINAL.finditer(before.plain) if m[0][-1] == name[-1]]
    if found:
        return replace(before, found[0].span(), name)
    end = before.entity[1]
    return replace(before, (end, end), name) if before.entity[0] < end else None


def _alike(before: Slots, name: str, plain: str) -> str | None:
    """Return the question with the name in place of what begins or ends as it does."""
    spans = [s for s in _spans(before) if s[0] < s[1] and before.of(s) != name]
    shared = [_shared(before.plain[slice(*span)], plain) for span in spans]
    if not shared or max(shared) < 2:
        return _same_class(before, name, plain)
    return replace(before, spans[shared.index(max(shared))], name)


def _same_class(before: Slots, name: str, plain: str) -> str | None:
    """Return the question about another thing whose name ends in the same character: 馆, 桥."""
    span = before.target if before.target[0] < before.target[1] else before.entity
    one = before.plain[slice(*span)]
    if min(len(one), len(plain)) < 3 or one[-1] != plain[-1] or is_attribute(plain):
        return None
    return replace(before, span, name)


def _spans(before: Slots) -> list[Span]:
    """Return the parts of a question that a name can stand for."""
    if before.target[0] < before.target[1]:
        return [before.target, before.thing]
    return [before.entity, before.attribute, before.topic, before.thing]


def _shared(one: str, other: str) -> int:
    """Return how many characters two phrases share at their ends or where they begin."""
    size = min(len(one), len(other))
    tail = next((n for n in range(size) if one[-1 - n] != other[-1 - n]), size)
    head = next((n for n in range(size) if one[n] != other[n]), size)
    return max(tail, head)


def _of_kind(before: Slots, name: str, plain: str) -> str | None:
    """Return the question with the name in the place that a name of its kind has."""
    if is_place(plain):
        return _in_place(before, name)
    target, thing = before.of(before.target), before.of(before.thing)
    short = len(plain) <= _SHORT < len(before.of(before.entity))
    if target:
        return replace(before, before.target, name)
    if is_attribute(plain):
        plainly = before.of(before.asking) in {"多少", "什么", "怎么样"}
        if before.of(before.attribute) and plainly and _ending(plain) == "是多少":
            return replace(before, before.attribute, name)
        return _attribute_question(before, name, plain)
    if before.of(before.attribute):
        return replace(before, before.entity, name)
    if _acts(before, plain):
        return replace(before, before.entity, name)
    if is_countable(plain) or (short and thing):
        if thing and before.plain[slice(*before.verb)].endswith("有"):
            return replace(before, (before.asking[0], before.thing[1]), f"多少{name}")
        return _attribute_question(before, name, plain)
    span = before.topic if before.topic[0] < before.topic[1] else before.thing
    return replace(before, span, name) if span[0] < span[1] else None


def _acts(before: Slots, plain: str) -> bool:
    """Return whether a name is of a body, and so does what was asked of the subject: 发表论文."""
    verb, thing = before.plain[slice(*before.verb)], before.plain[slice(*before.thing)]
    acted = thing and verb and not verb.endswith(("有", "是", "为"))
    subject = before.topic[0] < before.topic[1] <= before.verb[0]
    return bool(acted and subject and is_body(plain) and not is_body(thing))


def _in_place(before: Slots, name: str) -> str | None:
    """Return the question about another place; in front where it names none."""
    for span in _spans(before):
        if is_place(before.plain[slice(*span)]):
            return replace(before, span, name)
    for span in (before.topic, before.thing):
        if match := _place_names().search(before.plain, *span):
            return replace(before, match.span(), name)
    at = before.topic[0]
    return replace(before, (at, at), name)


@cache
def _place_names() -> re.Pattern[str]:
    """Return the pattern of the names of places, folded, and of places by where they lie."""
    names = sorted((*places(), *words("somewhere")), key=len, reverse=True)
    chinese = "|".join(name for name in names if not name.isascii())
    english = "|".join(re.escape(name) for name in names if name.isascii())
    return re.compile(rf"(?:{chinese})[省市县]?|\b(?:{english})\b")
