"""Persons: their names, told by how they are written and by the titles beside them."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from qa.answering.edges import ends_in_word, trim
from qa.answering.names import name_score
from qa.answering.nearness import Near
from qa.answering.pick import Pick
from qa.asking.question import Question
from qa.asking.tables import person_words, place_inside, unit_words, verbs

# Who stands beside a name, in any order: 国务院总理 朱镕基, 屠呦呦研究员, 由邓小平同志.
_NAME = r"[\u4e00-\u9fff]"
_AFTER_NAME = (
    r"(?=$|[，、；。：！？,;.:!?()\s”》（）*]|等|同志|先生|女士|获|为|在|的|主持|担任|任|作|说|指出|率|带领|"
    r"团队|向|代表|当选|领衔|牵头|负责|[出接兼]任|[夺摘拿]|[和与及])"
)


# What leads from a role to its holder: 项目负责人为闻书雁, 主任由宋启衡担任.
_LINK = r"(?<![成作因认以])为|由|是|叫"
_CLAUSE = re.compile(r"[，；。！？,;!?\n]")


def _verb_words() -> str:
    """Return the words of two characters and more that may follow a name, as alternatives."""
    return "|".join(re.escape(word) for word in verbs() if len(word) > 1)


@cache
def _beside() -> str:
    """Return the words that stand beside a name, as alternatives."""
    words = sorted([*person_words("title"), *person_words("calling")], key=len, reverse=True)
    return "|".join(map(re.escape, words))


@cache
def _person() -> re.Pattern[str]:
    """Return the pattern of a person's name, with groups for the title or link before it."""
    surnames = "|".join(person_words("surname"))
    titles = _beside()
    return re.compile(
        rf"(?:(?P<title>{titles})|(?P<link>{_LINK}))?(?P<gap>^|[\s，、；。：！？“”（）*—]{{0,3}})"
        rf"(?P<name>(?:{surnames}){_NAME}{{1,2}}?)"
        rf"(?:(?P<after>{titles})|{_AFTER_NAME}|(?=(?:{_verb_words()})))|"
        rf"(?P<foreign>(?<![\d ])[\u4e00-\u9fff]{{2,8}}(?:·[\u4e00-\u9fff]{{1,8}})+)|"
        rf"(?:{titles})[ \u3000]+(?P<signed>[\u4e00-\u9fff]{{2,5}})(?=$|[\s（(—])"
    )


def pick_persons(question: Question, nears: Sequence[Near]) -> list[Pick]:
    """Return the names of persons, the best first."""
    picks = []
    asked = asked_titles(question)
    for near in nears:
        at = 0
        while match := _person().search(near.text, at):
            group = match.lastgroup if match.lastgroup in {"foreign", "signed"} else "name"
            start, end = match.span(group)
            at = start + 1
            if group == "foreign":
                start, end = trim(near.text, start, end)
            title = match["title"] or match["after"]
            if asked and title and not bears(near, start, end + len(title), asked):
                continue
            beside = bool(title) or group == "signed" or _is_holder(match)
            edged = bool(match["gap"]) or _edged(near.text, start)
            if group == "name" and not (beside or edged):
                continue
            if near.exact[start:end].all() or _is_word(near.text[start:end]):
                continue
            if group == "name" and near.text[max(0, start - 1) : start].isdigit():
                continue
            score = name_score(question, near, start, end) + (2.0 if beside else 0.0)
            score += 0.5 * edged + (1.0 if group != "name" else 0.0)
            picks.append(Pick(near, start, end, score + 0.2 * (end - start)))
        picks = _joined(picks) if _MANY.search(question.folded) else picks
    return sorted(picks, key=lambda pick: -pick.score)


def bears(near: Near, start: int, end: int, asked: set[str]) -> bool:
    """Return whether one of the asked titles stands in a clause up to the end of a name."""
    said = near.text[_clause_start(near.text, start) : end]
    return any(re.search(rf"(?<!副){re.escape(title)}", said) for title in asked)


