"""Retrieval: the fused ranking, its explanation, and its life on disk."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.errors import IndexCorrupt
from qa.retrieval.embed import Embedder, load_encoder
from qa.retrieval.retrieve import Retriever, Signals, fuse
from tests.tiny import TEXTS, WordEncoder


@pytest.fixture(scope="module", params=["bundled", "words"])
def encoder(request: pytest.FixtureRequest) -> Embedder:
    return load_encoder() if request.param == "bundled" else WordEncoder()


@pytest.fixture(scope="module")
def retriever(encoder: Embedder) -> Retriever:
    return Retriever.build(TEXTS, encoder)


def test_the_best_comes_first(retriever: Retriever) -> None:
    found = retriever.search("国家科技重大专项牵头了多少项？", 3)
    assert found[0].row == 0
    assert len(found) == 3
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert all(0 <= one.score <= 1 for one in found)


def test_english_finds_chinese() -> None:
    retriever = Retriever.build(TEXTS, load_encoder())
    found = retriever.search("How many universities and students are there?", 2)
    assert found[0].row == 1
    assert found[0].why.lexical_weight < retriever.search("高校", 1)[0].why.lexical_weight


def test_why(retriever: Retriever) -> None:
    why = retriever.search("国家科技重大专项", 1)[0].why
    assert (why.dense_rank, why.lexical_rank) == (1, 1)
    assert why.terms == ("国家科技重大专项",)
    assert 0 < why.lexical_weight < 1
    assert why.lexical_score > 0


def test_only_what_is_allowed(retriever: Retriever) -> None:
    allowed = np.array([False, True, True, False, False])
    assert {one.row for one in retriever.search("国家科技重大专项", 5, allowed)} <= {1, 2}
    assert retriever.search("国家科技重大专项", 5, np.zeros(5, np.bool_)) == []


def test_bounds_of_k(retriever: Retriever) -> None:
    assert retriever.search("专项", 0) == []
    assert len(retriever.search("国家科技重大专项", 100)) == len(TEXTS)


@pytest.mark.parametrize("question", ["", "？！", "\U0001f600", "zzzzqqqq"])
def test_questions_without_meaning_do_not_fail(retriever: Retriever, question: str) -> None:
    assert len(retriever.search(question, 3)) <= 3


def test_equal_texts_fall_by_row(encoder: Embedder) -> None:
    retriever = Retriever.build([TEXTS[1], TEXTS[0], TEXTS[0], TEXTS[0]], encoder)
    assert [one.row for one in retriever.search("国家科技重大专项", 3)] == [1, 2, 3]


def test_an_empty_corpus(encoder: Embedder, tmp_path: Path) -> None:
    Retriever.build([], encoder).save(tmp_path)
    assert Retriever.load(tmp_path, encoder).search("专项", 3) == []


def test_saved_is_loaded(retriever: Retriever, encoder: Embedder, tmp_path: Path) -> None:
    retriever.save(tmp_path)
    loaded = Retriever.load(tmp_path, encoder)
    for question in ("国家科技重大专项", "How many companies?", "算力100P"):
        assert loaded.search(question, 5) == retriever.search(question, 5)
    assert {path.suffix for path in tmp_path.rglob("*.*")} <= {".npy", ".json"}


def test_parts_that_do_not_fit(retriever: Retriever, encoder: Embedder, tmp_path: Path) -> None:
    retriever.save(tmp_path)
    np.save(tmp_path / "vectors.npy", np.ones((3, encoder.dim), np.float32))
    with pytest.raises(IndexCorrupt, match="do not fit"):
        Retriever.load(tmp_path, encoder)


def test_progress_is_told(encoder: Embedder) -> None:
    told: list[tuple[int, int]] = []
    Retriever.build(TEXTS, encoder, lambda done, total: told.append((done, total)))
    assert told[-1] == (5, 5)


_UNIT = st.floats(0, 1, width=32)


@settings(deadline=None)
@given(
    st.lists(st.tuples(*[_UNIT] * 5), min_size=1, max_size=6),
    _UNIT,
    st.booleans(),
)
def test_fusion_is_a_weighted_mean(
    rows: list[tuple[float, float, float, float, float]], known: float, pieces: bool
) -> None:
    parts = np.array(rows, np.float32).T
    late, sentence = (parts[3], parts[4]) if pieces else (None, None)
    signals = Signals(np.arange(len(rows)), parts[0], parts[1], parts[2], late, sentence, known)
    scores, weight = fuse(signals)
    used = np.vstack([parts if pieces else parts[:3], signals.peak])
    assert (scores >= used.min(0) - 1e-6).all()
    assert (scores <= used.max(0) + 1e-6).all()
    assert 0 <= weight <= 1


def test_large_corpora_are_searched_by_their_best(encoder: Embedder) -> None:
    texts = [f"第{number}条\n其他事项{number}的规定。" for number in range(400)]
    texts[333] = TEXTS[0]
    found = Retriever.build(texts, encoder).search("国家科技重大专项牵头了多少项？", 2)
    assert found[0].row == 333
