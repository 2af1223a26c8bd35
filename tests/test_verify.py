import random
import time
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.verify import verify_citations
from qa.engine import Engine
from qa.errors import SourceError
from qa.reading.corpus import Corpus, read_corpus
from qa.reading.sources import Source
from qa.serving import wire
from qa.serving.api import create_app
from qa.serving.request import CITATIONS_LIMIT
from qa.types import Citation, Passage, Verdict

TEXT = """一、交通
全市轨道交通运营里程达到831公里，比上年增加28公里。日均客流1044万人次。
二、能源
- 新建充电桩3.2万个；改造老旧电网120公里。
- 关停燃煤锅炉15台。
三、文化
新开放博物馆8家，接待观众2000万人次。
"""


def corpus_of(text: str, name: str = "report.txt") -> Corpus:
    return read_corpus([Source(name, text, "0" * 64, len(text), {})])


def cite(corpus: Corpus, quote: str, number: int = 1) -> dict[str, Any]:
    """Return the citation of a quote as an answer would have held it."""
    passage = next(p for p in corpus.passages if quote in p.text)
    start = passage.document.text.index(quote, passage.start)
    return dict(wire.citation_json(Citation(number, passage, start, start + len(quote))))


def verdict(text: str, quote: str, name: str = "report.txt") -> Verdict:
    """Cite the quote in TEXT and look it up in what became of it."""
    (found,) = verify_citations(corpus_of(text, name), [cite(corpus_of(TEXT), quote)])
    return found


def new_quote(found: Verdict) -> str:
    assert found.citation is not None
    passage: Passage = found.citation.passage
    assert passage.start <= found.citation.start < found.citation.end <= passage.end
    return found.citation.quote


def test_what_stands_where_it_stood_is_valid() -> None:
    found = verdict(TEXT, "日均客流1044万人次。")
    assert (found.status, found.citation) == ("valid", None)


def test_a_change_behind_it_leaves_a_citation_valid() -> None:
    assert verdict(TEXT.replace("2000万", "2100万"), "关停燃煤锅炉15台。").status == "valid"


def test_the_same_quote_elsewhere_has_moved_and_its_new_place_is_given() -> None:
    found = verdict("前言\n今年的情况如下。\n" + TEXT, "日均客流1044万人次。")
    assert (found.status, new_quote(found)) == ("moved", "日均客流1044万人次。")
    assert found.citation is not None
    assert found.citation.start == TEXT.index("日均") + len("前言\n今年的情况如下。\n")


def test_a_moved_quote_is_the_one_nearest_to_its_old_place() -> None:
    line = "- 关停燃煤锅炉15台。\n"
    found = verdict("甲、\n" + TEXT + "四、其他\n" + line, line[2:-1])
    assert found.citation is not None
    assert found.citation.start == TEXT.index("关停") + 3


def test_a_whole_sentence_goes_before_a_nearer_part_of_one() -> None:
    quote = "关停燃煤锅炉15台。"
    found = verdict(TEXT.replace(quote, "计划" + quote) + f"- {quote}\n", quote)
    assert found.citation is not None
    assert found.citation.start > TEXT.index("接待")


def test_a_quote_of_two_sentences_moves_as_a_whole() -> None:
    quote = "新建充电桩3.2万个；改造老旧电网120公里。"
    assert new_quote(verdict("序\n" + TEXT, quote)) == quote


@pytest.mark.parametrize(
    ("quote", "now"),
    [
        ("日均客流1044万人次。", "日均客流1101万人次。"),
        ("关停燃煤锅炉15台。", "关停燃煤和燃油锅炉15台。"),
        ("关停燃煤锅炉15台。", "关停**燃煤**锅炉15台。"),
        ("新建充电桩3.2万个；改造老旧电网120公里。", "新建充电桩3.5万个；改造老旧电网140公里。"),
    ],
)
def test_a_similar_sentence_says_that_it_has_changed(quote: str, now: str) -> None:
    found = verdict(TEXT.replace(quote, now), quote)
    assert (found.status, new_quote(found)) == ("changed", now)


def test_what_was_taken_out_is_missing() -> None:
    found = verdict(TEXT.replace("- 关停燃煤锅炉15台。\n", ""), "关停燃煤锅炉15台。")
    assert (found.status, found.citation) == ("missing", None)


def test_a_citation_of_a_document_that_is_gone_is_missing() -> None:
    assert verdict(TEXT, "日均客流1044万人次。", name="other.txt").status == "missing"


def test_verdicts_come_in_the_order_given_under_their_own_numbers() -> None:
    quotes = ["关停燃煤锅炉15台。", "日均客流1044万人次。"]
    given = [cite(corpus_of(TEXT), q, number) for q, number in zip(quotes, (7, 2), strict=True)]
    later = corpus_of(TEXT.replace("15台", "16台"))
    found = verify_citations(later, given)
    assert [(v.number, v.status) for v in found] == [(7, "changed"), (2, "valid")]
    assert found[0].citation is not None
    assert found[0].citation.number == 7
    assert verify_citations(later, []) == []


