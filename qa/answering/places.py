"""Places: their names, told by known ones, by their last word and by what stands before them."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from qa.answering.edges import trim
from qa.answering.names import name_score, pick_names, with_head
from qa.answering.nearness import Near
from qa.answering.pick import Pick
from qa.asking.question import Question
from qa.asking.tables import place_inside

_LEVELS = "省市县区州镇村乡旗盟岛港路街湾"


@cache
def _place() -> re.Pattern[str]:
    """Return the pattern of a place: a known one with what belongs to it, or by its last word."""
    known = "|".join(sorted(map(re.escape, place_inside()), key=len, reverse=True))
    level = rf"(?:自治区|自治州|自治县|新区|街道|[{_LEVELS}])(?!长|域|级|民|场|委|庄|内)"
    return re.compile(
        rf"(?:{known})(?:{level})?(?:[\u4e00-\u9fff]{{1,6}}?{level}){{0,3}}|"
        rf"(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{{1,6}}?{level}(?:[\u4e00-\u9fff]{{1,6}}?{level}){{0,3}}"
    )


# What says where: the place stands behind it, up to the comma or to what happens there.
_WHERE = re.compile(
    r"(?:位于|坐落[于在]|地处|(?:地[址点]|会址|驻地)(?:为|是|：|在)|[设建位放]在|落户|选址|(?<![现正实存内])在)"
    r"(?P<at>[^，。；：！？、（）\n]{2,24}?)"
    r"(?=[，。；！？（）\n]|举[行办]|召开|开[幕馆园工业]|启[动用]|揭[牌幕]|成立|建成|投[产用运]|落成|正式|$)"
)
_AT = 2.0


def _where(question: Question, near: Near) -> Iterator[Pick]:
    """Yield what stands behind words that say where something is."""
    for match in _WHERE.finditer(near.text):
        start, end = trim(near.text, *match.span("at"))
        if (
            end - start > 1
            and not near.exact[start:end].all()
            and not _NO_PLACE.search(match["at"])
        ):
            yield Pick(near, start, end, name_score(question, near, start, end) + _AT)


_NO_PLACE = re.compile(r"[上中下后前时]$|方面|过程|领域|基础|同时|期间")


def pick_places(question: Question, nears: Sequence[Near]) -> list[Pick]:
    """Return the names of places, the best first."""
    picks = [*pick_names(question, nears), *known_places(question, nears)]
    return sorted(picks, key=lambda pick: -pick.score)


def known_places(question: Question, nears: Sequence[Near]) -> list[Pick]:
    """Return what is a place by its own words or by those before it."""
    picks: list[Pick] = []
    for near in nears:
        picks.extend(_where(question, near))
        for match in _place().finditer(near.text):
            start, end = trim(near.text, *match.span())
            if match[0][:2] in place_inside():
                start, end = match.span()
            start, end = with_head(question, near, start, end, near.clause(end)[1])
            if end - start < 2 or near.exact[start:end].all():
                continue
            if any(a < end and start < b for a, b in near.dates):
                continue
            score = name_score(question, near, start, end) + 1.0
            level = question.head[-1:] if question.head[-1:] in _LEVELS else ""
            score += 1.0 if level and near.text[start:end].endswith(level) else 0.0
            picks.append(Pick(near, start, end, score))
    return picks
