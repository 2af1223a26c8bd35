"""Slots: the parts of a Chinese question that a follow-up may replace or lean on."""

import re
from dataclasses import dataclass
from functools import cache

from qa.asking.dates import find_dates
from qa.asking.followup.nouns import attribute_size, measure_size, words
from qa.asking.tables import places, unit_words
from qa.fold import fold

Span = tuple[int, int]

ASKING = re.compile(
    r"多少|百分之几|第几|几(?![乎何])|哪(?:些|里|儿|一?[年天日月])?|什么(?:时候|时间|地方|人|样的)?|"
    r"啥(?:时候|地方)?|谁|何[时地日年月人处]|为什么|为何|为啥|怎么样|怎样|怎么|如何|咋样?|"
    r"多[大长高宽重深远快久厚]|是否|有没有|有无|是不是|能不能|会不会|要不要|[吗么嘛](?=[?？ ]*$)"
)
_LEAD = re.compile(
    r"(?:请问|请|麻烦|你知道|我?想(?:知道|了解|问)(?:一?下)?|(?:能不能|能否|可以)?(?:告诉我|帮我)|"
    r"(?:简要?)?(?:介绍|说说|谈谈|讲讲|概述|总结|概括|简述|列出|列举)(?:一?下)?|关于|[,，\s])+"
)
_CLAUSE = re.compile(r"[，,。；;？?！!\n]+")
_TARGET = re.compile(r"(?:对于?|关于|针对|就|在)(?=[^，]{2,})")
_LOCATED = re.compile(r"[^正存所现实]在(?=[^的]{2,6}$)")
_SCALE = re.compile(r"[十百千万亿]*")


@dataclass(frozen=True, slots=True)
class Slots:
    """A question taken apart; spans of `text`, empty where a part is missing.

    `plain` is the text folded character by character, of the same length. `topic` is what the
    question is about, without dates: an `entity`, and the `attribute` it ends in, if any; `target`
    is the end of it behind 对. `asking` takes in the measure word, `thing` is what is counted or
    looked for.
    """

    text: str
    plain: str
    times: tuple[Span, ...]
    topic: Span
    entity: Span
    attribute: Span
    target: Span
    verb: Span
    asking: Span
    thing: Span

    def of(self, span: Span) -> str:
        """Return the words of a slot as they were written."""
        return self.text[slice(*span)]

    @property
    def time(self) -> str:
        """The first date, "" where there is none."""
        return self.of(self.times[0]) if self.times else ""

    @property
    def asks_figure(self) -> bool:
        """Whether a number is asked for."""
        return re.match("多少|几|百分|第几|多", self.plain[slice(*self.asking)]) is not None

    @property
    def subject(self) -> str:
        """The entity in words, the whole topic where it is an attribute."""
        return self.of(self.entity) or self.of(self.topic)


def is_chinese(text: str) -> bool:
    """Return whether there are Chinese characters in a text."""
    return any("㐀" <= character <= "鿿" for character in text)


@cache
def _plain_character(character: str) -> str:
    folded = fold(character)
    return folded if len(folded) == 1 else character


def plain_of(text: str) -> str:
    """Return the text folded character by character, of the same length."""
    return "".join(map(_plain_character, text))


def take_apart(text: str) -> Slots:
    """Return the slots of a Chinese question; never raises."""
    plain = plain_of(text)
    times = tuple(find_dates(plain))
    start, end = _core(plain)
    asking = ASKING.search(plain, start, end)
    stop = asking.start() if asking else end
    ask_end = _measured(plain, asking, end) if asking else end
    verb = verb_start(plain, start, stop) if asking else end
    topic = _trim(plain, _undated(times, (start, verb)))
    thing = _trim(plain, (ask_end, end))
    if topic[0] == topic[1] and start:
        topic = _trim(plain, _undated(times, _before(plain, start)))
    if topic[0] == topic[1] or plain[slice(*topic)] in words("perfective"):
        thing, topic = _behind(plain, thing)
    split = topic[1] - attribute_size(plain[slice(*topic)])
    located = _LOCATED.search(plain, *topic)
    entity = _undated(times, (topic[0], located.start() + 1 if located else split))
    if split < topic[1]:
        entity = _trim(plain, (entity[0], verb_start(plain, *entity)))
    return Slots(
        text, plain, times, topic, entity, (split, topic[1]), _target(plain, topic),
        (verb, stop), (stop, ask_end), thing,
    )  # fmt: skip


def _none(at: int) -> Span:
    return at, at


def _core(plain: str) -> Span:
    """Return the first clause that asks, else the first; without words that only introduce."""
    clauses: list[Span] = []
    at = 0
    for mark in [*_CLAUSE.finditer(plain), None]:
        stop = mark.start() if mark else len(plain)
        if plain[at:stop].strip():
            clauses.append((at, stop))
        at = mark.end() if mark else at
    start, end = next((c for c in clauses if ASKING.search(plain, *c)), (clauses or [(0, 0)])[0])
    lead = _LEAD.match(plain, start, end)
    return (lead.end() if lead and lead.end() < end else start), end


