import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.asking import pinyin
from qa.asking.pinyin import Names
from qa.asking.tables import readings
from qa.engine import Engine
from qa.indexing.index import build_index, load_index
from qa.retrieval.embed import load_encoder
from qa.settings import read_settings

REPORT = """# 某市工作报告

## 一、合作

鲁班工坊增至26个。陵水黎安试验区签约高校26所。推进国有企业改革，落实各项计划。

## 二、建设

临港新片区加快建设。全长江段共有码头12座。吉化转型升级项目建成投产。邓小平理论是指南。
吕梁机场扩建完工。西安与长安合作办学。洞庭湖水质改善。资金周转顺畅。释放活力。西宁医院开诊。
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pinyin")
    (folder / "report.md").write_text(REPORT, encoding="utf-8")
    build_index(folder / "index", [folder / "report.md"], load_encoder())
    return folder / "index"


@pytest.fixture(scope="module")
def names(folder: Path) -> Names:
    return Names(load_index(folder).sentences)


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("How many Luban Workshops are there?", "How many 鲁班 Workshops are there?"),
        ("What is Luban's share?", "What is 鲁班's share?"),
        ("Where is Li'an?", "Where is 黎安?"),
        ("Where is Li’an?", "Where is 黎安?"),
        ("Lingshui Li'an and Lingang", "陵水黎安 and 临港"),
        ("What did Deng Xiaoping say?", "What did 邓小平 say?"),
        ("How big is Lüliang Airport?", "How big is 吕梁 Airport?"),
        ("How clean is Dongting Lake?", "How clean is 洞庭 Lake?"),
        ("Which hospital opened in Xining?", "Which hospital opened in 西宁?"),
        ("What did Jihua build?", "What did 吉化 build?"),  # not 计划, a plan
    ],
)
def test_a_name_is_put_into_the_characters_of_the_corpus(
    names: Names, question: str, named: str
) -> None:
    assert names.put_in(question) == named


@pytest.mark.parametrize(
    "question",
    [
        "Can He or She change the Long Wage of Women, Men, Fang and Sun?",
        "Are Hong Kong and Macao in it?",  # places have names of their own
        "What is Youqi?",  # 国有企业 holds 有企, but no such name
        "What did Deng Xiaopu say?",  # half a name is another's
        "how many luban workshops",  # a name is written with a capital
        "Who is Wang?",
        "Who is " + "Xi" * 500 + "?",
        "Who is Shi Fang?",  # 释放 is a word
        "鲁班工坊有多少个, Luban?",
        "What is Zhongguancun?",
        "",
    ],
)
def test_what_is_no_name_of_the_corpus_stays(names: Names, question: str) -> None:
    assert names.put_in(question) == question


def test_the_name_is_found_and_answered(folder: Path) -> None:
    engine = Engine.open(read_settings(index=folder))
    question = "How many Luban Workshops are there?"
    assert "鲁班工坊" in engine.search(question)[0].passage.text
    answer = engine.ask(question)
    assert answer.question == answer.resolved_question == question
    assert answer.short == "26个"


def test_a_syllable_begins_with_a_vowel_only_where_it_is_marked() -> None:
    assert list(pinyin._split("fangan")) == [("fan", "gan")]
    assert pinyin._ways("xi'an") == (("xi", "an"),)
    assert pinyin._ways("xian") == (("xian",),)
    assert not pinyin._ways("meeting")
    assert not pinyin._ways("leading")


@given(st.lists(st.sampled_from(sorted(readings())), min_size=1, max_size=4))
def test_syllables_are_read_back(syllables: list[str]) -> None:
    assert tuple(syllables) in pinyin._ways("'".join(syllables))


@given(st.text(alphabet=st.sampled_from("abeginoxuü'-’ ABLXZ鲁班?"), max_size=30))
def test_only_whole_words_change(names: Names, text: str) -> None:
    named = names.put_in(text)
    if named != text:
        kept = [part for part in re.split("[㐀-鿿]+", named) if part]
        assert all(part in text for part in kept)
    assert names.put_in(named) == named


def test_the_table_reads_what_is_read_two_ways() -> None:
    assert readings()["chang"]["长"] != readings()["zhang"]["长"]
    assert "吕" in readings()["lv"]
    assert all(re.fullmatch("[a-z]{1,6}", syllable) for syllable in readings())


def test_an_english_question_stays_quick(names: Names) -> None:
    def fastest(ask: Callable[[], object]) -> float:
        times = []
        for _ in range(5):
            names._remembered.cache_clear()
            start = time.perf_counter()
            ask()
            times.append(time.perf_counter() - start)
        return min(times)

    assert fastest(lambda: names.put_in("How many Luban Workshops has Lingang set up?")) < 0.01
    many = " ".join(f"{a}{b}".capitalize() for a in ("shi", "ji", "yi") for b in readings())
    assert fastest(lambda: names.put_in(f"What are {many}?"[:1000])) < 0.2