def _clause_start(text: str, at: int) -> int:
    return max((m.end() for m in _CLAUSE.finditer(text, 0, at)), default=0)


def _is_holder(match: re.Match[str]) -> bool:
    """Return whether a clause leads from a title to the name (队长为…, 主任由…担任)."""
    if not match["link"]:
        return False
    at = match.start("link")
    return bool(_titles().search(match.string, _clause_start(match.string, at), at))


@cache
def _title_asked() -> re.Pattern[str]:
    """Return the pattern of a title that is asked after (主任是谁, 谁是省长, 哪位院士)."""
    titles = "|".join(map(re.escape, person_words("title")))
    return re.compile(
        rf"({titles})(?:的?(?:名字|姓名))?(?:是|叫|为)?(?:谁|什么|哪|啥)|(?:谁是|哪一?位)[^，。]{{0,8}}?({titles})"
    )


def asked_titles(question: Question) -> set[str]:
    """Return the titles of which the question asks who bears them."""
    return {a or b for a, b in _title_asked().findall(question.folded)}


_PERSON_ASKED = re.compile(
    r"\b(?:which|what)\b[^,?]{0,30}\b(?:"
    r"professor|director|scientist|researcher|doctor|engineer|captain|academician|"
    r"architect|teacher|athlete|person|player|expert|leader|manager|mayor|president)\b"
)


def asks_person(question: Question) -> bool:
    """Return whether a question for a name wants a person's (队长叫什么, 哪位运动员)."""
    if question.lang == "en":
        return bool(_PERSON_ASKED.search(question.folded.lower()))
    return bool(_name_asked().search(question.folded))


@cache
def _name_asked() -> re.Pattern[str]:
    return re.compile(rf"(?:{_beside()})的?(?:(?:是|叫)什么|名字|姓名)|哪一?位")


_BODY = re.compile(
    r"[^\d年]{2,}(?:公司|集团|大学|学院|研究[院所]|医院|中心|银行|政府|法院|委员会|委|部|局|厅|办|协会|队|企业|"
    r"机构|单位|方|组织|[国省市县区])|[《“].*[》”]|[英美中俄日]方"
)


def is_body(text: str) -> bool:
    """Return whether a name is one of those besides persons that can act: a body or a place."""
    return bool(_BODY.fullmatch(text)) or text in place_inside()


def _is_word(name: str) -> bool:
    """Return whether what looks like a name is made of common words (余篇, 高标准, 晋全国)."""
    given = name[1:]
    return (
        name in verbs()
        or name in place_inside()
        or name in person_words("no name")
        or given in verbs()
        or given in unit_words()
        or given in person_words("no name")
    )


@cache
def _titles() -> re.Pattern[str]:
    """Return the pattern of the titles alone, which is fast to look for."""
    return re.compile(_beside())


def holds_person(text: str) -> bool:
    """Return whether a text names a person beside a title, with foreign marks or as a signature."""
    if "·" not in text and not _titles().search(text):
        return False
    at = 0
    while match := _person().search(text, at):
        if match.lastgroup in {"foreign", "signed"}:
            return True
        start, end = match.span("name")
        at = start + 1
        named = match["title"] or match["after"] or _is_holder(match)
        if named and not _is_word(text[start:end]):
            return True
    return False


_MANY = re.compile(r"有谁|哪(?:些|几|两|三)|都|们|分别|各|和|\bwho are\b|\bnames\b")


def _joined(picks: list[Pick]) -> list[Pick]:
    """Return the picks with those that stand side by side, 、 between them, made one."""
    joined: list[Pick] = []
    for pick in sorted(picks, key=lambda pick: pick.start):
        last = joined[-1] if joined else None
        beside = last and last.near is pick.near
        if last and beside and pick.near.text[last.end : pick.start] in {"、", "和"}:
            joined[-1] = replace(last, end=pick.end, score=max(last.score, pick.score))
        else:
            joined.append(pick)
    return joined


def _edged(text: str, start: int) -> bool:
    """Return whether a name may begin here: at the start, or behind a word that is no name."""
    return start == 0 or ends_in_word(text, start)
