"""Scores, each computed by hand first, on answers made up for the purpose."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.engine import Engine
from qa.errors import InputMissing, SourceError
from qa.evaluation.evaluate import (
    Gold,
    Outcome,
    ask_all,
    by_type_rows,
    calibration_error,
    normal,
    outcome,
    read_gold,
    report,
)
from qa.reading.corpus import Corpus, read_corpus
from qa.reading.sources import Source
from qa.show import table_lines
from qa.types import Answer, Citation, Hit, Refusal, Why

TEXT = """# 交通
轨道交通831公里。公交车900辆。
# 能源
电站2座。公交车900辆。
# 文化
博物馆8家。
"""
CORPUS: Corpus = read_corpus([Source("report.txt", TEXT, "", 0, {})])
WHY = Why(1, 0.0, 1, 0.0, 0.0, 0.0)


def answered(quotes: list[str], sections: list[str], short: str | None = None) -> Answer:
    """Return an answer that cites these quotes (the first place of each) and found these sections.

    Without quotes it is a refusal.
    """
    passages = {p.section.title: p for p in CORPUS.passages}
    citations = []
    for number, quote in enumerate(quotes, 1):
        start = TEXT.index(quote)
        passage = next(p for p in CORPUS.passages if p.start <= start < p.end)
        citations.append(Citation(number, passage, start, start + len(quote)))
    return Answer(
        question="q",
        resolved_question="q",
        confidence=0.75,
        text="a" if quotes else None,
        short=short,
        coverage=None,
        unanswered=(),
        citations=tuple(citations),
        hits=tuple(Hit(passages[s], rank, 0.5, WHY) for rank, s in enumerate(sections, 1)),
        refusal=None if quotes else Refusal("not_in_report", "", ()),
    )


class Canned:
    """An engine that gives the same answer to every question."""

    corpus = CORPUS

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def ask(self, question: str, *, history: tuple[str, ...] = ()) -> Answer:
        return self._answer


def gold(
    *, sections: list[str], evidence: list[str], answer: list[str], answerable: bool = True
) -> Gold:
    return Gold(
        id="g",
        type="figure",
        question="q",
        history=(),
        document="report.txt",
        sections=tuple(sections),
        evidence=tuple(evidence),
        answer=tuple(answer),
        answerable=answerable,
    )


def scored(wanted: Gold, answer: Answer) -> Outcome:
    return outcome(cast(Engine, Canned(answer)), wanted)


RAIL = gold(sections=["交通"], evidence=["轨道交通831公里。"], answer=["831公里"])
BOTH = gold(sections=["交通", "文化"], evidence=["轨道交通831公里。", "博物馆8家。"], answer=[])
ABSENT = gold(sections=[], evidence=[], answer=[], answerable=False)


def test_the_whole_evidence_and_nothing_else_is_a_full_score() -> None:
    found = scored(RAIL, answered(["轨道交通831公里。"], ["交通"], "831 公里"))
    assert (found.hit_at_1, found.hit_at_3, found.evidence, found.precision) == (1, 1, 1, 1)
    assert (found.short, found.correct) == (1, 1)


def test_half_the_quote_is_half_the_precision() -> None:
    # 10 gold characters; the quote has them and 8 more.
    found = scored(RAIL, answered(["轨道交通831公里。公交车900辆。"], ["交通"]))
    assert found.evidence == 1
    assert found.precision == pytest.approx(10 / 18)
    assert (found.short, found.correct) == (0, 1)


def test_part_of_the_evidence_is_its_share_of_characters() -> None:
    # 10 of 10 + 6 gold characters are quoted.
    found = scored(BOTH, answered(["轨道交通831公里。"], ["交通", "能源", "文化"]))
    assert found.evidence == pytest.approx(10 / 16)
    assert (found.precision, found.correct, found.short) == (1, 0, None)


def test_quotes_that_overlap_count_their_characters_once() -> None:
    found = scored(RAIL, answered(["轨道交通831公里。", "831公里。公交车900辆。"], ["交通"]))
    assert found.evidence == 1
    assert found.precision == pytest.approx(10 / 18)


def test_evidence_that_stands_twice_may_be_quoted_at_either_place() -> None:
    bus = gold(sections=["能源"], evidence=["公交车900辆。"], answer=[])
    found = scored(bus, answered(["公交车900辆。"], ["交通"]))
    assert (found.evidence, found.precision, found.correct, found.hit_at_1) == (1, 1, 1, 0)


def test_any_gold_section_counts_at_one_and_all_at_three() -> None:
    for sections, at_1, at_3 in (
        (["交通", "能源", "文化"], 1, 1),
        (["文化", "交通", "能源"], 1, 1),
        (["能源", "交通", "文化"], 0, 1),
        (["交通", "能源"], 1, 0),
        ([], 0, 0),
    ):
        found = scored(BOTH, answered(["博物馆8家。"], sections))
        assert (found.hit_at_1, found.hit_at_3) == (at_1, at_3), sections


def test_a_refusal_of_an_answerable_question_scores_its_passages_only() -> None:
    found = scored(RAIL, answered([], ["交通"]))
    assert (found.hit_at_1, found.evidence, found.precision, found.short) == (1, 0, None, 0)
    # What a refusal's confidence says is that it should have been answered: it should.
    assert found.correct == 1


def test_an_unanswerable_question_scores_nothing_but_its_refusal() -> None:
    refused = scored(ABSENT, answered([], ["交通"]))
    assert (refused.hit_at_1, refused.evidence, refused.precision) == (None, None, None)
    assert refused.correct == 0
    wrong = scored(ABSENT, answered(["博物馆8家。"], ["交通"]))
    assert (wrong.evidence, wrong.precision, wrong.correct) == (None, None, 0)


def test_every_string_of_the_answer_must_be_in_the_short_one() -> None:
    two = gold(sections=["交通"], evidence=["轨道交通831公里。"], answer=["831公里", "900辆"])
    for short, score in (
        ("831公里、900辆", 1),
        ("８３１ 公里、**900**辆", 1),
        ("831公里", 0),
        (None, 0),
    ):
        assert scored(two, answered(["博物馆8家。"], [], short)).short == score


def test_evidence_that_is_not_in_the_corpus_is_told() -> None:
    for wanted in (
        gold(sections=[], evidence=["轨道交通832公里。"], answer=[]),
        Gold("g", "t", "q", (), "other.txt", (), ("博物馆8家。",), (), True),
    ):
        with pytest.raises(SourceError, match="its evidence is not in the corpus"):
            scored(wanted, answered([], []))


def test_the_report_is_the_mean_over_what_applies() -> None:
    outcomes = [
        scored(RAIL, answered(["轨道交通831公里。"], ["交通"], "831公里")),
        scored(RAIL, answered([], ["能源"])),
        scored(BOTH, answered(["轨道交通831公里。"], ["交通", "文化"])),
        scored(ABSENT, answered([], [])),
        scored(ABSENT, answered(["博物馆8家。"], [])),
    ]
    figures = report(outcomes)
    assert figures["n"] == 5
    assert figures["section_hit@1"] == pytest.approx(2 / 3)
    assert figures["section_hit@3"] == pytest.approx(2 / 3)
    assert figures["evidence"] == pytest.approx((1 + 0 + 10 / 16) / 3)
    assert figures["evidence_within"] == pytest.approx(1 / 3)
    assert figures["quote_precision"] == 1
    assert figures["short_answer"] == pytest.approx(1 / 2)
    assert figures["answerable_refused"] == pytest.approx(1 / 3)
    assert figures["unanswerable_refused"] == pytest.approx(1 / 2)
    # All say 0.75; correct are the first (whole) and the second (should have been answered).
    assert figures["ece"] == pytest.approx(0.75 - 2 / 5)
    assert figures["by_type"]["figure"]["n"] == 5
    assert set(figures["latency_ms"]) == {"p50", "p99"}
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    assert any(line.startswith("figure") for line in table_lines(by_type_rows(figures)))


def test_nothing_asked_is_nothing_scored() -> None:
    figures = report([])
    assert (figures["n"], figures["evidence"], figures["ece"]) == (0, None, 0)


# Calibration


def test_the_calibration_error_by_hand() -> None:
    assert calibration_error([(0.9, 1.0)]) == pytest.approx(0.1)
    # Fewer pairs than bins: every pair is a bin.
    assert calibration_error([(0.2, 0.0), (0.6, 1.0)]) == pytest.approx((0.2 + 0.4) / 2)
    # Twenty pairs, two a bin; in each bin one is right, and both say a half.
    half = [(0.5 + at / 1000, float(at % 2)) for at in range(20)]
    assert calibration_error(half) == pytest.approx(sum(at / 1000 for at in range(20)) / 20)


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0.0, 1.0])), max_size=60))
def test_the_calibration_error_is_a_share_whatever_the_order(
    pairs: list[tuple[float, float]],
) -> None:
    error = calibration_error(pairs)
    assert 0 <= error <= 1
    assert calibration_error(pairs[::-1]) == pytest.approx(error)


def test_equal_confidences_make_no_error_of_their_own() -> None:
    assert calibration_error([(0.5, 0.0)] * 30 + [(0.5, 1.0)] * 30) == 0


# The file


ROW: dict[str, Any] = {"id": "1", "type": "figure", "question": "q", "answerable": True}


def written(tmp_path: Path, *rows: object) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    return path


def test_a_gold_file_is_read_as_the_contract_has_it(tmp_path: Path) -> None:
    history = ["a", {"question": "b", "answer": "c"}]
    rows = [
        ROW,
        {**ROW, "section": "甲 > 乙", "history": history, "evidence": ["x\u2028y\x85"]},
        {**ROW, "section": ["甲", "乙"], "document": "r.txt", "answerable": False},
    ]
    first, second, third = read_gold(written(tmp_path, *rows))
    assert (first.sections, first.history, first.document, first.evidence) == ((), (), None, ())
    assert (second.sections, second.history) == (("甲 > 乙",), ("a", "b"))
    assert second.evidence == ("x\u2028y\x85",)
    assert (third.sections, third.document, third.answerable) == (("甲", "乙"), "r.txt", False)


def test_blank_lines_and_a_byte_order_mark_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(ROW).encode() + b"\r\n\r\n")
    assert len(read_gold(path)) == 1


@pytest.mark.parametrize(
    "row",
    [
        [],
        None,
        "q",
        {},
        {**ROW, "question": 5},
        {**ROW, "question": None},
        {**ROW, "answerable": "false"},
        {**ROW, "evidence": "a text"},
        {**ROW, "evidence": [1]},
        {**ROW, "history": [{}]},
        {**ROW, "history": "q"},
        {**ROW, "section": 7},
    ],
)
def test_a_line_that_is_no_question_is_named(tmp_path: Path, row: object) -> None:
    with pytest.raises(SourceError, match=r"gold\.jsonl:2 is no gold question"):
        read_gold(written(tmp_path, ROW, row))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputMissing):
        read_gold(tmp_path / "none")
    with pytest.raises(InputMissing):
        read_gold(tmp_path)
    (tmp_path / "gbk").write_bytes("问".encode("gb18030"))
    with pytest.raises(SourceError, match="not UTF-8: byte 0"):
        read_gold(tmp_path / "gbk")


def test_headings_and_answers_are_compared_without_width_spaces_and_stars() -> None:
    assert normal("１２．５ 亿　元**") == "12.5亿元"


def test_the_real_engine_is_scored_on_its_own_questions(engine: Engine) -> None:
    (document,) = engine.corpus.documents
    quote = "累计牵头承担国家科技重大专项929项"
    assert quote in document.text
    asked = Gold(
        id="1",
        type="figure",
        question="累计牵头承担国家科技重大专项多少项？",
        history=(),
        document=document.name,
        sections=("科技重大专项布局持续深入",),
        evidence=(quote,),
        answer=("929项",),
        answerable=True,
    )
    told: list[tuple[int, int]] = []
    figures = report(ask_all(engine, [asked, asked], lambda *done: told.append(done)))
    assert told == [(1, 2), (2, 2)]
    assert (figures["section_hit@1"], figures["evidence"]) == (1, 1)
    assert figures["latency_ms"]["p50"] < 1000
