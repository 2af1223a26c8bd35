import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.asking.itself import FACETS, of_itself, part_numbers


@pytest.mark.parametrize(
    ("text", "facets"),
    [
        ("这个报告是讲什么的?", {"about"}),
        ("报告是哪一年的", {"when"}),
        ("省长作报告的时间", {"when"}),
        ("王明省长什么时候作的工作报告", {"when"}),
        ("报告由谁向人代会作的", {"who"}),
        ("吉林的政府工作报告作于何日", {"when"}),
        ("报告是谁在哪次会议上作的", {"who", "where"}),
        ("该决定是哪天通过的", {"when"}),
        ("报告有几个部分", {"parts"}),
        ("第二部分讲什么", {"about"}),
        ("第三章有哪几节", {"parts"}),
        ("when was this report delivered, and by whom?", {"when", "who"}),
        ("which sections does the document have?", {"parts"}),
        ("what does chapter two cover?", {"about"}),
        ("what is the title of the report?", {"title"}),
    ],
)
def test_a_question_about_the_document(text: str, facets: set[str]) -> None:
    assert of_itself(text, "en" if text.isascii() else "zh") == facets


@pytest.mark.parametrize(
    "text",
    [
        "报告提到的企业有几家",
        "报告说要新建多少住房",
        "政府工作报告提出的目标是什么",
        "省长在报告里说了什么困难",
        "报告期内完成投资多少",
        "发布了哪些报告",
        "第二部分的重点任务是什么",
        "大会是哪天召开的",
        "省长是谁",
        "what does the report say about water?",
        "which sections of the road were overhauled?",
        "when was the bridge opened?",
        "这份报告",
        "",
    ],
)
def test_a_question_that_only_mentions_it(text: str) -> None:
    assert not of_itself(text, "en" if text.isascii() else "zh")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("第二部分讲什么", (2,)),
        ("第十二章第3节", (12, 3)),
        ("最后一部分", (0,)),
        ("the third chapter", (3,)),
        ("section two of part 4", (2, 4)),
        ("第二季度", ()),
    ],
)
def test_parts_by_their_number(text: str, numbers: tuple[int, ...]) -> None:
    assert part_numbers(text) == numbers


@given(
    st.text("报告第二章部分是谁哪天作的 what chapter ten0-9〇", max_size=40),
    st.sampled_from(["zh", "en"]),
)
def test_any_text_is_read(text: str, lang: str) -> None:
    assert of_itself(text, lang) <= set(FACETS)
    assert all(0 <= number < 1000 for number in part_numbers(text))
