import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.asking.spacing import close_up


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("约 8 640 万元", "约8640万元"),
        ("2022 年 9 月 20 日", "2022年9月20日"),
        ("1\u202f234\u202f567", "1234567"),
        ("12 504 88.2", "12 504 88.2"),
        ("6.3 504 人", "6.3 504人"),
        ("2023 640 家", "2023 640家"),
        ("12 504\n", "12 504\n"),
        ("in 2022 the 5 firms", "in 2022 the 5 firms"),
    ],
)
def test_close_up(text: str, closed: str) -> None:
    assert close_up(text)[0] == closed


@given(st.text(alphabet="0123456789 ,.年万元\u2009\n", max_size=40))
def test_each_character_is_found_again(text: str) -> None:
    closed, whence = close_up(text)
    assert [text[at] for at in whence] == list(closed)
    assert closed.replace(" ", "").replace("\u2009", "") == text.replace(" ", "").replace(
        "\u2009", ""
    )
