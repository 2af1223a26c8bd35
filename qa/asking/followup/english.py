"""English follow-ups: what a question leans on, and the question that is meant."""

import re
from collections.abc import Callable, Sequence
from functools import cache, partial

from qa.asking.followup.english_slots import AUXILIARY, is_english_attribute
from qa.asking.followup.nouns import words
from qa.asking.followup.pairs import choose
from qa.asking.followup.relative_year import find_year, leans, settle
from qa.asking.followup.slots import Slots, Span, is_chinese
from qa.asking.followup.substitute import in_time, put_in, replace
from qa.asking.tables import places

Meant = Callable[[Sequence[Slots], int | None], str | None]

_MOST = 160  # a longer question says what it is about
_WH = r"(?:how|what|which|who|whom|whose|when|where|why)"
_THEN = re.compile(r"(?:(?:and|but|so|ok|okay|also|then|now|well)\b[, ]*)+", re.IGNORECASE)
_ABOUT = re.compile(
    r"(?:(?:what|how) about|what of)\s+(?:(?:those|that|the ones?) )?", re.IGNORECASE
)
_PREPOSITION = re.compile(r"(?:in|for|at|during|by|of|from|on)\s+", re.IGNORECASE)
_ASKS = re.compile(rf"\b{_WH}\b|^(?:{AUXILIARY}|list|name|tell|describe|compare)\b", re.IGNORECASE)
_CHOICE = re.compile(
    r"\bthe (?:(?P<second>latter|second(?: one)?)|(?P<first>former|first(?: one)?)|"
    rf"(?P<other>other(?: one)?))(?=$|'s\b| {AUXILIARY}\b| in\b| have\b)",
    re.IGNORECASE,
)
_NO_NAME = frozenset(
    {"", "it", "that", "this", "them", "these", "those", "he", "she", "him", "her"}
)
# "This year" and "the report" are told by the calendar and the page, not by what was asked before.
_OUTSIDE = r"(?:year|month|week|time|report|document|paper|text|section|chapter|plan)\b"
# It, that or they as subject: what stands before it only asks, and counts what belongs to it.
_SUBJECT = re.compile(
    rf"(?:(?:(?:in|on|at|by|of|for|from) )?{_WH}(?: (?!{AUXILIARY}\b|the\b|an?\b)[a-z-]+){{0,4}}?"
    rf" {AUXILIARY} |{AUXILIARY} )(?P<subject>it|they|he|she|"
    rf"(?:this|that|these|those)(?: (?!{_OUTSIDE})[a-z-]+(?!'))?(?! {_OUTSIDE}))\b",
    re.IGNORECASE,
)
_OBJECT = re.compile(rf"{_WH}(?: [a-z-]+){{1,4}}? (?P<object>it|them)\b(?! to\b|')", re.IGNORECASE)
_OWNER = re.compile(
    rf"(?:(?:{_WH}|{AUXILIARY}|the|of|name|and|many|much|large|big|long|high|old|tell|me|about|"
    r"list|describe) )*(?P<owner>its|their|his|her)\b",
    re.IGNORECASE,
)
# It that stands for nothing: how long did it take to build …, is it possible that …
_EMPTY_IT = re.compile(
    r"\bit (?:takes?|took|costs?|mean|be|possible|necessary|true|likely|important|legal|rain|snow)"
    r"\b.*\b(?:to|that|for|when|if|in)\b|"
    r"\bit (?:\w+ed|common|clear|called|known|said) (?:how|that|whether|to|for|when)\b|"
    r"\b(?:what (?:time|day|date)|how (?:hot|cold|late)) (?:is|was) it\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    rf"(?:how (?:many|much)|which|what) (?!{AUXILIARY}\b)[a-z][a-z -]+", re.IGNORECASE
)


def leaning_english(question: str) -> Meant | None:
    """Return how to complete an English question that leans on another, None where it does not.

    What is returned is called as in `leaning_chinese`.
    """
    if len(question) > _MOST:
        return None
    text = question.strip().rstrip("?.! ")
    then = _THEN.match(text)
    marked = then is not None and then.end() < len(text)
    text = text[then.end() :] if then and marked else text
    if (match := _CHOICE.search(text)) and _names_nothing(text[: match.start()]):
        return partial(_choose, text, match)
    about = _ABOUT.match(text)
    if about or (not _ASKS.search(text) and (marked or leans(text.lower()) == (0, len(text)))):
        name = text[about.end() :] if about else text
        if name.lower() in _NO_NAME:
            return None
        preposition = _PREPOSITION.match(name)
        return partial(_put_in, name[preposition.end() if preposition else 0 :] or name)
    if not _EMPTY_IT.search(text) and (span := _pronoun(text)):
        return partial(_name_subject, text, span)
    if marked and _COUNTED.fullmatch(text) and len(text.split()) <= 6:
        return partial(_count, text)
    return None


