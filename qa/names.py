"""Names of things, persons and places in the quotes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from qa.dates import find_dates
from qa.figures import find_figures
from qa.nearness import Near
from qa.pick import Pick
from qa.question import Question
from qa.tables import person_words, place_inside, verbs

_MARKED = re.compile(r"“[^“”]{1,30}”|《[^《》]{1,40}》|「[^「」]{1,30}」|『[^『』]{1,30}』")
_PUNCTUATION = re.compile(r"[，；。！？;!?：:、（）()\n—\s]+|\*{2}")
# Words of the table that also occur inside names: they end a name only at its edge.
_INSIDE = frozenset(
    """建设 发展 服务 保障 保护 投资 生产 制造 销售 出口 进口 供应 合作 共建 联合 试点 改造 推广 普及 应用
    运营 贯通 探索 组织 开放 建 有 居 受 经 据 当 给 让 使 令 至 到 自 除 比 像 列 占 获 叫 以 因 共 又 还
    均 都 并 也 已 着 重点 主要 安排 利用 优化 传承 修复 集聚 汇聚 交付 形成 升级 提升 为 和 与 及 等 如 任 向
    于 各 每 创新 连接 联通 研发 成功 续建 参加 共同 普及 首次 中 往 正式 联 对 从 通过 改建 新建 将 由 或 在 全国 全省 全市 全区 全球 世界 我国 我省 我区 我市 人员 重大 稳定 首批 最大 有效 其他 期间 多个 有力
    一个 历史性 首创 相关 正 计划 拟""".split()
)
_EDGE, _OWN, _HEAD = 1.0, 0.8, 1.5
# A run as short as this takes the words before it along, up to where a name can begin.
_SHORT = 6


@cache
def _breaks() -> re.Pattern[str]:
    """Return the pattern of the words that end a name wherever they stand."""
    return re.compile("|".join(re.escape(word) for word in verbs() if word not in _INSIDE))


@cache
def _edges() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of the words to cut at the beginning and at the end of a name."""
    words = "|".join(map(re.escape, verbs()))
    return re.compile(rf"(?:{words}|\*)++"), re.compile(rf"(?:{words}|\*)++\Z")


def pick_names(question: Question, nears: Sequence[Near]) -> list[Pick]:
    """Return what the quotes say beside the question's words, the best first."""
    picks = [
        Pick(near, start, end, _name_score(question, near, start, end))
        for near in nears
        for start, end in _spans(question, near)
    ]
    return sorted(picks, key=lambda pick: -pick.score)


def _spans(question: Question, near: Near) -> Iterator[tuple[int, int]]:
    """Yield the spans that can be a name: runs that the question does not say."""
    marked = [match.span() for match in _MARKED.finditer(near.text)]
    for start, end in marked:
        if not near.exact[start:end].all() and near.exact[start:end].mean() < 0.6:
            yield start, end
    heads = near.where(question, question.head.split(" ")[-1]) if question.lang == "en" else []
    for start, end in _pieces(near.text, marked):
        yield from _to_head(near, start, end, heads)
        for a, b in _unsaid(near, start, end):
            a, b = trim(near.text, a, b)
            if b - a > 1 and not _is_number(near.text[a:b]):
                a, b = _with_head(question, near, a, b, end)
                yield (trim(near.text, start, b)[0] if b - a < _SHORT else a), b


