import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.engine import Engine
from qa.errors import ScopeError
from qa.reading.corpus import Corpus, read_corpus
from qa.reading.scope import find_sections, nearest_sections, passage_mask, scope_sections, subtree
from qa.reading.sources import Source

REPORT = """卷首语在任何标题之前，说明了这份报告是怎样写成的。
# 第一部分
总述一句话。
## 交通
轨道交通831公里。
### 桥梁
新桥3座。
## 能源
电站2座。
# 第二部分
另一句话。
## 交通
公交车900辆。
"""


def source(text: str, name: str = "report.txt") -> Source:
    return Source(name, text, "", 0, {})


CORPUS = read_corpus([source(REPORT)])


def paths(corpus: Corpus, scope: str) -> list[str]:
    inside = scope_sections(corpus, scope)
    return [section.key for section in corpus.sections if section.id in inside]


def test_a_document_id_is_the_whole_document() -> None:
    both = read_corpus([source(REPORT), source(REPORT, "other.txt")])
    for document in both.documents:
        inside = scope_sections(both, document.id)
        assert inside == {section.id for section in both.sections_of(document)}


@pytest.mark.parametrize(
    "scope",
    [
        "第一部分 > 交通",
        "第一部分>交通",
        " 第一部分  > 交通 ",
        "第一部分 ＞ 交通",
        "第一部分 > 交 通",
    ],
)
def test_a_path_is_its_subtree_however_it_is_spaced(scope: str) -> None:
    assert paths(CORPUS, scope) == ["第一部分 > 交通", "第一部分 > 交通 > 桥梁"]


@pytest.mark.parametrize("scope", ["桥梁", "橋樑", "桥 梁", "第一部分 > 交通 > 桥梁"])
def test_a_last_heading_that_is_unique_names_its_section(scope: str) -> None:
    assert paths(CORPUS, scope) == ["第一部分 > 交通 > 桥梁"]


def test_an_outermost_heading_holds_all_below_it() -> None:
    assert paths(CORPUS, "第二部分") == ["第二部分", "第二部分 > 交通"]


def test_a_section_id_is_its_subtree_whichever_section_it_is() -> None:
    for section in CORPUS.sections:
        expected = [s for s in CORPUS.sections if s.path[: section.level] == section.path]
        if not section.path:
            expected = [section]
        assert scope_sections(CORPUS, section.id) == {s.id for s in expected}


def test_a_heading_that_stands_twice_is_no_scope_and_both_are_named() -> None:
    with pytest.raises(ScopeError, match="names several sections") as raised:
        scope_sections(CORPUS, "交通")
    assert [s.key for s in raised.value.nearest] == ["第一部分 > 交通", "第二部分 > 交通"]


@pytest.mark.parametrize(
    "scope", ["", " ", "桥", "交通 > 桥梁", "第三部分", "> 桥梁", "d1", "\ud800", "字" * 3000]
)
def test_anything_else_is_no_scope_and_the_nearest_are_named(scope: str) -> None:
    with pytest.raises(ScopeError, match="names no section") as raised:
        scope_sections(CORPUS, scope)
    assert len(raised.value.nearest) == 3
    assert len(raised.value.message) < 150


def test_the_nearest_section_reads_most_like_the_name() -> None:
    assert nearest_sections(CORPUS, "桥樑")[0].title == "桥梁"
    assert nearest_sections(CORPUS, "第2部分")[0].title in ("第一部分", "第二部分")


def test_the_same_path_in_two_documents_is_no_scope() -> None:
    both = read_corpus([source(REPORT), source(REPORT, "other.txt")])
    with pytest.raises(ScopeError, match="names several sections"):
        scope_sections(both, "第二部分 > 交通")


def test_the_same_path_twice_in_a_document_is_both_by_name_and_one_by_id() -> None:
    corpus = read_corpus([source("# 甲\n## 乙\n一句话。\n# 甲\n## 丙\n两句话。\n")])
    assert paths(corpus, "甲") == ["甲", "甲 > 乙", "甲", "甲 > 丙"]
    first, second = (s for s in corpus.sections if s.path == ("甲",))
    assert [s.key for s in subtree(corpus, first)] == ["甲", "甲 > 乙"]
    assert [s.key for s in subtree(corpus, second)] == ["甲", "甲 > 丙"]
    adjacent = read_corpus([source("# 甲\n一句话。\n# 甲\n两句话。\n")])
    assert [len(subtree(adjacent, section)) for section in adjacent.sections] == [1, 1]


def test_a_mask_allows_exactly_the_passages_inside() -> None:
    inside = scope_sections(CORPUS, "第一部分")
    mask = passage_mask(CORPUS, inside)
    assert mask.shape == (len(CORPUS.passages),)
    for passage, allowed in zip(CORPUS.passages, mask, strict=True):
        assert allowed == passage.section.key.startswith("第一部分")


@given(st.text(max_size=30))
def test_any_scope_names_sections_or_the_nearest(scope: str) -> None:
    try:
        inside = scope_sections(CORPUS, scope)
    except ScopeError as error:
        inside = frozenset(section.id for section in error.nearest)
    assert inside <= {section.id for section in CORPUS.sections}
    assert inside


def test_every_section_of_the_report_can_be_named(engine: Engine) -> None:
    corpus = engine.corpus
    for section in corpus.sections:
        inside = {s.id for s in subtree(corpus, section)}
        assert scope_sections(corpus, section.id) == inside
        if section.path and len(find_sections(corpus, section.key)) == 1:
            assert scope_sections(corpus, section.key) == inside


def test_search_and_ask_keep_to_their_scope(engine: Engine) -> None:
    for section in engine.corpus.sections[1::5]:
        inside = scope_sections(engine.corpus, section.id)
        for hit in engine.search("项目有多少", top_k=20, scope=section.id):
            assert hit.passage.section.id in inside
        answer = engine.ask("项目有多少？", scope=section.id)
        cited = {citation.passage.section.id for citation in answer.citations}
        assert cited <= inside
