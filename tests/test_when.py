import pytest

from qa.asking.when import agreement, document_year, years_asked, years_in, years_known
from qa.reading.corpus import Corpus, read_corpus
from qa.reading.sources import Source
from qa.types import Sentence

TEXT = (
    "一、2007年工作回顾\n财政收入增长。去年物价上涨4.8%。2006年开始试点。试点顺利。\n"
    "二、概况\n人口增加。\n"
)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return read_corpus([Source("r.txt", TEXT, "", 0, {"year": "2008"})])


def sentences(corpus: Corpus) -> dict[str, Sentence]:
    spans = [(p, s, e) for p in corpus.passages for s, e in p.sentences]
    all_of_them = [Sentence(at, p, s, e) for at, (p, s, e) in enumerate(spans)]
    return {sentence.text: sentence for sentence in all_of_them}


def test_spoken_years_count_from_the_reports_own(corpus: Corpus) -> None:
    document = corpus.documents[0]
    assert document_year(document) == 2008
    assert years_in("去年和2005年", document) == {2007, 2005}
    assert years_in("How many last year?", document) == {2007}
    assert years_known(document) == {2006, 2007, 2008}


@pytest.mark.parametrize(
    ("asked", "text", "expected"),
    [
        ({2007}, "去年物价上涨4.8%。", 1),
        ({2006}, "去年物价上涨4.8%。", -1),
        ({2006}, "2006年开始试点。", 1),
        # Where a sentence names no year, its section does,
        ({2007}, "财政收入增长。", 0.8),
        ({2005}, "财政收入增长。", -0.8),
        # or a sentence before it, or the report as a whole.
        ({2006}, "试点顺利。", 0.6),
        ({2007}, "试点顺利。", -0.6),
        ({2008}, "人口增加。", 0.4),
        ({2007}, "人口增加。", 0.4),
        ({2005}, "人口增加。", -0.4),
        (set(), "财政收入增长。", 0),
    ],
)
def test_years_agree_or_conflict(
    corpus: Corpus, asked: set[int], text: str, expected: float
) -> None:
    # The document's title is its first heading, and says nothing about one sentence.
    deeper = read_corpus([Source("r.txt", "报告\n\n" + TEXT, "", 0, {"year": "2008"})])
    assert agreement(frozenset(asked), sentences(deeper)[text]) == expected


def test_a_report_without_a_year_knows_only_what_it_names() -> None:
    (document,) = read_corpus([Source("x.txt", "一、概况\n2019年建成。\n", "", 0, {})]).documents
    assert document_year(document) is None
    assert years_known(document) == {2019}
    assert years_in("去年", document) == frozenset()


@pytest.mark.parametrize(
    ("text", "year"),
    [
        # By its front lines, where the title names none,
        ("政府工作报告\n——2031年1月9日在市人民代表大会上\n一、回顾\n2019年建成。\n", 2031),
        ("渔业年度报告\n（2028年度）\n2029年3月\n一、概况\n产量增加。\n", 2028),
        ("渔业白皮书\n二〇二八年五月\n一、概况\n产量增加。\n", None),
        # the last of those it reports on,
        ("港口发展报告（2025—2027）\n\n一、概况\n产量增加。\n", 2027),
        ("参与国际科学计划发展报告（2025—2027）\n\n一、概况\n产量增加。\n", 2027),
        # and the first of those that a plan looks ahead to.
        ("港口发展规划（2031—2035年）\n\n一、概况\n产量增加。\n", 2031),
    ],
)
def test_a_report_is_of_the_year_that_its_front_names(text: str, year: int | None) -> None:
    (document,) = read_corpus([Source("x.txt", text, "", 0, {})]).documents
    assert document_year(document) == year


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("渔业年度报告（2028年度）", {2027, 2028}),
        ("港务集团2028年年报", {2027, 2028}),
        ("政府工作报告（在2028年人民代表大会上）", {2027}),
    ],
)
def test_last_year_may_be_the_whole_year_reported_on(title: str, expected: set[int]) -> None:
    text = f"{title}\n\n一、概况\n产量增加。\n"
    (document,) = read_corpus([Source("x.txt", text, "", 0, {})]).documents
    assert years_asked("去年产量", document) == expected
    assert years_asked("今年产量", document) == {2028}


def test_what_is_compared_with_is_not_the_year_told() -> None:
    text = "报告\n\n一、概况\n2027年增产。船队比2020年扩大一倍，较上年多两艘。\n"
    told = sentences(read_corpus([Source("r.txt", text, "", 0, {"year": "2028"})]))
    grown = told["船队比2020年扩大一倍，较上年多两艘。"]
    assert agreement(frozenset({2020}), grown) < 0 < agreement(frozenset({2027}), grown)
