from collections.abc import Sequence

import pytest

from qa.answering.answerer import Reply
from qa.answering.choose import Chosen
from qa.answering.comparing import joined
from qa.asking.question import parse_question
from qa.engine import Engine
from qa.indexing.index import build_index
from qa.retrieval.embed import load_encoder
from qa.settings import read_settings
from qa.types import Sentence

REPORT = """# 全县文旅工作年报
## 博物馆
- 青铜馆：建筑面积**3.2万平方米**，全年接待观众**86万人次**，门票收入2100万元。
- 丝绸馆：建筑面积**1.8万平方米**，全年接待观众**131万人次**，门票收入1700万元。
## 旅行社
全县旅行社营业收入共46亿元，其中国内游旅行社、出境游旅行社是两大主力。
国内游旅行社营业收入28亿元，出境游旅行社营业收入18亿元。
## 高桥书院
全年办讲座214场。
## 大岭书院
全年办讲座96场。
"""


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("county")
    source = folder / "年报.md"
    source.write_text(REPORT, "utf-8")
    build_index(folder / "index", [source], load_encoder())
    return Engine.open(read_settings(index=folder / "index"))


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("青铜馆和丝绸馆，谁接待的观众更多？", "86万人次、131万人次"),
        ("青铜馆和丝绸馆，谁接待的观众更少？", "86万人次、131万人次"),
        ("青铜馆和丝绸馆，哪个门票收入高", "2100万元、1700万元"),
        ("高桥书院和大岭书院，哪家办的讲座少", "214场、96场"),
        ("国内游旅行社和出境游旅行社，哪个营业收入更大？", "28亿元、18亿元"),
        ("青铜馆和丝绸馆的建筑面积相比如何？", "3.2万平方米、1.8万平方米"),
    ],
)
def test_each_side_is_told_its_own_figure(county: Engine, question: str, short: str) -> None:
    assert county.ask(question).short == short


def reply_of(engine: Engine, quotes: Sequence[str], short: str) -> Reply:
    """Return a reply that quotes the sentences that hold given words."""
    spans = [(p, *span) for p in engine.corpus.passages for span in p.sentences]
    sentences = [Sentence(row, *span) for row, span in enumerate(spans)]
    chosen = Chosen(tuple(s for s in sentences if any(quote in s.text for quote in quotes)))
    return Reply(parse_question("收入"), (), None, chosen, short, 1.0, 1.0)


@pytest.mark.parametrize(
    ("quotes", "shorts", "answer"),
    [
        # of both sides together
        (["共46亿元"], ["46亿元", "46亿元"], None),
        # told of one side, taken for the other too
        (["收入28亿元"], ["28亿元", "28亿元"], "28亿元、18亿元"),
        (["共46亿元", "收入28亿元"], ["46亿元", "46亿元"], "28亿元、18亿元"),
        (["共46亿元", "收入28亿元"], ["46亿元", "18亿元"], "46亿元、18亿元"),
        (["收入28亿元"], ["18亿元", "28亿元"], "18亿元、28亿元"),
        (["收入28亿元"], ["28亿元", ""], "28亿元"),
    ],
)
def test_one_figure_never_answers_for_both_sides(
    county: Engine, quotes: Sequence[str], shorts: Sequence[str], answer: str | None
) -> None:
    replies = [reply_of(county, quotes, short) for short in shorts]
    question = "国内游旅行社和出境游旅行社，哪个营业收入更大？"
    assert joined(question, replies) == answer
