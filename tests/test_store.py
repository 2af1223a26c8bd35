"""The vector store against brute force, and against what faiss does to careless callers."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from qa.errors import IndexCorrupt, UsageError
from qa.retrieval.store import VectorStore

# Small whole numbers: inner products are exact and full of ties.
_WHOLE = st.integers(-2, 2)


def brute(
    vectors: NDArray[np.float32], query: NDArray[np.float32], k: int, allowed: NDArray[np.bool_]
) -> list[int]:
    scores = vectors @ query
    rows = [row for row in range(len(vectors)) if allowed[row]]
    return sorted(rows, key=lambda row: (-scores[row], row))[:k]


@given(
    st.lists(st.tuples(_WHOLE, _WHOLE, _WHOLE), min_size=1, max_size=12),
    st.tuples(_WHOLE, _WHOLE, _WHOLE).filter(any),
    st.integers(1, 15),
)
def test_search_is_brute_force(rows: list[tuple[int, ...]], query: tuple[int, ...], k: int) -> None:
    vectors, vector = np.array(rows, np.float32), np.array(query, np.float32)
    allowed = np.array([row[0] != 1 for row in rows])
    store = VectorStore.build(vectors)
    found, scores = store.search(vector, k)
    assert found.tolist() == brute(vectors, vector, k, np.ones(len(rows), np.bool_))
    assert np.array_equal(scores, vectors[found] @ vector)
    assert store.search(vector, k, allowed)[0].tolist() == brute(vectors, vector, k, allowed)


def test_many_ties_fall_by_row() -> None:
    store = VectorStore.build(np.ones((1000, 4), np.float32))
    assert store.search(np.ones(4, np.float32), 5)[0].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("k", [-1, 0])
def test_nothing_asked_nothing_found(k: int) -> None:
    assert (
        len(VectorStore.build(np.eye(3, dtype=np.float32)).search(np.ones(3, np.float32), k)[0])
        == 0
    )


def test_huge_k_is_bounded() -> None:
    store = VectorStore.build(np.eye(3, dtype=np.float32))
    assert sorted(store.search(np.ones(3, np.float32), 10**8)[0].tolist()) == [0, 1, 2]


def test_zero_query_and_empty_store_find_nothing() -> None:
    store = VectorStore.build(np.eye(3, dtype=np.float32))
    assert len(store.search(np.zeros(3, np.float32), 3)[0]) == 0
    empty = VectorStore.build(np.zeros((0, 3), np.float32))
    assert len(empty.search(np.ones(3, np.float32), 3)[0]) == 0


def test_nothing_allowed() -> None:
    store = VectorStore.build(np.eye(3, dtype=np.float32))
    assert len(store.search(np.ones(3, np.float32), 3, np.zeros(3, np.bool_))[0]) == 0


@pytest.mark.parametrize("query", [np.ones(4), np.array([1, np.nan, 1]), np.array([np.inf, 0, 0])])
def test_bad_queries_are_named(query: NDArray[np.float32]) -> None:
    with pytest.raises(UsageError, match="query vector"):
        VectorStore.build(np.eye(3, dtype=np.float32)).search(query, 1)


@pytest.mark.parametrize("rows", [np.ones(3), np.array([[np.nan]]), np.zeros((2, 0))])
def test_bad_rows_are_refused(rows: NDArray[np.float32]) -> None:
    with pytest.raises(UsageError):
        VectorStore.build(rows.astype(np.float32))


def test_saved_is_loaded(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).normal(size=(7, 5)).astype(np.float32)
    VectorStore.build(vectors).save(tmp_path)
    assert np.array_equal(VectorStore.load(tmp_path).vectors, vectors)


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00"])
def test_broken_files_are_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "vectors.npy").write_bytes(content)
    with pytest.raises(IndexCorrupt, match=r"vectors\.npy"):
        VectorStore.load(tmp_path)


def test_pickles_are_not_read(tmp_path: Path) -> None:
    np.save(tmp_path / "vectors.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(IndexCorrupt):
        VectorStore.load(tmp_path)


def test_other_types_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "vectors.npy", np.ones((2, 2), np.int32))
    with pytest.raises(IndexCorrupt, match="float32"):
        VectorStore.load(tmp_path)