def _names_nothing(text: str) -> bool:
    """Return whether all words of a text ask or join."""
    return all(word.lower() in words("empty") for word in text.split())


def _pronoun(text: str) -> Span | None:
    """Return the span of a pronoun that nothing before it in the question can be meant by."""
    for pattern in (_SUBJECT, _OBJECT, _OWNER):
        match = pattern.match(text)
        if match and match.lastgroup:
            span = match.span(match.lastgroup)
            if not re.search("[A-Z]", text[1 : span[0]]):
                return span
    return None


def _choose(text: str, match: re.Match[str], earlier: Sequence[Slots], _: int | None) -> str | None:
    choice = choose(match.lastgroup or "", earlier)
    if choice is None:
        return None
    if _ASKS.match(text) and not _ABOUT.match(text):
        return text[: match.start()] + choice.meant + text[match.end() :]
    if choice.both:
        return None
    other = re.compile(re.escape(choice.other), re.IGNORECASE)
    return other.sub(lambda _: choice.meant, earlier[0].text)


def _name_subject(
    text: str, span: Span, earlier: Sequence[Slots], document: int | None
) -> str | None:
    """Return the question with what the one before is about in the pronoun's place."""
    before, word = earlier[0], text[slice(*span)].lower()
    meant, thing = before.subject, before.of(before.thing)
    if thing and (word in {"they", "them", "their"} or word.startswith("these")):
        meant = f"the {thing} of {meant}" if before.thing != before.topic else thing
    elif before.topic == before.thing:
        meant = before.of(before.target) or meant
    if not meant:
        return None
    if word in {"its", "their", "his", "her"}:
        meant += "'" if meant.endswith("s") else "'s"
    return text[: span[0]] + meant + _dated(text[span[1] :], before, document)


def _dated(rest: str, before: Slots, document: int | None) -> str:
    """Return the rest of a question with "that year" told by its number."""
    year = settle(rest.lower(), find_year(before.plain), document)
    if year is None:
        return rest
    placed = rest[: year[0]].rstrip().endswith((" in", " of", " for"))
    return rest[: year[0]] + ("" if placed else "in ") + year[2] + rest[year[1] :]


def _count(text: str, earlier: Sequence[Slots], _: int | None) -> str | None:
    """Return the earlier question with other things counted: and how many doctors."""
    before = earlier[0]
    start, end = before.asking[0], before.thing[1]
    if is_chinese(before.text) or start >= end:
        return (
            f"{text[:1].upper()}{text[1:]} does {before.subject} have" if before.subject else None
        )
    asks = text[:1].upper() + text[1:] if start == 0 else text
    return before.text[:start] + asks + before.text[end:]


def _put_in(name: str, earlier: Sequence[Slots], document: int | None) -> str | None:
    """Return the earlier question with a name in the place of what is of its kind."""
    before, chinese = earlier[0], is_chinese(earlier[0].text)
    if year := settle(name.lower(), find_year(before.plain), document):
        name = year[2]
    if re.fullmatch(r"(?:1[89]|20)\d\d", name):
        return in_time(before, f"{name}年") if chinese else _in_year(before, name)
    if name.lower() in places():
        return put_in(before, places()[name.lower()], None) if chinese else _in_place(before, name)
    if chinese:
        return f"What about {_article(name)}{name} of {before.subject}" if before.subject else None
    return _alike(before, name) or _of_kind(before, name)


def _in_year(before: Slots, name: str) -> str:
    if before.times:
        return replace(before, before.times[0], name)
    return f"{before.text.rstrip('?. ')} in {name}"


def _in_place(before: Slots, name: str) -> str | None:
    if match := _place_names().search(before.text):
        return replace(before, match.span(), name)
    return f"{before.text.rstrip('?. ')} in {name}"


def _alike(before: Slots, name: str) -> str | None:
    """Return the question with the name in place of what ends in the same word."""
    last = name.lower().split(" ")[-1]
    for span in (before.entity, before.target, before.attribute, before.thing):
        if len(last) > 3 and before.plain[slice(*span)].split(" ")[-1] == last:
            return replace(before, span, name)
    return None


def _of_kind(before: Slots, name: str) -> str | None:
    """Return the question about another attribute, else about another thing."""
    if is_english_attribute(name) and before.subject:
        if before.of(before.attribute):
            return replace(before, before.attribute, re.sub("^the ", "", name))
        return f"What is {_article(name)}{name} of {before.subject}"
    span = before.entity if before.entity[0] < before.entity[1] else before.topic
    return replace(before, span, name) if span[0] < span[1] else None


def _article(name: str) -> str:
    return "" if re.match(r"(?:the|an?|its|their)\b", name, re.IGNORECASE) else "the "


@cache
def _place_names() -> re.Pattern[str]:
    """Return the pattern of the English names of places."""
    names = sorted((n for n in places() if n.isascii()), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b", re.IGNORECASE)
