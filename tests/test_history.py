import json
import random
import time
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import paths
from qa.asking.followup.relative_year import Year, settle
from qa.asking.followup.slots import take_apart
from qa.asking.history import resolve
from qa.reading.corpus import Corpus
from qa.types import Document

_DATA = Path(__file__).parent / "data"
_PARTS = "那它呢的第二一年前去者另个和多少有是谁A1 ，？什么时候 what about it the other one 2020年"


def _rows(*files: Path) -> list[dict[str, Any]]:
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return [json.loads(line) for line in lines]


def _gold() -> list[dict[str, Any]]:
    files = [
        paths.corpus_folder() / "questions.jsonl",
        *sorted((_DATA / "questions").glob("*.jsonl")),
    ]
    training = Path(__file__).parents[1] / "qa" / "training"
    return _rows(*files, *sorted(training.glob("questions_*.jsonl")))


def _right(row: dict[str, Any]) -> bool:
    """Whether a case comes out as written: left alone, or with these words and without those."""
    meant = resolve(row["question"], row["history"])
    if row["same"]:
        return bool(meant == row["question"])
    folded = meant.lower()
    return all(part.lower() in folded for part in row["contains"]) and not any(
        part.lower() in folded for part in row["lacks"]
    )


@pytest.mark.parametrize(("split", "share"), [("look", 0.95), ("report", 0.85)])
def test_follow_ups_come_out_as_meant(split: str, share: float) -> None:
    rows = [row for row in _rows(_DATA / "followups.jsonl") if row["split"] == split]
    right = sum(map(_right, rows))
    assert right / len(rows) >= share, [row["id"] for row in rows if not _right(row)]


def test_a_question_that_stands_alone_is_left_alone() -> None:
    alone = [row["question"] for row in _gold() if not row["history"]]
    chance = random.Random(5)
    changed = [q for q in alone if resolve(q, chance.sample(alone, 4)) != q]
    assert len(alone) > 1_000
    # What is left is spoken: a thing that 那 points at and the rest of the sentence describes.
    assert len(changed) <= 0.004 * len(alone), changed


@pytest.mark.parametrize(
    ("history", "question", "meant"),
    [
        (["甲县有多少所小学？"], "那乙县呢？", "乙县有多少所小学？"),
        (["2019年故宫接待了多少游客？"], "再往前一年呢？", "2018年故宫接待了多少游客？"),
        (["国产大飞机的订单有多少架？"], "它的首飞是哪一天？", "国产大飞机的首飞是哪一天？"),
        (["谁批准了跨海大桥工程？"], "其总投资是多少？", "跨海大桥工程的总投资是多少？"),
        (["甲骨文和金文哪个更早？", "甲骨文有多少个字？"], "另一个呢？", "金文有多少个字？"),
        (["人才公寓建成了多少套？"], "同比增长了多少？", "人才公寓同比增长了多少？"),
        (["臺灣有多少座水庫？"], "那它們的庫容呢？", "臺灣的庫容是多少？"),
        (["天眼发表了多少论文？"], "那国家海洋科学中心呢？", "国家海洋科学中心发表了多少论文？"),
        (["上海有多少家企业？"], "那科研机构呢？", "上海有多少科研机构？"),
        (["海洋专项有多少项？"], "获中央财政资金支持多少？", "海洋专项获中央财政资金支持多少？"),
        (["重点研发计划牵头了多少项？"], "省里又给了多少钱？", "重点研发计划省里又给了多少钱？"),
        (["去年解决多少人饮水问题？"], "那沼气用户准备增加多少", "去年沼气用户准备增加多少？"),
        (["How long is the Yangtze?"], "Who mapped it?", "Who mapped the Yangtze?"),
        (["How long is the Yangtze?"], "What about the Mekong?", "How long is the Mekong?"),
        (["浙江有多少个开发区？"], "And in Jiangsu?", "江苏有多少个开发区？"),
        (["How long is the old tunnel?"], "And the main tunnel?", "How long is the main tunnel?"),
        (["How long is the bridge?"], "And for the dam?", "How long is the dam?"),
        (["星链I的订单量是多少？"], "星链III呢？", "星链III的订单量是多少？"),
        (["甲一号桥的长度是多少？"], "甲二号桥呢？", "甲二号桥的长度是多少？"),
    ],
)
def test_what_is_meant(history: list[str], question: str, meant: str) -> None:
    assert resolve(question, history) == meant


