"""Polarity: what a quote says to a question that wants yes or no."""

import re
from collections.abc import Sequence

from qa.answering.nearness import Near
from qa.asking.question import Question

_LONGEST = 36
_NOT = re.compile(
    r"尚?未(?!来)|没有?|并非|从未|(?<!共同)不(?!断|仅|但|同|少|良|限|久|动产|懈|忘|懂|规则|平衡|等|失)|"
    r"无(?!人|线|障|数|锡|偿|缝|论|废|烟|形|私|疑|党派|纸|感|愧|接触)|零增长|停止|取消|禁止|暂缓|不再"
)
# Questions to which yes and no are easily mistaken: they deny, or offer a choice.
_TANGLED = re.compile(r"还是|(?:不|没)(?!没|不).{0,8}(?:吗|么)|仍|还[有在会]|是否不")
_CHOICE = re.compile(
    r"有没有|是不是|能不能|会不会|可不可以|要不要|(.)[不没]\1|没有?[？?。]?$|了没|定没定|是否"
)
# Words by which a clause says the opposite of what its other words say.
_ENDED = re.compile(
    r"结束|取消|停止|告别|消除|低于|不及|避免|防止|杜绝|化解|清零|下降|减少|解决|扭转|摆脱|难|慢于|少于|弱"
)
_SURE = 0.6


def yes_or_no(question: Question, nears: Sequence[Near]) -> list[str]:
    """Return the clause that answers, behind 是 or 否 where that is plain; [] where none does."""
    best, score, of = "", -9.0, None
    for near in nears:
        for start, end in near.clauses:
            met = near.base + near.met([(1.0, start, end)]) - 0.01 * (end - start)
            if end - start > 1 and met > score:
                best, score, of = near.raw[start:end], met, near
    clause = best.replace("*", "").strip(" \n，。；！？")
    if of is None or not 1 < len(clause) <= _LONGEST:
        return []
    if not _plain(question, clause):
        return [clause]
    asked = _CHOICE.sub("", question.folded)
    no = bool(_NOT.search(clause)) != bool(_NOT.search(asked))
    words = ("否", "是") if question.lang == "zh" else ("No", "Yes")
    return [f"{words[0] if no else words[1]}{'，' if question.lang == 'zh' else ', '}{clause}"]


def _plain(question: Question, clause: str) -> bool:
    """Return whether a clause says nearly all that is asked, in the same words."""
    if question.lang != "zh" or _TANGLED.search(question.folded) or _ENDED.search(clause):
        return False
    pairs = {term[i : i + 2] for term in question.terms for i in range(len(term) - 1)}
    return bool(pairs) and sum(pair in clause for pair in pairs) >= _SURE * len(pairs)
