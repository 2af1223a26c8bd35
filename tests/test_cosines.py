"""Cosines against the products of unit vectors, whatever is remembered of them."""

import numpy as np
import pytest

from qa.retrieval import cosines
from qa.retrieval.cosines import Cosines, Remembered
from qa.retrieval.embed import StaticEncoder, load_encoder

VOCABULARY = np.array([3, 8, 20, 400, 7000], np.int32)
ASKED = np.array([8, 5, 0, 8], np.int32)


@pytest.fixture(scope="module")
def encoder() -> StaticEncoder:
    encoder = load_encoder()
    assert isinstance(encoder, StaticEncoder)
    return encoder


@pytest.mark.parametrize("whole", [10**9, 0])
@pytest.mark.parametrize("size", [len(VOCABULARY), 0])
def test_cosines_are_products_of_unit_vectors(
    encoder: StaticEncoder, whole: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cosines, "_WHOLE", whole)
    known, others = Cosines(VOCABULARY[:size], encoder), np.array([400, 0, 9, 3, 9, 80000])
    for _ in range(2):  # the second time from what is remembered
        found = known.between(ASKED, others.astype(np.int32))
        assert found == pytest.approx(encoder.table(ASKED) @ encoder.table(others).T, abs=1e-6)
        assert known.between(ASKED, VOCABULARY[:0]).shape == (len(ASKED), 0)


@pytest.mark.parametrize("whole", [10**9, 0])
def test_cosines_with_the_vocabulary(
    encoder: StaticEncoder, whole: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cosines, "_WHOLE", whole)
    some = VOCABULARY[[4, 0, 4]]
    known = Cosines(VOCABULARY, encoder)
    expected = encoder.table(ASKED) @ encoder.table(some).T
    assert known.at(ASKED, known.places(some)) == pytest.approx(expected, abs=1e-6)


def test_the_last_rows_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cosines, "_CACHE_BYTES", 4 * 2 * 3)  # two rows of three numbers
    remembered, made = Remembered(3), []

    def make(ids: cosines.Ids) -> cosines.Floats:
        made.append(ids.tolist())
        return np.repeat(ids[:, None], 3, axis=1).astype(np.float32)

    for asked in ([1, 2], [2, 1, 2], [3, 2], [1, 2, 3]):
        rows = remembered.rows(np.array(asked, np.int32), make)
        assert rows.tolist() == [[i, i, i] for i in asked]
        assert len(remembered) == 2
    assert made == [[1, 2], [3], [1, 2, 3]], "more than there is room for are made anew"
