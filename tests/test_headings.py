import pytest

from qa.engine import Engine
from qa.indexing.index import build_index
from qa.retrieval.embed import load_encoder
from qa.settings import read_settings
from qa.types import Answer

REPORT = """# 科技年报

## 大型望远镜集群初步形成

全年推进望远镜集群布局，建成和在建望远镜共7台。

### 已建望远镜观测成果丰硕

#### 天眼一号

全年观测5200小时。

#### 银河阵列

发现脉冲星31颗。

#### 南山射电站

完成升级改造。

### 新建望远镜进展顺利

#### 雪原望远镜

主体封顶，新添的三台终端为光谱仪、测光仪、偏振仪。

#### 海岛干涉仪

启动设备安装。

## 市级攻关专项持续推进

市级攻关专项已启动智能芯片、海洋钻探、合成生物、量子测量、空天信息等5个。

### 市级攻关专项形成一批成果

#### 智能芯片

完成流片。

#### 海洋钻探

下钻3000米。
"""


@pytest.fixture(scope="module")
def science(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("science")
    (folder / "science.md").write_text(REPORT, encoding="utf-8")
    build_index(folder / "index", [folder / "science.md"], load_encoder())
    return Engine.open(read_settings(index=folder / "index"))


def quotes(answer: Answer) -> list[str]:
    return [citation.quote.lstrip("# ") for citation in answer.citations]


@pytest.mark.parametrize("question", ["请列出已建的望远镜。", "已建望远镜都有哪些？"])
def test_a_list_is_the_headings_under_the_one_that_names_it(science: Engine, question: str) -> None:
    answer = science.ask(question)
    assert quotes(answer) == ["天眼一号", "银河阵列", "南山射电站"]
    assert answer.coverage is not None
    assert (answer.coverage.section_items, answer.coverage.listed) == (3, 3)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("新建的两座望远镜是哪两座？", ["雪原望远镜", "海岛干涉仪"]),
        ("新建望远镜包括哪几个部分？", ["雪原望远镜", "海岛干涉仪"]),
    ],
)
def test_headings_may_be_counted_or_asked_for_as_parts(
    science: Engine, question: str, expected: list[str]
) -> None:
    assert quotes(science.ask(question)) == expected


@pytest.mark.parametrize(
    "question", ["新建望远镜进展中新添了哪些终端？", "新建的三座望远镜是哪三座？"]
)
def test_headings_are_no_items_of_another_kind_or_number(science: Engine, question: str) -> None:
    assert "海岛干涉仪" not in quotes(science.ask(question))


def test_a_sentence_that_is_likelier_than_the_heading_is_the_better_list(science: Engine) -> None:
    answer = science.ask("已启动的市级攻关专项有哪些？")
    assert quotes(answer)[0].startswith("市级攻关专项已启动智能芯片")


@pytest.mark.parametrize("question", ["望远镜建设的总体情况是怎样的？", "概述望远镜集群的情况"])
def test_a_summary_is_the_introduction_of_the_outermost_section(
    science: Engine, question: str
) -> None:
    assert quotes(science.ask(question)) == ["全年推进望远镜集群布局，建成和在建望远镜共7台。"]
