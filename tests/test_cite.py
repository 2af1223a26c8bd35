import json
from datetime import date

import pytest

from qa.serving.cite import STYLES, Place, Style, clean, deep_link, format_citation, place_of
from qa.types import Citation, Document, Passage, Section

TEXT = "进展\n\n- 梳理项目**97**个, 总投资约**1700亿元**\n- 完成2项\n"
END = TEXT.index("\n- 完成")
KNOWN = {
    "title": "进展报告",
    "container": "年度报告",
    "author": "某委员会",
    "publisher": "某出版社",
    "place": "北京",
    "year": "2021",
    "url": "https://example.org/r",
    "language": "zh",
    "type": "report",
    "pages": "3-9",
}
TODAY = date(2026, 1, 2)


def a_place(metadata: dict[str, str], title: str = "进展报告", path: tuple[str, ...] = ()) -> Place:
    document = Document("d1", "r.txt", title, TEXT, "0" * 64, metadata)
    return Place(Section("s1", document, path, 0, 2, len(TEXT)), 4, END)


def cite(style: Style, metadata: dict[str, str], path: tuple[str, ...] = ("进展",)) -> str:
    return format_citation(a_place(metadata, path=path), style, base="http://h", accessed=TODAY)


def test_everything_known_is_said() -> None:
    assert cite("gbt7714", KNOWN) == (
        "某委员会. 进展报告[R/OL]//年度报告. 北京: 某出版社, 2021: 3-9, “进展”[2026-01-02]."
        " https://example.org/r."
    )
    assert cite("footnote", KNOWN) == (
        "某委员会：《进展报告》，载《年度报告》，北京：某出版社，2021年，第3-9页，“进展”部分，"
        "https://example.org/r，2026-01-02访问。"
    )
    assert cite("apa", KNOWN) == (
        "某委员会. (2021). 进展报告. In 年度报告 (pp. 3-9, section “进展”). 某出版社."
        " https://example.org/r"
    )


def test_what_is_unknown_is_called_so_and_never_invented() -> None:
    assert cite("gbt7714", {"language": "zh"}) == (
        "进展报告[Z]. [出版地不详]: [出版者不详], [出版年不详]: “进展”."
    )
    assert cite("gbt7714", {"language": "en"}).startswith("进展报告[Z]. [S.l.]: [s.n.], [n.d.]")
    assert cite("apa", {}) == "进展报告 (section “进展”). (n.d.)."
    assert cite("footnote", {}) == "《进展报告》，年份不详，“进展”部分。"
    assert "year" not in cite("bibtex", {})
    assert cite("bibtex", {}).startswith("@misc{")
    (item,) = json.loads(cite("csl-json", {}))
    assert set(item) == {"id", "type", "title", "section", "language"}


def test_what_is_inferred_stands_in_brackets() -> None:
    metadata = {**KNOWN, "inferred": "container, publisher, year"}
    assert "//[年度报告]. 北京: [某出版社], [2021]" in cite("gbt7714", metadata)
    assert "载[《年度报告》]" in cite("footnote", metadata)
    assert "(ca. 2021)" in cite("apa", metadata)
    assert "inferred: container, publisher, year" in cite("bibtex", metadata)
    (item,) = json.loads(cite("csl-json", metadata))
    assert item["issued"] == {"date-parts": [[2021]], "circa": True}
    assert item["container-title"] == "年度报告"


def test_the_section_path_leaves_out_the_title() -> None:
    assert "“重点 > 项目”" in cite("gbt7714", {}, path=("进展报告", "重点", "项目"))


def test_markdown_quotes_the_words_and_links_the_place() -> None:
    quoted = cite("markdown", KNOWN)
    assert quoted.startswith("> 梳理项目97个, 总投资约1700亿元\n>\n> — 年度报告, 2021")
    assert f"](http://h/report/d1?cite=4-{END}#cite:~:text=" in quoted


@pytest.mark.parametrize("style", STYLES)
def test_hostile_metadata_stays_text(style: Style) -> None:
    hostile = {"title": "![x](http://evil)<img onerror=1> {a} \\input{b} % $ & # _", "year": "x\ny"}
    text = cite(style, hostile)
    assert "![x](" not in text if style == "markdown" else text
    if style == "csl-json":
        assert json.loads(text)[0]["issued"] == {"literal": "x y"}
    if style == "bibtex":
        assert r"\textbackslash{}input\{b\} \% \$ \& \# \_" in text


def test_a_passage_and_a_citation_are_cited_alike() -> None:
    place = a_place(KNOWN)
    passage = Passage("p1", place.section, place.start, place.end, ())
    citation = Citation(1, passage, place.start, place.end)
    assert place_of(passage) == place_of(citation) == place
    texts = {format_citation(cited, "apa") for cited in (passage, citation, place)}
    assert len(texts) == 1


def test_a_long_quote_is_linked_by_its_ends() -> None:
    link = deep_link(Place(a_place({}).section, 0, len(TEXT)))
    assert link.startswith("/report/d1?cite=0-")
    assert link.count(",") == 1
    assert "\n" not in link
    assert "-" not in link.split(":~:text=")[1]


def test_clean_keeps_words_only() -> None:
    assert clean(" **a**\n- b-c ") == "a b-c"
    assert clean("100%-2*3") == "100%-2*3"


def test_an_unknown_style_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        format_citation(a_place({}), "mla")  # type: ignore[arg-type]
