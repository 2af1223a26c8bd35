"""BM25 against the formula, term by term, and what the index tells of a question."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.errors import IndexCorrupt
from qa.retrieval import lexical
from qa.retrieval.lexical import LexicalIndex, terms_of
from tests.tiny import TEXTS

_K1, _B = 1.5, 0.75


def bm25(texts: list[str], query: str, row: int) -> float:
    """Lucene's BM25, written out."""
    held = [terms_of(text) for text in texts]
    average = sum(map(len, held)) / len(held)
    total = 0.0
    for term in terms_of(query):
        having = sum(term in terms for terms in held)
        count = held[row].count(term)
        if count:
            idf = math.log(1 + (len(texts) - having + 0.5) / (having + 0.5))
            length = 1 - _B + _B * len(held[row]) / average
            total += idf * count / (count + _K1 * length)
    return total


_WORDS = st.lists(st.sampled_from(["国", "家", "专项", "SCI", "5", "，"]), max_size=8).map("".join)


@settings(deadline=None)  # the first build imports bm25s
@given(st.lists(_WORDS, min_size=1, max_size=5), _WORDS)
def test_scores_are_the_formula(texts: list[str], query: str) -> None:
    scores = LexicalIndex.build(texts).scores(query)
    expected = [bm25(texts, query, row) for row in range(len(texts))]
    assert scores == pytest.approx(expected, abs=1e-5)


def test_terms() -> None:
    assert terms_of("國家１００Ｇbps，SCI！") == ["国", "家", "国家", "100", "gbps", "sci"]
    assert terms_of("3.14 和 a_b") == ["3.14", "和", "a", "b"]
    assert terms_of("") == []


@given(st.text(max_size=30))
def test_any_text_gives_terms(text: str) -> None:
    assert all(term.strip() for term in terms_of(text))


def test_a_score_is_at_most_what_the_held_terms_weigh() -> None:
    index = LexicalIndex.build(TEXTS)
    scores, everything, held = index.weigh(terms_of("国家科技重大专项xyz"))
    assert 0 < scores.max() <= held < everything


def test_idf_and_frequency() -> None:
    index = LexicalIndex.build(TEXTS)
    assert index.frequency("科技") == 1
    assert index.frequency("量子") == 0
    (unseen, rare, common), known = index.idfs(["量子", "科技", "学"])
    assert unseen > rare > common > 0
    assert known.tolist() == [False, True, True]
    assert LexicalIndex.build([]).idfs(["量子"])[1].tolist() == [False]


def test_terms_of_a_question_are_distinct() -> None:
    assert LexicalIndex.build(TEXTS).terms("专项专项") == ["专", "项", "专项", "项专"]


@pytest.mark.parametrize("whole", [10**9, 0])
def test_matched_stretches(whole: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexical, "_WHOLE", whole)
    index = LexicalIndex.build(TEXTS)
    rows = np.array([0, 4])
    found = index.matched("上海牵头承担国家科技重大专项929项和100P算力？", rows)
    assert found == [("牵头承担国家科技重大专项", "929"), ("100", "p", "算力")]


def test_empty_corpora() -> None:
    for texts in ([], ["", "，。"]):
        index = LexicalIndex.build(texts)
        assert index.scores("国家").tolist() == [0.0] * len(texts)


def test_saved_is_loaded(tmp_path: Path) -> None:
    index = LexicalIndex.build(TEXTS)
    index.save(tmp_path)
    loaded = LexicalIndex.load(tmp_path)
    assert np.array_equal(loaded.scores("国家SCI大模型"), index.scores("国家SCI大模型"))
    assert len(loaded) == len(TEXTS)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lexical.json", b"{}"),
        ("lexical.json", json.dumps({"size": 1, "terms": ["a"]}).encode()),
        ("lexical_rows.npy", b"\x93NUMPY"),
    ],
)
def test_broken_files_are_named(tmp_path: Path, name: str, content: bytes) -> None:
    LexicalIndex.build(TEXTS).save(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(IndexCorrupt, match=str(tmp_path)):
        LexicalIndex.load(tmp_path)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(IndexCorrupt):
        LexicalIndex.load(tmp_path)
