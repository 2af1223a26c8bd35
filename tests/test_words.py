"""Words and the phrases that they make, against what can be told one character at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.edges import whole
from qa.answering.phrases import phrases
from qa.asking.words import word_around, words

TEXTS = st.text(st.sampled_from("建成大桥的，。“”《》Ab 12万亿*张江科学城和由華𠀀\n"), max_size=40)


@given(TEXTS)
def test_words_tile_the_text(text: str) -> None:
    found = words(text)
    assert [a for a, _, _ in found] == [0, *(b for _, b, _ in found)][: len(found)]
    assert not found or found[-1][1] == len(text)


@given(TEXTS, st.integers(0, 45))
def test_a_word_is_found_by_its_characters(text: str, at: int) -> None:
    around = next(((a, b) for a, b, _ in words(text) if a <= at < b), (at, at))
    assert word_around(text, at) == around


@given(TEXTS)
def test_phrases_are_whole_words_without_signs(text: str) -> None:
    begins, ends = {a for a, _, _ in words(text)}, {b for _, b, _ in words(text)}
    for start, end in phrases(text):
        assert start in begins
        assert end in ends
        assert start < end
        assert not set(text[start:end]) & set("，。“”《》*\n")


def test_traditional_words_are_those_of_the_simplified() -> None:
    assert [span[:2] for span in words("國家實驗室")] == [span[:2] for span in words("国家实验室")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("世界最长高速公路隧道——天山胜利隧道贯通、乌尉高速全线通车", "天山胜利隧道"),
        ("推动设立南京中山国家植物园。", "南京中山国家植物园"),
        ("去年我国同卡塔尔建立了外交关系", "卡塔尔"),
        ("神舟十号遨游太空，嫦娥三号成功登月", "神舟十号"),
    ],
)
def test_names_are_among_the_phrases(text: str, name: str) -> None:
    assert name in {text[start:end] for start, end in phrases(text)}


@pytest.mark.parametrize(
    ("text", "name", "longer"),
    [
        ("转化医学瑞金大楼开放试运行", "瑞金大楼", "瑞金大楼开放"),
        ("新港集团在北京证券交易所挂牌", "北京证券交易所", "北京证券交易所挂牌"),
        ("该片由两家电视台播出", "电视台", "电视台播出"),
    ],
)
def test_no_phrase_ends_in_what_a_thing_does(text: str, name: str, longer: str) -> None:
    found = {text[start:end] for start, end in phrases(text)}
    assert longer not in found
    assert any(one.endswith(name) for one in found)


def test_a_cut_word_is_made_whole_but_not_one_that_swallowed_a_name() -> None:
    text = "推动设立南京中山国家植物园"
    assert text[slice(*whole(text, 4, 9, ()))] == "南京中山国家"
    swallowed = "项目负责人为闻书雁。"
    start = swallowed.index("闻")
    assert whole(swallowed, start, start + 3, ()) == (start, start + 3)
