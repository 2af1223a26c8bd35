from pathlib import Path

import pytest

from qa.answering.compose import plain
from qa.engine import Engine
from qa.indexing.index import build_index
from qa.retrieval.embed import load_encoder
from qa.settings import read_settings
from qa.types import Answer

REPORT = """城市年度报告

2023年3月5日

市长 李明

一、交通建设

全年新建地铁42公里，总里程达到512公里。公交车更新1200辆，其中新能源车占86%。机场旅客吞吐量分别为国内3100万人次、国际420万人次。

二、科技创新

重点实验室

- 量子计算实验室建成投用
- 脑科学实验室启动建设
- 深海装备实验室通过验收

人才引进

全年引进高层次人才3500人，发放补贴2.6亿元。

三、生态环境

空气优良天数310天。主要做了以下工作：一是关停高污染企业45家。二是植树造林6万亩。三是治理河道120公里。
"""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine over a small report that no coefficient was fitted on."""
    folder = tmp_path_factory.mktemp("city")
    (folder / "city.txt").write_text(REPORT, encoding="utf-8")
    build_index(folder / "index", [folder / "city.txt"], load_encoder())
    return Engine.open(read_settings(index=folder / "index"))


def quotes(answer: Answer) -> list[str]:
    return [citation.quote for citation in answer.citations]


@pytest.mark.parametrize(
    ("question", "quote", "short"),
    [
        ("地铁总里程是多少公里？", "全年新建地铁42公里，总里程达到512公里。", "512公里"),
        ("引进了多少高层次人才", "全年引进高层次人才3500人，发放补贴2.6亿元。", "3500人"),
        ("How many high-level talents were recruited?", "全年引进高层次人才3500人", "3500人"),
        ("空氣優良天數有多少天？", "空气优良天数310天。", "310天"),
    ],
)
def test_a_figure_is_quoted_and_picked(city: Engine, question: str, quote: str, short: str) -> None:
    answer = city.ask(question)
    assert any(quote in one for one in quotes(answer))
    assert short in (answer.short or "")


def test_a_list_is_read_off_its_section_with_its_count(city: Engine) -> None:
    answer = city.ask("重点实验室有哪些？")
    assert quotes(answer) == [
        "量子计算实验室建成投用",
        "脑科学实验室启动建设",
        "深海装备实验室通过验收",
    ]
    assert answer.coverage is not None
    assert (answer.coverage.section_items, answer.coverage.listed) == (3, 3)
    assert answer.text is not None
    assert answer.text.startswith("重点实验室：")


@pytest.mark.parametrize("question", ["晚饭吃什么好？", "What is the best restaurant in town?"])
def test_what_is_far_from_everything_is_refused(city: Engine, question: str) -> None:
    assert not city.ask(question).answerable


def test_two_parts_are_answered_apart(city: Engine) -> None:
    answer = city.ask("新建地铁多少公里？治理河道多少公里？")
    assert answer.short is not None
    assert "42公里" in answer.short
    assert "120公里" in answer.short
    assert answer.unanswered == ()


@pytest.mark.parametrize(
    "question",
    [
        "红烧肉怎么做？",
        "Who won the world cup?",
        "量子计算实验室的主任是谁？",
        "2015年新建地铁多少公里？",
    ],
)
def test_what_the_report_does_not_say_is_refused(city: Engine, question: str) -> None:
    answer = city.ask(question)
    assert answer.refusal is not None
    assert answer.text is None
    assert answer.citations == ()
    assert answer.refusal.message


def test_a_refusal_says_why_in_the_questions_language(city: Engine) -> None:
    chinese, english = city.ask("怎么样？").refusal, city.ask("tell me more").refusal
    assert chinese is not None
    assert english is not None
    assert chinese.reason == english.reason == "too_vague"
    assert english.message.isascii()
    assert not chinese.message.isascii()


def test_the_document_tells_about_itself(city: Engine) -> None:
    answer = city.ask("这份报告有哪些部分？")
    assert quotes(answer) == ["一、交通建设", "二、科技创新", "三、生态环境"]
    assert answer.coverage is not None
    assert answer.coverage.section_items == 3
    assert quotes(city.ask("What is the title of this report?")) == ["城市年度报告"]
    assert quotes(city.ask("这个报告是讲什么的？"))[:2] == ["城市年度报告", "一、交通建设"]


@pytest.mark.parametrize(
    ("question", "quote", "short"),
    [
        ("报告是哪一天作的？", "2023年3月5日", "2023年3月5日"),
        ("这是哪一年的报告", "2023年3月5日", "2023年3月5日"),
        ("报告由谁所作", "市长 李明", "李明"),
        ("谁在哪天作的报告", "2023年3月5日|市长 李明", "2023年3月5日、李明"),
        ("When was the report given, and by whom?", "2023年3月5日|市长 李明", "2023年3月5日、李明"),
        ("第二部分讲什么", "二、科技创新|重点实验室|人才引进", None),
        ("第二章第一节的标题", "重点实验室", None),
        ("What is the last chapter about?", "三、生态环境|空气优良天数310天。", None),
    ],
)  # fmt: skip
def test_what_stands_above_the_text_tells_when_and_by_whom(
    city: Engine, question: str, quote: str, short: str | None
) -> None:
    answer = city.ask(question)
    assert "|".join(quotes(answer)).startswith(quote)
    assert answer.short == short


@pytest.mark.parametrize("question", ["报告是在哪次会议上作的？", "第四部分讲什么"])
def test_what_a_document_does_not_say_of_itself_is_refused(city: Engine, question: str) -> None:
    refusal = city.ask(question).refusal
    assert refusal is not None
    assert refusal.reason == "not_in_report"


def test_an_answer_is_made_of_its_quotes(city: Engine) -> None:
    for question in ("重点实验室有哪些？", "地铁里程是多少？", "How many buses were renewed?"):
        answer = city.ask(question)
        assert answer.text is not None
        for citation in answer.citations:
            assert f"{plain(citation.quote)}[{citation.number}]" in answer.text
            assert citation.passage.start <= citation.start < citation.end <= citation.passage.end


def test_a_section_named_in_the_question_limits_it(city: Engine) -> None:
    answer = city.ask("在“二、科技创新”一节里，发放了多少补贴？")
    sections = {hit.passage.section.path[1] for hit in answer.hits}
    assert sections == {"二、科技创新"}


def test_no_score_depends_on_a_folder(city: Engine, tmp_path: Path) -> None:
    (tmp_path / "city.txt").write_text(REPORT, encoding="utf-8")
    build_index(tmp_path / "index", [tmp_path / "city.txt"], load_encoder())
    again = Engine.open(read_settings(index=tmp_path / "index"))
    question = "地铁总里程是多少公里？"
    assert again.ask(question) == again.ask(question)
    assert again.ask(question).confidence == city.ask(question).confidence
