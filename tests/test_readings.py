import pytest

from qa.train.readings import characters, plain, table


def test_the_characters_are_those_of_the_standard() -> None:
    found = characters()
    assert len(found) == len(set(found)) == 6763
    assert found[0] == "啊"
    assert "鲁" in found


@pytest.mark.parametrize(
    ("reading", "without"), [("zhāng", "zhang"), ("lǜ", "lv"), ("nüè", "nve"), ("ê̄", "e")]
)
def test_tones_are_dropped(reading: str, without: str) -> None:
    assert plain(reading) == without


def test_a_first_reading_is_told_from_further_ones() -> None:
    read = {ord(c): "ā" for c in characters()} | {ord("长"): "zhǎng,cháng,zhàng,ńg"}
    rows = [line.split("\t") for line in table(read)][2:]
    assert ["chang", "", "长"] in rows
    assert ["zhang", "长", ""] in rows
    assert [row[0] for row in rows] == ["a", "chang", "zhang"]
