import pytest

from qa.asking.question import parse_question
from qa.asking.sides import compared, side_names


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("甲厂和乙厂哪个产量更高？", ["甲厂哪个产量更高？", "乙厂哪个产量更高？"]),
        ("去年铁路与公路的里程相比如何？", ["去年铁路的里程相比如何？", "公路的里程相比如何？"]),
        (
            "Compare the output of the north plant and the south plant.",
            ["Compare the output of the north plant.", "Compare the output of the south plant."],
        ),
        ("甲厂的产量是多少？", []),
        ("哪个厂的产量最高？", []),
    ],
)
def test_each_side_is_asked_alone(question: str, expected: list[str]) -> None:
    assert [side.text for side in compared(parse_question(question))] == expected


def test_a_comparison_of_size_asks_for_figures() -> None:
    assert {side.kind for side in compared(parse_question("甲厂和乙厂哪个产量更高？"))} == {
        "figure"
    }


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("2024年甲厂和乙厂哪个产量更高？", ("甲厂", "乙厂")),
        ("园区里茶业与竹业，谁的产值高？", ("茶业", "竹业")),
        ("国内航线和国际航线哪个旅客更多？", ("国内航线", "国际航线")),
        ("瓦里斯和布里格，谁的产值高？", ("瓦里斯", "布里格")),
        ("哪个厂的产量最高？", ()),
        ("甲厂和乙厂的产量是多少？", ()),
    ],
)
def test_the_sides_are_named_without_what_frames_them(
    question: str, names: tuple[str, ...]
) -> None:
    assert side_names(parse_question(question)) == names
