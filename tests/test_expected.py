from time import perf_counter

import pytest

from qa.answering.expected import fits
from qa.asking.question import parse_question


@pytest.mark.parametrize(
    ("question", "text", "value"),
    [
        ("主任是谁？", "主任张小明主持会议", 1.0),
        ("主任是谁？", "各部门主任参加了会议", 0.0),
        ("队长是谁？", "队长钟若溪获评模范", 1.0),
        ("主任由谁担任？", "首任主任由材料学家宋启衡担任。", 1.0),
        ("负责人叫什么？是谁？", "项目负责人为闻书雁.", 1.0),
        ("主任是谁？", "主任单位召开会议", 0.0),
        ("桥有多长？", "大桥全长3公里", 1.0),
        ("桥有多长？", "大桥投资3亿元", 0.25),
        ("花了多少元？", "投资3万美元", 1.0),
        ("哪天通车？", "大桥全长3公里", 0.0),
        ("在哪个市？", "大桥在泉州通车", 1.0),
    ],
)
def test_fits(question: str, text: str, value: float) -> None:
    assert fits(parse_question(question), text) == value


def test_time_is_linear() -> None:
    asked = parse_question("主任是谁？")
    started = perf_counter()
    fits(asked, "主任" * 20_000)
    assert perf_counter() - started < 2
