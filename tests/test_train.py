"""Training end to end on a handful of pairs, and its parts against slow oracles."""

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer

from qa.errors import InputMissing, OutputError, SourceError
from qa.retrieval.embed import load_encoder
from qa.train import made, train_encoder
from qa.train.batches import Ragged, epoch, neighbours, steps_of
from qa.train.export import quantised
from qa.train.pairs import (
    Pair,
    kept_out,
    question_pairs,
    read_pairs,
    read_reports,
    read_sources,
    translated_pairs,
)
from qa.train.pieces import MARK, learn_pieces, tokenizer_of
from qa.train.table import Table, contrast, late, means

_THINGS = ("港口", "机场", "大学", "医院", "铁路", "公园", "工厂", "市场", "学校", "电站")
_ENGLISH = ("port", "airport", "university", "hospital", "railway", "park", "factory", "market")
_KEPT = "全市生产总值完成一万八千亿元比上年增长百分之五点一居民收入稳步提高。"


def write_data(folder: Path) -> Path:
    """Write three small sources, a report to train on and one that is kept out."""
    places = ("东城", "西城", "南城", "北城")
    pairs = [
        (
            f"{place}的{thing}有几个？",
            f"{place}现有{thing}{number}个。去年新建{thing}两个。本市继续努力。",
        )
        for place in places
        for number, thing in enumerate(_THINGS)
    ]
    _write(folder / "cmrc_train.jsonl", pairs)
    _write(folder / "gov_reports.jsonl.gz", [*pairs[:10], ("经济", _KEPT)])
    _write(folder / "cedict.jsonl", list(zip(_ENGLISH, _THINGS, strict=False)) * 2)
    (folder / "reports").mkdir()
    report = "".join(f"{place}新建了{thing}。" for place in places for thing in _THINGS)
    (folder / "reports" / "一份报告.txt").write_text(f"{report}\n{_KEPT}\n", encoding="utf-8")
    (folder / "reports" / kept_out()[0]).write_text(_KEPT, encoding="utf-8")
    return folder


def _write(path: Path, pairs: list[tuple[str, str]]) -> None:
    lines = [json.dumps({"query": q, "positive": p}, ensure_ascii=False) for q, p in pairs]
    text = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "encoder"
    train_encoder(data, out, seed=1, quick=True)
    return out


def test_training_runs_end_to_end(trained: Path) -> None:
    encoder = load_encoder(trained)
    texts = ["东城的港口有几个？", "东城现有港口三个。", "北城现有医院三个。", "", "qzx"]
    ours = encoder.encode_passages(texts)
    model = SentenceTransformer(str(trained), device="cpu", local_files_only=True)
    assert np.abs(ours - model.encode(texts)).max() < 1e-5
    assert ours[0] @ ours[1] > ours[0] @ ours[2]


