"""Late interaction against two nested loops."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from qa.errors import IndexCorrupt
from qa.retrieval import cosines, late
from qa.retrieval.embed import StaticEncoder, Tokens, load_encoder
from qa.retrieval.late import TokenIndex, share, spread
from qa.retrieval.lexical import LexicalIndex, terms_of
from qa.retrieval.units import UnitIndex, units_of
from tests.tiny import TEXTS

QUESTION = "国家科技重大专项有多少？ major projects 929"


@pytest.fixture(scope="module")
def encoder() -> StaticEncoder:
    encoder = load_encoder()
    assert isinstance(encoder, StaticEncoder)
    return encoder


def naive(encoder: StaticEncoder, question: Tokens, text: str) -> NDArray[np.float32]:
    """Best cosine of each piece of the question with any known piece of the text."""
    held = encoder.ids([text])[0]
    best = np.zeros(len(question), np.float32)
    for at, asked in enumerate(question.ids):
        for piece in held[held > 0]:
            pair = encoder.table(np.array([asked, piece], np.int32))
            best[at] = max(best[at], float(pair[0] @ pair[1]))
    return best


@pytest.mark.parametrize("whole", [10**9, 0])
def test_best_is_the_naive_one(
    encoder: StaticEncoder, whole: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(late, "_WHOLE", whole)
    texts = [*TEXTS, "", "\U0001f600"]
    index, question = TokenIndex.build(texts, encoder), encoder.tokens(QUESTION)
    rows = np.array([5, 0, 2, 6, 4])
    expected = [naive(encoder, question, texts[row]) for row in rows]
    for _ in range(2):  # the second time from the cache
        assert index.best(question, rows) == pytest.approx(np.array(expected), abs=1e-5)
    share = question.weights / question.weights.sum()
    assert index.score(question, rows) == pytest.approx(np.array(expected) @ share, abs=1e-5)


def test_the_cache_is_bounded(encoder: StaticEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cosines, "_CACHE_BYTES", 4 * 3 * len(TEXTS))
    index = TokenIndex.build(TEXTS, encoder)
    rows = np.arange(len(TEXTS))
    fresh = index.best(encoder.tokens("重大专项"), rows)
    index.best(encoder.tokens(QUESTION), rows)
    assert 0 < len(index._remembered) <= 3
    assert np.array_equal(index.best(encoder.tokens("重大专项"), rows), fresh)


def test_indexes_that_share_cosines_say_the_same(encoder: StaticEncoder) -> None:
    indexes = [TokenIndex.build(TEXTS[:3], encoder), TokenIndex.build(TEXTS[3:], encoder)]
    question, rows = encoder.tokens(QUESTION), np.arange(2)
    alone = [index.best(question, rows) for index in indexes]
    share(indexes)
    assert indexes[0].cosines is indexes[1].cosines
    again = [index.best(encoder.tokens(QUESTION), rows) for index in indexes]
    np.testing.assert_allclose(again, alone, atol=1e-6)


def test_no_question_no_rows(encoder: StaticEncoder) -> None:
    index = TokenIndex.build(TEXTS, encoder)
    assert index.best(encoder.tokens(""), np.arange(2)).shape == (2, 0)
    assert index.score(encoder.tokens(""), np.arange(2)).tolist() == [0, 0]
    assert len(index.score(encoder.tokens(QUESTION), np.zeros(0, np.intp))) == 0
    assert TokenIndex.build([], encoder).score(encoder.tokens(QUESTION), np.zeros(0, int)).size == 0


def test_saved_is_loaded(encoder: StaticEncoder, tmp_path: Path) -> None:
    index, question = UnitIndex.build(TEXTS, encoder), encoder.tokens(QUESTION)
    index.save(tmp_path)
    loaded = UnitIndex.load(tmp_path, encoder)
    rows = np.arange(len(TEXTS))
    for one, other in zip(loaded.pieces(question, rows), index.pieces(question, rows), strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("late_ids", np.array([0])),
        ("late_ids", np.array([10**8])),
        ("late_starts", np.array([0, 5, 3])),
        ("unit_starts", np.array([0, 1])),
        ("unit_headed", np.zeros(1, np.bool_)),
    ],
)
def test_what_does_not_fit_is_refused(
    encoder: StaticEncoder, tmp_path: Path, name: str, array: NDArray[np.int64]
) -> None:
    UnitIndex.build(TEXTS, encoder).save(tmp_path)
    np.save(tmp_path / f"{name}.npy", array)
    with pytest.raises(IndexCorrupt, match="inconsistent"):
        UnitIndex.load(tmp_path, encoder)


def test_missing_files_are_named(encoder: StaticEncoder, tmp_path: Path) -> None:
    with pytest.raises(IndexCorrupt):
        UnitIndex.load(tmp_path, encoder)


def test_a_sentence_counts_with_its_heading(encoder: StaticEncoder) -> None:
    question = encoder.tokens("科技重大专项 中央财政资金")
    rows = np.arange(2)
    index = UnitIndex.build(TEXTS[:2], encoder)
    anywhere, sentence = index.pieces(question, rows)
    share = question.weights / question.weights.sum()
    heading, *rest = units_of(TEXTS[0])
    met = [np.maximum(naive(encoder, question, heading), naive(encoder, question, s)) for s in rest]
    assert sentence[0] == pytest.approx(max(best @ share for best in met), abs=1e-5)
    assert anywhere[0] == pytest.approx(naive(encoder, question, TEXTS[0]) @ share, abs=1e-5)
    assert anywhere[0] > anywhere[1]


def test_terms_of_the_best_sentence(encoder: StaticEncoder) -> None:
    terms = terms_of("国家科技重大专项资金")
    sentences = LexicalIndex.build([unit for text in TEXTS for unit in units_of(text)])
    scores, everything, _ = sentences.weigh(terms)
    ends = np.cumsum([0, *(len(units_of(text)) for text in TEXTS)])
    expected = [scores[ends[row] : ends[row + 1]].max() / everything for row in (3, 0)]
    found = UnitIndex.build(TEXTS, encoder).terms(terms, np.array([3, 0]))
    assert found == pytest.approx(expected, abs=1e-6)
    assert UnitIndex.build(TEXTS, encoder).terms([], np.array([3, 0])).tolist() == [0, 0]


@given(st.text(max_size=40))
def test_units_keep_every_word(text: str) -> None:
    assert units_of(text)
    assert all(unit in text for unit in units_of(text))


@given(st.lists(st.lists(st.integers(), max_size=3), min_size=1, max_size=5))
def test_spread_is_a_loop(lists: list[list[int]]) -> None:
    starts = np.cumsum([0, *map(len, lists)])
    rows = np.arange(len(lists))[::-1]
    places, begins = spread(starts, rows)
    expected = [at for row in rows for at in range(starts[row], starts[row + 1])]
    assert places.tolist() == expected
    assert begins.tolist() == [sum(len(lists[r]) for r in rows[:i]) for i in range(len(rows))]
