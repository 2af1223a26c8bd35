"""English slots: the parts of an English question that a follow-up may replace or lean on."""

import re

from qa.asking.followup.nouns import words
from qa.asking.followup.slots import Slots, Span, plain_of
from qa.asking.tables import attribute_units

AUXILIARY = r"(?:is|are|was|were|does|do|did|has|have|had|can|could|will|would|should|may|might)"
_ASKING = r"(?:how|what|which|who|whom|whose|when|where|why)"
_DO = frozenset({"do", "does", "did", "can", "could", "will", "would", "should", "may", "might"})
_ADJUNCT = r"(?:in|on|by|at|for|from|during|since|under|between|per|to|until|before|after|as|with)"
_ENDS = re.compile(rf"{_ADJUNCT}|that|who|which|than|into|through|(?:1[89]|20)\d\d")
_NOUN_FOLLOWS = frozenset({"the", "a", "an", "of", "and"})
_COUNTED = re.compile(
    rf"\b(how (?:many|much)|which|what)\b((?: (?!{AUXILIARY}\b)[a-z-]+){{1,5}}?)"
    rf"(?= {AUXILIARY}\b| [a-z]+ed\b|$)"
)
_AUX = re.compile(rf"\b{AUXILIARY}\b")
_WORD = re.compile(r"[^\s?,.!;:]+")
_YEAR = re.compile(r"\b(?:1[89]|20)\d\d\b")
_TARGET = re.compile(r"\b(?:in|on|at|for|from|to|with) ((?!(?:1[89]|20)\d\d)[^,]+)")
_LEAD = re.compile(
    r"(?:please )?(?:tell me (?:more )?about|describe|summari[sz]e|compare|what is known about|"
    r"give an overview of)\s+"
)


def take_apart_english(text: str) -> Slots:
    """Return the slots of an English question; never raises."""
    plain = plain_of(text)
    end = len(plain.rstrip("?.! "))
    counted = _COUNTED.search(plain, 0, end)
    asking, thing = (counted.span(1), counted.span(2)) if counted else ((0, 0), (0, 0))
    thing = (thing[0] + 1, thing[1]) if counted else thing
    lead = _LEAD.match(plain)
    topic = (lead.end(), end) if lead else _topic(plain, end, thing)
    entity, attribute = _of(plain, topic)
    target = _TARGET.search(plain, topic[1], end)
    return Slots(
        text=text,
        plain=plain,
        times=tuple(match.span() for match in _YEAR.finditer(plain)),
        topic=topic,
        entity=entity,
        attribute=attribute,
        target=target.span(1) if target else (end, end),
        verb=(topic[1], topic[1]),
        asking=asking,
        thing=thing,
    )


def is_english_attribute(phrase: str) -> bool:
    """Return whether a phrase names something measured or told of a thing: total investment."""
    last = phrase.lower().split(" ")[-1]
    known = attribute_units()
    return last in words("english_attribute") or last in known or last.rstrip("s") in known


def _topic(plain: str, end: int, thing: Span) -> Span:
    """Return what the question is about: behind the auxiliary, else behind the verb."""
    auxiliary = _AUX.search(plain, thing[1], end)
    start = auxiliary.end() if auxiliary else _behind_verb(plain, end)
    phrase: list[re.Match[str]] = []
    verb = False
    for token in _WORD.finditer(plain, start, end):
        if not phrase and token[0].endswith("ly"):
            continue
        verb = _is_verb(token[0]) and not (phrase and phrase[-1][0] in _NOUN_FOLLOWS)
        if verb or _ENDS.fullmatch(token[0]):
            break
        phrase.append(token)
    if len(phrase) > 1 and not verb and auxiliary and auxiliary[0] in _DO:
        phrase = phrase if is_english_attribute(phrase[-1][0]) else phrase[:-1]
    return (phrase[0].start(), phrase[-1].end()) if phrase else thing


def _is_verb(word: str) -> bool:
    return word in words("english_verb") or (word.endswith("ed") and "-" not in word)


def _behind_verb(plain: str, end: int) -> int:
    """Return where the words behind the first verb begin: who designed …"""
    for token in _WORD.finditer(plain, 0, end):
        if token.start() and _is_verb(token[0]):
            return token.end()
    first = _WORD.match(plain, 0, end)
    return first.end() if first and re.fullmatch(_ASKING, first[0]) else 0


def _of(plain: str, topic: Span) -> tuple[Span, Span]:
    """Return entity and attribute of "the population of Chengdu" and "Tianjin's budget"."""
    start, end = topic
    phrase = plain[start:end]
    of, owner, last = phrase.find(" of "), phrase.find("'s "), phrase.rfind(" ")
    head = re.sub(r"^(?:the|an?) ", "", phrase[:of]) if of > 0 else ""
    if head and is_english_attribute(head):
        return (start + of + 4, end), (start + of - len(head), start + of)
    if owner > 0 and is_english_attribute(phrase[owner + 3 :]):
        return (start, start + owner), (start + owner + 3, end)
    if last > 0 and is_english_attribute(phrase[last + 1 :]) and phrase[:last] not in {"the", "a"}:
        return (start, start + last), (start + last + 1, end)
    return topic, (end, end)
