import pytest

from qa.answering.untold import has_few_items, names_nobody
from qa.asking.question import parse_question
from qa.reading.corpus import read_corpus
from qa.reading.sources import Source
from qa.types import Sentence


def sentence(text: str) -> Sentence:
    (passage,) = read_corpus([Source("r.txt", text + "\n", "", 0, {})]).passages
    return Sentence(0, passage, 0, len(text))


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("入选的9家渔业公司都叫什么", "渔业公司9家入选，奖金共300万元。", True),
        ("请列出6位船长的名字", "评出优秀船长6位，其中女船长1位。", True),
        ("航线通到哪八个港口", "航线通到八个港口。", True),
        ("灯塔工程的三位主持人名单", "主持人有三位。", True),
        # Named one by one,
        ("入选的3家渔业公司都叫什么", "青螺渔业、白鹭渔业和东岬水产3家入选。", False),
        ("航线通到哪两个港口", "航线通到青螺湾与白鹭洲。", False),
        # one of them is asked for, no number is told, or it counts something else.
        ("第六家入选的是哪家渔业公司", "青螺渔业入选。", False),
        ("入选的渔业公司都叫什么", "渔业公司9家入选，奖金共300万元。", False),
        ("停航6个月的是哪条航线", "青螺航线停航。", False),
        ("那9家公司为什么落选", "9家公司资质不全，落选。", False),
    ],
)
def test_items_that_are_only_counted(question: str, text: str, expected: bool) -> None:
    assert has_few_items(parse_question(question), [sentence(text)]) is expected


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("青螺灯塔的馆长叫什么名字", "青螺灯塔去年接待游客3万人次。", True),
        ("青螺灯塔 总设计师", "青螺灯塔高42米。", True),
        ("青螺灯塔的总工程师姓名", "青螺灯塔高42米。", True),
        ("青螺渔港主任是谁", "青螺渔港停靠渔船300艘。", True),
        ("青螺灯塔 总设计师", "青螺灯塔的总设计师为陈望舒。", False),
        # A body leads too, and not every question with a role asks who bears it.
        ("Which company leads the lighthouse project?", "项目由青螺水产公司牵头。", False),
        ("派出首席代表的公司叫什么名字", "项目由青螺水产公司牵头。", False),
        ("馆长办公室有多少人", "馆长办公室8人。", False),
    ],
)
def test_nobody_is_named_for_a_role(question: str, text: str, expected: bool) -> None:
    assert names_nobody(parse_question(question), [sentence(text)]) is expected