def _to_head(near: Near, start: int, end: int, heads: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the piece up to where it has the asked noun, in whatever language it was asked."""
    inside = [at for at in heads if start < at < end]
    if inside:
        stop = inside[0] + 1
        while stop in inside:
            stop += 1
        start, _ = trim(near.text, start, stop)
        if stop - start > 2:
            yield start, stop


def _is_number(text: str) -> bool:
    """Return whether a text says nothing but a figure or a date."""
    figures = find_figures(text)
    spans = [(f.start, f.end) for f in figures] + find_dates(text)
    return sum(b - a for a, b in spans) * 2 > len(text)


def _pieces(text: str, marked: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the spans between punctuation and the words that end a name, outside of marks."""
    cuts = sorted(
        [match.span() for match in _PUNCTUATION.finditer(text)]
        + [match.span() for match in _breaks().finditer(text)]
        + list(marked)
    )
    at = 0
    for start, end in cuts:
        if at < start:
            yield at, start
        at = max(at, end)
    if at < len(text):
        yield at, len(text)


def _unsaid(near: Near, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the runs of a span that the question does not say."""
    begin = start
    for at in range(start, end + 1):
        if at == end or near.exact[at]:
            if begin < at:
                yield begin, at
            begin = at + 1


def name_breaks(text: str, start: int, end: int) -> list[int]:
    """Return the ends of those words in a span that cannot stand inside a name."""
    return [m.end() for m in _breaks().finditer(text, start, end) if m.end() < end]


def name_ends(text: str, start: int, end: int) -> list[int]:
    """Return the beginnings of those words in a span that cannot stand inside a name."""
    return [m.start() for m in _breaks().finditer(text, start, end) if m.start() > start]


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a span without the words at its edges that belong to no name."""
    first, last = _edges()
    if (match := first.match(text, start, end)) and match.end() < end:
        start = match.end()
    if match := last.search(text, max(start, end - 12), end):
        end = match.start()
    while start < end and text[start] in " *，、\n":
        start += 1
    while start < end and text[end - 1] in " *，、\n":
        end -= 1
    return start, end


def _with_head(question: Question, near: Near, start: int, end: int, limit: int) -> tuple[int, int]:
    """Return the span with the asked noun behind it, which the question said too."""
    head = question.head
    for size in range(len(head), 0, -1):
        at = near.text.find(head[-size:], end, min(limit, end + 8))
        if at >= 0 and (size > 1 or limit - at == 1):
            return start, at + size
    if near.text[end : end + 1] == "号":
        return start, end + 1
    if question.lang == "en":
        stop = min(limit, end + 6)
        while end < stop and near.exact[end]:
            end += 1
    return start, end


def _name_score(question: Question, near: Near, start: int, end: int) -> float:
    """Return how well a span fits as the name asked for."""
    clause = near.clause(start)
    spans = [(1.0, clause[0], start), (1.0, end, clause[1]), (_OWN, start, end), (0.3, 0, len(near.text))]
    score = near.met(spans) + _gap_score(question, near, start, end)
    text = near.text[start:end]
    touched = near.exact[max(0, start - 4) : start].any() or near.exact[end : end + 4].any()
    score += _EDGE if touched else 0.0
    if question.lang == "en":
        heads = near.where(question, question.head.split(" ")[-1])
        score += _HEAD if any(start < at < end for at in heads) else 0.0
        score += _HEAD / 2 if end - 1 in heads else 0.0
    elif question.head and (text.endswith(question.head[-1]) or question.head in text):
        score += _HEAD
    if _MARKED.fullmatch(text):
        score += 0.7
    if not _PUNCTUATION.sub("", near.text[clause[0] : start]):
        score += 0.4
    return score - 0.15 * max(0, end - start - 14)


_GAP = re.compile(r"(?:哪(?:一)?[个家所座项艘款条支部届处种位次]?|什么|谁|哪里|哪儿|何处|何人)")


def _gap_score(question: Question, near: Near, start: int, end: int) -> float:
    """Return how far the words beside a name are those beside the asking words (以…为试点)."""
    match = _GAP.search(question.folded)
    if match is None:
        return 0.0
    left = question.folded[max(0, match.start() - 3) : match.start()]
    behind = match.end() + (len(question.head) if question.folded.startswith(question.head, match.end()) else 0)
    right = question.folded[behind : behind + 3]
    before, after = near.text[max(0, start - 3) : start], near.text[end : end + 3]
    same_left = next((k for k in (3, 2, 1) if left[-k:] and before.endswith(left[-k:])), 0)
    same_right = next((k for k in (3, 2, 1) if right[:k] and after.startswith(right[:k])), 0)
    return 0.6 * (same_left + same_right) * (1.5 if same_left and same_right else 1.0)


# Who stands beside a name, in any order: 国务院总理 朱镕基, 屠呦呦研究员, 由邓小平同志.
_NAME = r"[\u4e00-\u9fff]"
_AFTER_NAME = r"(?=$|[，、；。：！？\s”》（）*]|等|同志|先生|女士|获|为|在|的|主持|担任|任|作|说|指出|率|带领|团队|向|代表|当选|领衔|牵头)"


def _verb_words() -> str:
    """Return the words of two characters and more that may follow a name, as alternatives."""
    return "|".join(re.escape(word) for word in verbs() if len(word) > 1)


@cache
def _person() -> re.Pattern[str]:
    """Return the pattern of a person's name, with a group for the title before it."""
    surnames = "|".join(person_words("surname"))
    titles = "|".join(map(re.escape, person_words("title")))
    return re.compile(
        rf"(?P<title>{titles})?(?P<gap>^|[\s，、；。：！？“”（）*—]*)(?P<name>(?:{surnames}){_NAME}{{1,2}}?)"
        rf"(?:(?P<after>{titles})|{_AFTER_NAME}|(?=(?:{_verb_words()})))|(?P<foreign>[\u4e00-\u9fff]{{1,8}}(?:·[\u4e00-\u9fff]{{1,8}})+)"
    )


def pick_persons(question: Question, nears: Sequence[Near]) -> list[Pick]:
    """Return the names of persons, the best first."""
    picks = []
    for near in nears:
        at = 0
        while match := _person().search(near.text, at):
            group = "foreign" if match["foreign"] else "name"
            start, end = match.span(group)
            at = start + 1
            beside = bool(match["title"] or match["after"])
            edged = bool(match["gap"]) or _edged(near.text, start)
            if group == "name" and not (beside or edged):
                continue
            if near.exact[start:end].all():
                continue
            score = _name_score(question, near, start, end) + (2.0 if beside else 0.0)
            score += 0.5 * edged + (1.0 if group == "foreign" else 0.0)
            picks.append(Pick(near, start, end, score + 0.2 * (end - start)))
        picks = _joined(picks) if _MANY.search(question.folded) else picks
    return sorted(picks, key=lambda pick: -pick.score)


_MANY = re.compile(r"有谁|哪(?:些|几|两|三)|都|们|分别|各|和|\bwho are\b|\bnames\b")


def _joined(picks: list[Pick]) -> list[Pick]:
    """Return the picks with those that stand side by side, 、 between them, made one."""
    joined: list[Pick] = []
    for pick in sorted(picks, key=lambda pick: pick.start):
        last = joined[-1] if joined else None
        if last and last.near is pick.near and pick.near.text[last.end : pick.start] in {"、", "和"}:
            joined[-1] = replace(last, end=pick.end, score=max(last.score, pick.score))
        else:
            joined.append(pick)
    return joined


def _edged(text: str, start: int) -> bool:
    """Return whether a name may begin here: at the start, or behind a word that is no name."""
    return start == 0 or bool(_edges()[1].search(text[max(0, start - 6) : start]))


_LEVELS = "省市县区州镇村乡旗盟岛港路街湾"


@cache
def _place() -> re.Pattern[str]:
    """Return the pattern of a place: a known one with what belongs to it, or by its last word."""
    known = "|".join(sorted(map(re.escape, place_inside()), key=len, reverse=True))
    level = rf"(?:自治区|自治州|自治县|新区|街道|[{_LEVELS}])(?!长|域|级|民|场|委|庄)"
    return re.compile(
        rf"(?:{known})(?:{level})?(?:[\u4e00-\u9fff]{{1,6}}?{level}){{0,3}}|"
        rf"(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{{1,6}}?{level}(?:[\u4e00-\u9fff]{{1,6}}?{level}){{0,3}}"
    )


def pick_places(question: Question, nears: Sequence[Near]) -> list[Pick]:
    """Return the names of places, the best first."""
    picks = [pick for pick in pick_names(question, nears)]
    for near in nears:
        dates = find_dates(near.text)
        for match in _place().finditer(near.text):
            start, end = trim(near.text, *match.span())
            if match[0][:2] in place_inside():
                start, end = match.span()
            start, end = _with_head(question, near, start, end, near.clause(end)[1])
            if end - start < 2 or near.exact[start:end].all():
                continue
            if any(a < end and start < b for a, b in dates):
                continue
            score = _name_score(question, near, start, end) + 1.0
            level = question.head[-1:] if question.head[-1:] in _LEVELS else ""
            score += 1.0 if level and near.text[start:end].endswith(level) else 0.0
            picks.append(Pick(near, start, end, score))
    return sorted(picks, key=lambda pick: -pick.score)