GOOD: Mapping[str, Any] = {"number": 1, "quote": "a", "start": 0, "end": 1, "document": {"id": "d"}}
BAD: list[object] = [
    *({k: v for k, v in GOOD.items() if k != key} for key in ("quote", "start", "end", "document")),
    *({**GOOD, "start": start} for start in (-1, "0", True, None, 0.5)),
    {**GOOD, "quote": ""},
    {**GOOD, "quote": 5},
    {**GOOD, "document": "d"},
    {**GOOD, "document": {"id": None}},
    {**GOOD, "number": "1"},
    "a",
    None,
    7,
    [],
]


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_citation_is_named_by_its_place(bad: object) -> None:
    with pytest.raises(SourceError, match="number 2 of the list"):
        verify_citations(corpus_of(TEXT), [GOOD, cast("Mapping[str, Any]", bad)])


def test_a_citation_may_lack_what_the_check_does_not_need() -> None:
    (found,) = verify_citations(corpus_of(TEXT), [{k: v for k, v in GOOD.items() if k != "number"}])
    assert (found.number, found.status) == (1, "missing")


@given(st.text(max_size=40), st.integers(0, 10_000), st.integers(1, 50))
def test_any_quote_gets_a_verdict_that_holds(quote: str, start: int, length: int) -> None:
    corpus = corpus_of(TEXT)
    document = corpus.documents[0]
    asked = {**GOOD, "quote": quote or "x", "start": start, "end": start + length}
    (found,) = verify_citations(corpus, [{**asked, "document": {"id": document.id}}])
    assert (found.status in ("moved", "changed")) == (found.citation is not None)
    if found.status == "moved":
        assert new_quote(found) == asked["quote"]


def test_every_sentence_of_the_report_is_valid_and_found_again_after_a_shift(
    engine: Engine,
) -> None:
    (document,) = engine.corpus.documents
    given = [
        dict(wire.citation_json(Citation(at, passage, *span)))
        for passage in engine.corpus.passages
        for at, span in enumerate(passage.sentences, 1)
    ]
    assert {v.status for v in verify_citations(engine.corpus, given)} == {"valid"}
    # The first line grows: everything behind it moves.
    shifted = read_corpus(
        [Source(document.name, "（修订）" + document.text, "0" * 64, 1, document.metadata)]
    )
    found = verify_citations(shifted, given)
    moved = [v for v in found if v.status == "moved"]
    assert len(moved) >= 0.98 * len(given)
    assert all(v.citation is None or new_quote(v) for v in found)


def test_edited_sentences_are_found_as_changed_and_foreign_ones_are_missing(
    engine: Engine,
) -> None:
    (document,) = engine.corpus.documents
    chance = random.Random(7)
    spans = [span for p in engine.corpus.passages for span in p.sentences if span[1] - span[0] > 20]
    wanted = 0
    for start, end in chance.sample(spans, 25):
        quote = document.text[start:end]
        cut = chance.randrange(len(quote) - 4)
        asked = {**GOOD, "quote": quote[:cut] + "改" + quote[cut + 3 :], "end": end, "start": start}
        (found,) = verify_citations(engine.corpus, [{**asked, "document": {"id": document.id}}])
        wanted += found.status == "changed" and new_quote(found) == quote
    assert wanted >= 24
    foreign = {
        **GOOD,
        "quote": "粮食总产量一亿斤，生猪出栏稳步回升。",
        "document": {"id": document.id},
    }
    assert verify_citations(engine.corpus, [foreign])[0].status == "missing"


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[TestClient]:
    with TestClient(create_app(lambda: engine)) as client:
        until = time.monotonic() + 10
        while client.get("/readyz").status_code != 200 and time.monotonic() < until:
            time.sleep(0.01)
        yield client


def test_an_answers_own_citations_are_valid_over_http(client: TestClient) -> None:
    asked = client.post("/api/ask", json={"question": "累计牵头承担国家科技重大专项多少项？"})
    citations = asked.json()["citations"]
    reply = client.post("/api/verify", json={"citations": citations})
    assert citations
    assert reply.json() == {
        "results": [{"number": c["number"], "status": "valid", "citation": None} for c in citations]
    }


def test_a_changed_citation_comes_back_whole_over_http(client: TestClient, engine: Engine) -> None:
    passage = engine.corpus.passages[5]
    asked = dict(wire.citation_json(Citation(4, passage, *passage.sentences[-1])))
    moved = {**asked, "start": 0, "end": 1}
    reply = client.post("/api/verify", json={"citations": [moved]}).json()
    assert reply == {"results": [{"number": 4, "status": "moved", "citation": asked}]}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"citations": None},
        {"citations": [{}]},
        {"citations": [{**GOOD, "quote": ""}]},
        {"citations": [{**GOOD, "start": True}]},
        {"citations": [{**GOOD, "number": "1"}]},
        {"citations": [{**GOOD, "more": 1}]},
        {"citations": [{**GOOD, "document": {}}]},
        {"citations": [dict(GOOD)] * (CITATIONS_LIMIT + 1)},
        {"citations": [], "more": 1},
    ],
)
def test_a_bad_request_to_verify_is_a_problem(client: TestClient, body: object) -> None:
    reply = client.post("/api/verify", json=body)
    assert reply.status_code == 422
    assert reply.json()["code"] == "invalid_request"


def test_citations_that_cannot_be_are_missing_over_http(client: TestClient) -> None:
    backwards = {**GOOD, "start": 9, "end": 1}
    reply = client.post("/api/verify", json={"citations": [dict(GOOD), backwards]})
    assert [result["status"] for result in reply.json()["results"]] == ["missing", "missing"]
    assert client.post("/api/verify", json={"citations": []}).json() == {"results": []}