def _before(plain: str, start: int) -> Span:
    """Return the clause that ends where another begins: 国家肝癌科学中心，有多少课题."""
    end = len(plain[:start].rstrip("，,。；;？?！! "))
    marks = [mark.end() for mark in _CLAUSE.finditer(plain, 0, end)]
    begin = marks[-1] if marks else 0
    lead = _LEAD.match(plain, begin, end)
    return (lead.end() if lead else begin), end


def _measured(plain: str, asking: re.Match[str], end: int) -> int:
    """Return where the asking words end, the measure word of 多少, 几 and 哪 taken in."""
    at = asking.end()
    if asking[0] not in {"多少", "几", "哪"}:
        return at
    at = (_SCALE.match(plain, at) or asking).end()
    if asking[0] == "哪":
        at = (re.compile("[一二两三四五六七八九十几]?").match(plain, at) or asking).end()
    size = next(
        (s for s in range(min(6, end - at), 0, -1) if plain[at : at + s] in unit_words()), 0
    )
    at += size or plain[at : at + 1] in tuple("个种类款部位名支批届处份颗只间艘架班列")
    return at + (plain[at : at + 1] == "次")


def verb_start(plain: str, start: int, end: int) -> int:
    """Return where the words of a predicate begin that stand right before the asking words."""
    at = end
    while at > start and not measure_size(plain[start:at]):
        size = _verb_before(plain, start, at)
        if not size or _is_plan(plain, start, at - size, at):
            break
        at -= size
    return at


def _is_plan(plain: str, start: int, first: int, end: int) -> bool:
    """Return whether 计划 is a noun here, for there is a verb before it: 研发计划."""
    return plain[first:end] in {"计划", "规划"} and _word_before(plain, start, first) > 1


def _verb_before(plain: str, start: int, end: int) -> int:
    """Return the length of the verb that ends here, its particle included, 0 if none does."""
    inner = end - (plain[end - 1] in "了过着")
    size = _word_before(plain, start, inner)
    if not size and inner < end:  # 了 shows a verb; one character left before it is no subject
        short = plain[inner - 1 : inner] in words("perfective")
        size = 1 if short else 2 * (inner - start == 2 or inner - start > 3)
    return size + end - inner if size else 0


def _word_before(plain: str, start: int, end: int) -> int:
    """Return the length of the predicate's word that ends here, 0 if there is none."""
    for size in range(min(4, end - start), 0, -1):
        word = plain[end - size : end]
        if word in words("verb"):
            return 0 if size == 1 and plain[end - 2 : end] in places() else size
    modal = end - start > 1 and plain[end - 2] in "要会能将可已共"
    return int(modal and plain[end - 1 : end] in words("perfective"))


def verb_at(plain: str, start: int, end: int) -> int:
    """Return where the words of a predicate end that begin here; `start` if there are none."""
    at = start
    while at < end:
        size = next(
            (s for s in range(min(4, end - at), 0, -1) if plain[at : at + s] in words("verb")), 0
        )
        if not size:
            break
        at += size
        if at < end and plain[at] in "了过着":
            at += 1
    return at


def _undated(times: tuple[Span, ...], span: Span) -> Span:
    """Return the span without the dates at either end."""
    start, end = span
    for first, last in times:
        if first <= start + 1 and start < last:
            start = min(last, end)
    for first, last in reversed(times):
        if last >= end - 1 and start < first < end:
            end = first
    return start, end


def _trim(plain: str, span: Span) -> Span:
    """Return the span without particles, quotes that do not pair, and blanks at its ends."""
    start, end = span
    while start < end and plain[start] in "的，, ":
        start += 1
    while start < end and plain[end - 1] in "的，, ":
        end -= 1
    return start, max(start, end)


def _target(plain: str, topic: Span) -> Span:
    """Return the end of the topic behind 对, empty where there is none."""
    match = _TARGET.search(plain, *topic)
    if match is None or plain[match.start()] == "在":
        return _none(topic[1])
    return _trim(plain, (match.end(), topic[1]))


def _behind(plain: str, rest: Span) -> tuple[Span, Span]:
    """Return thing and topic where the asking words come first: 哪些企业参与了上海光源建设."""
    start, end = rest
    for at in range(start, end - 1):
        stop = verb_at(plain, at, end)
        if stop - at >= 2:
            topic = _trim(plain, (stop, end))
            thing = _trim(plain, (start, at))
            return (thing, topic) if topic[0] < topic[1] else (_none(end), thing)
    return _none(end), rest
