"""Evaluation of retrieval: measures by hand, reading with what can be wrong, one set end to end."""

import gzip
import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import InputMissing, SourceError
from qa.evaluation.retrieval_eval import METRICS, evaluate, measures, read_set
from tests.tiny import TEXTS, WordEncoder

CORPUS = [{"id": f"p{row}", "text": text} for row, text in enumerate(TEXTS)]
QUERIES = [{"id": "q0", "text": "国家科技重大专项"}, {"id": "q1", "text": "高校在校学生"}]
QRELS = "query-id\tcorpus-id\tscore\nq0\tp0\t1\nq1\tp1\t1\nq1\tp2\t0\n"


def write(folder: Path, corpus: list[dict[str, str]] = CORPUS, qrels: str = QRELS) -> Path:
    lines = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in corpus)
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, QUERIES)), encoding="utf-8")
    (folder / "qrels.tsv").write_text(qrels, encoding="utf-8")
    return folder


def test_a_set_end_to_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    result = evaluate(write(tmp_path), WordEncoder(), lambda *at: told.append(at))
    assert list(result) == ["dense", "lexical", "hybrid"]
    assert all(tuple(values) == METRICS for values in result.values())
    assert result["lexical"]["R@1"] == result["hybrid"]["R@1"] == 1.0
    assert told == [(1, 2), (2, 2)]


def test_titles_stand_before_texts(tmp_path: Path) -> None:
    corpus = [{**CORPUS[0], "title": "标题"}, *CORPUS[1:]]
    assert read_set(write(tmp_path, corpus)).texts[0] == f"标题\n{TEXTS[0]}"


def test_zero_relevance_is_none(tmp_path: Path) -> None:
    assert read_set(write(tmp_path)).relevant == ({0: 1.0}, {1: 1.0})


@pytest.mark.parametrize("missing", ["corpus.jsonl.gz", "queries.jsonl", "qrels.tsv"])
def test_missing_files_are_named(tmp_path: Path, missing: str) -> None:
    (write(tmp_path) / missing).unlink()
    with pytest.raises(InputMissing, match=missing.removesuffix(".gz")):
        read_set(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "where"),
    [
        ("queries.jsonl", '{"id": "q0", "text": "a"}\n\n{"id": 1}', "line 3"),
        ("queries.jsonl", "[]", "line 1"),
        ("queries.jsonl", '{"id": "q0", "text": 5}', "line 1"),
        ("queries.jsonl", '{"id": "a", "text": "a"}\n{"id": "a", "text": "b"}', "line 2"),
        ("qrels.tsv", "h\th\th\nq0\tp0\tx", "line 2"),
        ("qrels.tsv", "q0 p0 1", "line 1"),
        ("qrels.tsv", "q0\tp99\t1", "line 1"),
        ("qrels.tsv", "q0\tp0\t0", "judges no question"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, name: str, content: str, where: str) -> None:
    (write(tmp_path) / name).write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match=where):
        read_set(tmp_path)


@pytest.mark.parametrize("content", [b"\x1f\x8b\x08broken", b"plain"])
def test_broken_archives_are_named(tmp_path: Path, content: bytes) -> None:
    (write(tmp_path) / "corpus.jsonl.gz").write_bytes(content)
    with pytest.raises(SourceError, match=r"corpus\.jsonl\.gz"):
        read_set(tmp_path)


def test_text_in_another_encoding_is_named(tmp_path: Path) -> None:
    (write(tmp_path) / "queries.jsonl").write_bytes("国".encode("gb18030"))
    with pytest.raises(SourceError, match="utf-8"):
        read_set(tmp_path)


def test_trec_judgements_are_read(tmp_path: Path) -> None:
    assert read_set(write(tmp_path, qrels="q0\t0\tp0\t2\n")).relevant == ({0: 2.0},)


def slow(rows: list[int], relevant: dict[int, float]) -> list[float]:
    """The same measures, by their definitions."""
    first = next((at for at, row in enumerate(rows[:10]) if row in relevant), None)
    gains = [relevant.get(row, 0.0) for row in rows[:10]]
    best = sorted(relevant.values(), reverse=True)[:10]
    dcg, ideal = (sum(g / math.log2(i + 2) for i, g in enumerate(of)) for of in (gains, best))
    hits = [float(first is not None and first < k) for k in (1, 5, 10)]
    return [*hits, 0.0 if first is None else 1 / (first + 1), dcg / ideal]


@given(
    st.lists(st.integers(0, 20), max_size=15, unique=True),
    st.dictionaries(st.integers(0, 20), st.sampled_from([1.0, 2.0]), min_size=1),
)
def test_measures_are_their_definitions(rows: list[int], relevant: dict[int, float]) -> None:
    assert measures(rows, relevant).tolist() == pytest.approx(slow(rows, relevant))