@pytest.mark.parametrize(
    "question",
    [
        "那座被台风刮倒的灯塔修好了吗？",
        "那条从山里通到海边的公路有多长？",
        "那艘去年下水的渔船造价是多少？",
        "那个才三岁的大熊猫叫什么？",
    ],
)
def test_what_is_described_is_not_what_was_spoken_of(question: str) -> None:
    assert resolve(question, ["天文台有几台望远镜？"]) == question


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("这个中心的主任是谁？", "海洋中心的主任是谁？"),
        ("这家公司的营收是多少？", "海洋中心的营收是多少？"),
        ("该项目一共有多少人？", "海洋中心一共有多少人？"),
    ],
)
def test_what_is_only_called_again_is_what_was_spoken_of(question: str, meant: str) -> None:
    assert resolve(question, ["海洋中心有几艘船？"]) == meant


def test_a_chain_of_follow_ups_is_followed() -> None:
    history = ["2022年深圳港的集装箱吞吐量是多少？", "那前一年呢？", "宁波港呢？", "谢谢"]
    assert resolve("再往前一年呢？", history) == "2020年宁波港的集装箱吞吐量是多少？"


@pytest.mark.parametrize("question", ["它有多少人？", "那外省呢？", "And the other one?", "它呢？"])
@pytest.mark.parametrize("history", [[], [""], ["？？"], ["谢谢"]])
def test_nothing_to_lean_on_leaves_it_as_typed(question: str, history: list[str]) -> None:
    assert resolve(question, history) is question


def test_last_year_is_counted_from_the_year_spoken_of_unless_the_report_has_another() -> None:
    def corpus(year: str) -> Corpus:
        return Corpus([Document("d", "a.txt", "报告", "", "", {"year": year})], [], [])

    history = ["2020年接待了多少游客？"]
    assert resolve("去年呢？", history, corpus("2020")) == "2019年接待了多少游客？"
    assert resolve("去年呢？", history, corpus("2024")) == "去年接待了多少游客？"
    assert resolve("前一年呢？", ["接待了多少游客？"], corpus("2024")) == "2023年接待了多少游客？"


@pytest.mark.parametrize(
    ("words", "year"),
    [
        ("前一年", "2019年"),
        ("次年", "2021年"),
        ("两年后", "2022年"),
        ("那一年", "2020年"),
        ("the year before", "2019"),
    ],
)
def test_years_by_their_distance(words: str, year: str) -> None:
    found = settle(words, Year(0, 4, 2020), None)
    assert found == (0, len(words), year)


def test_slots_of_a_question() -> None:
    slots = take_apart("2026年天津计划改造多少公里老旧供热管网？")
    parts = (slots.time, slots.subject, slots.of(slots.verb), slots.of(slots.thing))
    assert parts == ("2026年", "天津", "计划改造", "老旧供热管网")


def test_a_plan_behind_a_verb_is_a_noun() -> None:
    slots = take_apart("重点研发计划牵头了多少项？")
    assert (slots.subject, slots.of(slots.verb)) == ("重点研发计划", "牵头了")


@given(
    st.lists(st.sampled_from(_PARTS.split(" ") + list(_PARTS)), max_size=12).map("".join),
    st.lists(st.text("那它的呢一二年前上海有多少A1 ，。？?", max_size=30), max_size=5),
)
def test_any_question_with_any_history_comes_out(question: str, history: list[str]) -> None:
    meant = resolve(question, history)
    assert bool(meant) == bool(question)
    assert meant == question or len(meant) <= 300


@given(st.text(max_size=40))
def test_without_history_a_question_is_what_it_was(question: str) -> None:
    assert resolve(question, []) is question


def test_it_takes_no_time_worth_mentioning() -> None:
    questions = [row["question"] for row in _gold()][:300]
    history = ["它呢" * 400, *questions[:18], "截至年底，上海光源一期提供了多少机时？"]
    resolve("那神光II呢？", history)

    def timed(question: str) -> float:
        start = time.perf_counter()
        resolve(question, history)
        return time.perf_counter() - start

    assert median(map(timed, questions)) < 2e-4
    assert median(timed("那神光II呢？") for _ in range(20)) < 1e-3
    history.append("上海有多少家的企业在了" * 90)
    assert median(timed("那它呢，有多少？") for _ in range(5)) < 0.05
