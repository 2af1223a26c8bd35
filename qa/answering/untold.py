"""Untold: who holds a role, or the items that are only counted, where a report does not say."""

import re
from collections.abc import Sequence
from dataclasses import replace

from qa.answering.expected import fits
from qa.asking.numerals import parse_number
from qa.asking.question import Question
from qa.types import Sentence

_ROLE = re.compile(
    r"主任|主席|主编|院长|所长|校长|馆长|部长|局长|处长|省长|市长|县长|书记|董事长|经理|总裁|行长|"
    r"负责人|领导|带头人|总师|设计师|工程师|科学家|组长|队长|领队|首席|总师|完成人|牵头人|(?:理事长|会长|站长)(?!单位)|"
    r"\b(?:director|head|leads?|leader|president|chair\w*|dean|manager|mayor|minister|governor|ceo)\b",
    re.IGNORECASE,
)
# The name of the holder is asked for, or nothing behind the role (项目的总设计师).
_HOLDER = re.compile(
    rf"(?:{_ROLE.pattern})的?(?:[姓名]名?字?)?(?:(?:[是叫]|名叫)(?:谁|什么|啥)(?:名字)?|[姓名][名字])?[?？。]*$",
    re.IGNORECASE,
)


def names_nobody(question: Question, chosen: Sequence[Sentence]) -> bool:
    """Tell whether the holder of a role is asked for and nobody is named in what was chosen.

    Too few such questions are written to fit it, and a person wrongly named is a grave fault.
    """
    by_name = question.kind in ("name", "other") and question.lang == "zh"
    pattern = _HOLDER if by_name else _ROLE
    if not (by_name or question.kind == "person") or not pattern.search(question.folded):
        return False
    asked = replace(question, kind="person")
    return all(fits(asked, sentence.text) < 1 for sentence in chosen)


_COUNTER = "[个家名位项种件所座款只条支艘部本篇类](?!月)"
_TOLD = re.compile(
    rf"(?<![\d第])(?P<before>\d{{1,3}}|[两三四五六七八九十]{{1,3}}){_COUNTER}[^，。；的]{{0,14}}的?"
    r"(?:(?:都|分别|各)*(?:[是叫有为指由在]|设在)?(?:谁|哪|什么|啥)|(?:完整|全部)?名单|名字|姓名|全称)|"
    rf"哪(?P<behind>\d{{1,3}}|[两三四五六七八九十]{{1,3}}){_COUNTER}"
)
_BETWEEN = re.compile("[、；;和与及]|，(?=[^，]{2,30}[，。])|, |\\band\\b")


_ACCOUNTS = ("reason", "manner", "figure", "date")  # of all that are told of, not item by item


def has_few_items(question: Question, chosen: Sequence[Sentence]) -> bool:
    """Tell whether the question tells how many items it asks for and fewer are quoted.

    Reports count more than they list.
    """
    told = _TOLD.search(question.folded) if question.kind not in _ACCOUNTS else None
    number = parse_number(told["before"] or told["behind"]) if told else None
    if number is None:
        return False
    return sum(1 + len(_BETWEEN.findall(sentence.text)) for sentence in chosen) < number
