"""Which sentences are the items of one list, and which of them answer."""

import pytest

from qa.answering.runs import runs
from qa.engine import Engine
from qa.indexing.index import build_index
from qa.reading.corpus import read_corpus
from qa.reading.sources import Source
from qa.retrieval.embed import load_encoder
from qa.settings import read_settings
from qa.types import Sentence

REPORT = """# 港城交通年报

## 民生工程

全年办好七件实事：

1.新增公交专用道12公里；

2.改造老旧站台60座；

3.新开通勤线路8条；

4.更换新能源公交车300辆；

5.增设自行车停放点90处；

6.加装盲道提示器500个；

7.建成换乘中心2座。

## 科研攻关

2024年启动实施4个攻关专项，总经费2亿元，市级财政安排一半。
● 潮汐发电专项：由港城大学牵头，经费6000万元。
● 船舶减阻专项：由港城船舶研究所牵头，经费5000万元。
● 海冰预报专项：由市气象台牵头，经费4000万元。
● 桥梁防腐专项：由港城大桥公司牵头，经费5000万元。

## 养老机构

市第一福利院：床位1200张，护理员318人。
海棠路颐养苑：床位640张，护理员171人。
北岸康养中心：床位860张，护理员205人。
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("port")
    (folder / "port.md").write_text(REPORT, encoding="utf-8")
    build_index(folder / "index", [folder / "port.md"], load_encoder())
    return Engine.open(read_settings(index=folder / "index"))


@pytest.mark.parametrize(
    ("question", "first", "last", "count"),
    [
        ("港城全年办好了哪七件实事？", "1.新增公交", "7.建成换乘", 7),
        ("港城2024年启动了哪4个攻关专项？", "潮汐发电专项", "桥梁防腐专项", 4),
    ],
)
def test_a_list_is_quoted_whole(
    port: Engine, question: str, first: str, last: str, count: int
) -> None:
    found = [citation.quote for citation in port.ask(question).citations]
    assert (len(found), found[0].startswith(first), found[-1].startswith(last)) == (count, 1, 1)


def test_one_item_of_a_list_is_still_one_answer(port: Engine) -> None:
    found = [citation.quote for citation in port.ask("船舶减阻专项的经费是多少？").citations]
    assert found[0].startswith("船舶减阻专项")
    assert len(found) < 4


def sentences(text: str) -> list[Sentence]:
    corpus = read_corpus([Source("x.txt", text, "", 0, {})])
    spans = [(passage, span) for passage in corpus.passages for span in passage.sentences]
    return [Sentence(row, passage, *span) for row, (passage, span) in enumerate(spans)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一是建桥，已完工。全长2公里。二是修路，在建。\n", [["一是", "二是"]]),
        (
            "- 甲桥，通车\n- 乙桥，在建\n另有一路。\n- 丙路，通车\n- 丁路，在建\n",
            [["甲桥", "乙桥"], ["丙路", "丁路"]],
        ),
        ("甲馆：开放300天。\n乙馆：开放280天。\n", [["甲馆", "乙馆"]]),
        ("三个月建成甲桥。\n两座桥通车。\n", []),
        ("① 甲桥，通车\n", []),
    ],
)
def test_runs(text: str, expected: list[list[str]]) -> None:
    assert [[s.text[:2] for s in run] for run in runs(sentences(text))] == expected