def test_equal_seeds_give_equal_files(data: Path, trained: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    train_encoder(data, tmp_path / "again", 1, True, lambda *at: told.append(at))
    train_encoder(data, tmp_path / "other", 2, True)
    again, other = _files(tmp_path / "again"), _files(tmp_path / "other")
    assert again == _files(trained)
    assert other["model.safetensors"] != again["model.safetensors"]
    assert told[-1][0] == told[-1][1] == len(told)


def _files(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_without_pairs(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match="no training pairs"):
        train_encoder(tmp_path, tmp_path / "out")


def test_where_nothing_can_be_written(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file"):
        train_encoder(data, tmp_path / "file" / "out", quick=True)


@pytest.mark.parametrize("line", ["[]", "{", '{"query": "a"}', '{"query": 1, "positive": "b"}'])
def test_bad_lines_are_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"query": "a", "positive": "b"}\n' + line)
    with pytest.raises(SourceError, match="line 2"):
        list(read_pairs(path))


def test_kept_out_reports_leave_no_trace(data: Path) -> None:
    assert len(kept_out()) == 10
    sources, reports = read_sources(data), read_reports(data / "reports")
    texts = [text for pairs in sources.values() for pair in pairs for text in (pair.positive,)]
    assert len(sources["gov_reports"]) == 10
    assert not any(_KEPT[:20] in text for text in [*texts, *reports.values()])
    assert list(reports) == ["一份报告.txt"]


def test_questions_become_pairs(tmp_path: Path) -> None:
    evidence = "新建了港口。"
    entry = {
        "question": "建了什么",
        "history": [],
        "document": "d",
        "evidence": [evidence],
        "answerable": True,
        "split": "train",
    }
    lines = [entry, {**entry, "split": "held"}, {**entry, "answerable": False}]
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    text = "前" * 500 + evidence + "后" * 500
    assert question_pairs(path, {"d": text}, around=4) == [Pair("建了什么", f"前前{evidence}后后")]


def test_translated_questions_find_their_passages(tmp_path: Path) -> None:
    entries = [{"query": "How many Ports?", "of": "港口有幾個？"}, {"query": "x", "of": "无"}]
    path = tmp_path / "english.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, entries)).encode()))
    pairs = [Pair("港口有几个?", "港口有三个。")]
    assert translated_pairs(path, pairs) == [Pair("how many ports?", "港口有三个。")]


def test_pieces_are_words_characters_and_stems() -> None:
    texts = ["全市新建大学和医院", "found founded founding founds"] * 5 + ["found"] * 30
    pieces = dict(learn_pieces(texts, ["大学", "医院", "火车站"], 60))
    assert {"大学", "医院", "学", f"{MARK}found", MARK} <= set(pieces)
    assert f"{MARK}founded" not in pieces
    tokenizer = tokenizer_of(list(pieces.items()))
    encoding = tokenizer.encode("新建大学 Found，12", add_special_tokens=False)
    assert encoding.tokens[-3:] == [f"{MARK}found", "1", "2"] or "大学" in encoding.tokens


@given(st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=1, max_size=6), st.data())
def test_ragged_rows_are_lists(lists: list[list[int]], data: st.DataObject) -> None:
    starts = np.cumsum([0, *map(len, lists)])
    ragged = Ragged(np.array([i for ids in lists for i in ids], np.int64), starts)
    rows = data.draw(st.lists(st.integers(0, len(lists) - 1), max_size=5))
    taken = ragged.take(np.array(rows, np.int64))
    held = [taken.ids[s:e].tolist() for s, e in zip(taken.starts, taken.starts[1:], strict=False)]
    assert held == [lists[row] for row in rows]


def _orders(size: int, chance: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    while True:
        yield chance.permutation(size)


def test_an_epoch_sees_each_source_as_often_as_told() -> None:
    chance = np.random.default_rng(0)
    steps = steps_of({"a": 100, "b": 10}, {"a": 2.0}, 20)
    sizes = {"a": 100, "b": 10}
    orders = {name: _orders(size, chance) for name, size in sizes.items()}
    batches = epoch(orders, steps, 20, chance)
    assert steps == {"a": 10, "b": 1}
    rows = np.concatenate([rows for name, rows in batches if name == "a"])
    assert np.bincount(rows).tolist() == [2] * 100


def test_neighbours_stand_together() -> None:
    chance = np.random.default_rng(0)
    centres = np.repeat(np.eye(4, dtype=np.float32), 8, axis=0)
    order = neighbours(centres + chance.normal(0, 0.01, (32, 4)).astype(np.float32), 8, chance)
    assert sorted(order.tolist()) == list(range(32))
    assert all(len(set(order[at : at + 8] // 8)) == 1 for at in range(0, 32, 8))


def test_words_are_the_sum_of_their_parts() -> None:
    names = ["<unk>", "大", "学", "大学", f"{MARK}port", f"{MARK}ports", f"{MARK}tree"]
    table = Table.random(names, 64, 0)
    summed = table.summed()
    own = table.matrix.numpy()
    assert summed[3] == pytest.approx(own[3] + 0.35 * (own[1] + own[2]), abs=1e-6)
    parts = [set(table.parts.ids.take(np.array([piece])).ids.tolist()) for piece in (4, 5, 6)]
    assert len(parts[0] & parts[1]) > len(parts[0] & parts[2])
    assert not summed[0].any()


def naive_late(
    vectors: NDArray[np.float32],
    weights: NDArray[np.float32],
    queries: list[list[int]],
    passages: list[list[int]],
) -> NDArray[np.float32]:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = np.zeros((len(queries), len(passages)), np.float32)
    for row, query in enumerate(queries):
        for column, passage in enumerate(passages):
            best = [max(float(unit[q] @ unit[p]) for p in passage) for q in query]
            scores[row, column] = np.average(best, weights=weights[query])
    return scores


def test_late_interaction_in_training_is_the_naive_one() -> None:
    chance = np.random.default_rng(0)
    vectors = chance.normal(size=(9, 5)).astype(np.float32)
    weights = chance.uniform(0.5, 2, 9).astype(np.float32)
    queries, passages = [[0, 1, 1], [2]], [[3, 4], [5], [6, 7, 8, 0]]
    result = late(
        torch.from_numpy(vectors),
        torch.from_numpy(np.log(weights)),
        *(_ragged(lists) for lists in (queries, passages)),
    )
    assert result.numpy() == pytest.approx(
        naive_late(vectors, weights, queries, passages), abs=1e-5
    )


def _ragged(lists: list[list[int]]) -> Ragged:
    return Ragged(np.array([i for ids in lists for i in ids]), np.cumsum([0, *map(len, lists)]))


def test_means_are_unit() -> None:
    vectors = torch.tensor([[3.0, 0.0], [0.0, 3.0]])
    assert means(vectors, _ragged([[0], [0, 1], []])).tolist() == [
        [1, 0],
        pytest.approx([0.5**0.5] * 2),
        [0, 0],
    ]


def test_false_negatives_cost_nothing() -> None:
    scores = torch.tensor([[1.0, 1.0], [1.0, 1.0]])
    same = torch.tensor([[False, True], [True, False]])
    assert float(contrast(scores, same, 0.05)) == pytest.approx(0, abs=1e-6)
    assert float(contrast(scores, torch.zeros_like(same), 0.05)) > 0.5


@settings(deadline=None)
@given(st.lists(st.lists(st.floats(-8, 8, width=32), min_size=3, max_size=3), min_size=1))
def test_eight_bits_are_near(rows: list[list[float]]) -> None:
    table = np.array(rows, np.float32)
    codes, scales = quantised(table)
    assert np.abs(codes * scales[:, None] - table).max() <= np.abs(table).max() / 250 + 1e-6


def test_dictionary_glosses() -> None:
    pairs = [
        Pair("(coll.) to build; to construct", "建"),
        Pair("x; something long and winding", "建"),
    ]
    assert made.glosses(pairs) == {"建": ["build", "construct", "x"]}


def test_made_pairs() -> None:
    chance = random.Random(0)
    tokenizer = tokenizer_of([("<unk>", -9.0), *((c, -3.0) for c in "新建大学和医院东城西南北。")])
    passage = "东城新建大学和医院。西城新建大学和医院。南城新建大学和医院。"
    for pair in made.inverse_cloze([passage] * 4, chance):
        assert pair.query in passage
    holed = made.holed_questions([passage], tokenizer, chance, 3)
    assert len(holed) == 3
    english = made.in_english(
        [Pair("大学", passage)], {"大": ["big"], "学": ["learn"]}, tokenizer, chance
    )
    assert {"big", "learn"} <= set(english[0].query.split())
