import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from qa.errors import IndexCorrupt, InputMissing, SourceError
from qa.indexing import generations, index
from qa.indexing.index import build_index, load_index, needs_build, stale_reason
from qa.retrieval.embed import Embedder, load_encoder

TEXT = (
    "年度报告\n一、交通\n- 轨道交通831公里；公交500公里\n二、能源\n建成电站3座😀。\u2028另有2座。\n"
)


@pytest.fixture(scope="module")
def encoder() -> Embedder:
    return load_encoder()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of two sources."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT, "utf-8")
    (folder / "b.md").write_text("# 文化\n开放博物馆8家。\n", "utf-8")
    return folder


@pytest.fixture
def built(folder: Path, encoder: Embedder) -> Path:
    """An index over that folder."""
    build_index(folder.parent / "index", [folder], encoder)
    return folder.parent / "index"


class Other:
    """An encoder by another name that gives every text the same vector."""

    name, fingerprint, dim = "other", "f" * 64, 4

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.full((len(texts), self.dim), 0.5, np.float32)

    encode_passages = encode_queries


def test_what_is_loaded_is_what_was_built(built: Path, folder: Path) -> None:
    loaded = load_index(built)
    assert [d.name for d in loaded.corpus.documents] == ["a.txt", "b.md"]
    assert loaded.corpus.documents[0].text == TEXT
    assert [s.path for s in loaded.corpus.sections][-1] == ("文化",)
    for document in loaded.corpus.documents:
        sections = loaded.corpus.sections_of(document)
        assert "".join(document.text[s.start : s.end] for s in sections) == document.text
    assert len(loaded.retriever) == len(loaded.corpus.passages)
    for passage in loaded.corpus.passages:
        found = [sentence.text for sentence in loaded.sentences.sentences_of(passage)]
        assert found == [passage.document.text[s:e] for s, e in passage.sentences]
    best = loaded.retriever.search("博物馆", 1)[0]
    assert "博物馆" in loaded.corpus.passages[best.row].text


def test_ids_depend_on_neither_order_nor_build(folder: Path, encoder: Embedder) -> None:
    ids = []
    for at, sources in enumerate(([folder], [folder / "b.md", folder / "a.txt"])):
        build_index(folder.parent / str(at), sources, encoder)
        corpus = load_index(folder.parent / str(at)).corpus
        found = [document.id for document in corpus.documents]
        found += [section.id for section in corpus.sections]
        ids.append(sorted(found + [passage.id for passage in corpus.passages]))
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == len(ids[0])


def test_progress_is_told(folder: Path, encoder: Embedder) -> None:
    told: list[tuple[int, int]] = []
    build_index(folder.parent / "index", [folder], encoder, lambda *done: told.append(done))
    assert told[-1][0] == told[-1][1] > 0


def test_two_sources_of_one_name_are_refused(folder: Path, encoder: Embedder) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "a.txt").write_text(TEXT, "utf-8")
    with pytest.raises(SourceError, match=r"two sources are called a\.txt"):
        build_index(folder.parent / "index", [folder, folder / "inner"], encoder)
    # The same file twice is one source.
    build_index(folder.parent / "index", [folder, folder / "a.txt"], encoder)


def test_an_index_of_another_encoder_is_refused(built: Path, folder: Path) -> None:
    build_index(built, [folder], Other())
    with pytest.raises(InputMissing, match="no encoder folder"):
        load_index(built, "./nowhere")
    with pytest.raises(IndexCorrupt, match="was built with the encoder other"):
        load_index(built, "bundled")


def doctored(built: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """Change the manifest of the generation in use as a hostile hand would."""
    old = generations.current(built)
    manifest = json.loads((old / "manifest.json").read_bytes())
    change(manifest)
    data = json.dumps(manifest).encode()
    (old / "manifest.json").write_bytes(data)
    new = old.rename(built / f"gen-000009-{generations._digest(data)}")
    (built / "CURRENT").write_text(new.name, "ascii")
    return built


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "no encoder": lambda m: m.pop("encoder"),
    "encoder a text": lambda m: m.update(encoder="bundled"),
    "no fingerprint": lambda m: m["encoder"].pop("fingerprint"),
    "another fingerprint": lambda m: m["encoder"].update(fingerprint="0" * 64),
    "another dimension": lambda m: m["encoder"].update(dim=7),
    "no probe": lambda m: m.pop("probe"),
    "another probe": lambda m: m["probe"].update(text="something else"),
    "a short probe": lambda m: m["probe"].update(vector=[1.0]),
    "a probe of words": lambda m: m["probe"].update(vector=["x"]),
    "a zero probe": lambda m: m["probe"].update(vector=[0.0] * len(m["probe"]["vector"])),
    "a nested probe": lambda m: m["probe"].update(vector=[[1.0], [1.0, 2.0]]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_manifest_that_does_not_fit_the_encoder_is_refused(built: Path, name: str) -> None:
    with pytest.raises(IndexCorrupt):
        load_index(doctored(built, CHANGES[name]))


def rewritten(built: Path, name: str, data: bytes) -> Path:
    """Change a file of the generation in use, and its entry in the manifest with it."""
    path = generations.current(built) / name
    path.write_bytes(data)
    entry = {"bytes": len(data), "sha256": generations.file_sha256(path)}
    return doctored(built, lambda manifest: manifest["files"].update({name: entry}))


@pytest.mark.parametrize(
    "name", ["documents.jsonl", "sections.jsonl", "passages.jsonl", "vectors.npy", "lexical.json"]
)
def test_a_file_that_is_not_what_it_should_be_is_refused(built: Path, name: str) -> None:
    for data in (b"", b'["a"]\n'):
        with pytest.raises(IndexCorrupt):
            load_index(rewritten(built, name, data))


def test_a_passage_too_few_is_refused(built: Path) -> None:
    path = generations.current(built) / "passages.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    with pytest.raises(IndexCorrupt, match="passages and"):
        load_index(rewritten(built, "passages.jsonl", b"".join(lines[:-1])))


def reason(built: Path) -> str | None:
    return stale_reason(generations.read_manifest(generations.current(built)))


def test_an_index_is_fresh_until_a_source_changes(built: Path, folder: Path) -> None:
    assert reason(built) is None
    os.utime(folder / "a.txt", (0, 0))
    (folder / "README.md").write_text("about", "utf-8")
    assert reason(built) is None
    (folder / "a.txt").write_text(TEXT + "补充。\n", "utf-8")
    changed = reason(built)
    assert changed is not None
    assert changed.startswith("a.txt has changed (")
    (folder / "a.txt").write_text(TEXT, "utf-8")
    assert reason(built) is None


def test_a_new_and_a_missing_source_make_it_stale(built: Path, folder: Path) -> None:
    (folder / "c.txt").write_text("三\n", "utf-8")
    assert reason(built) == "c.txt is new"
    (folder / "c.txt").unlink()
    (folder / "b.md").unlink()
    assert reason(built) == "b.md is gone"
    (folder / "a.txt").unlink()
    assert reason(built) == "a source can no longer be read"


def test_a_pipe_in_the_place_of_a_source_does_not_block(built: Path, folder: Path) -> None:
    (folder / "a.txt").unlink()
    os.mkfifo(folder / "a.txt")
    assert reason(built) == "a source can no longer be read"


def test_a_build_is_needed_where_anything_differs(
    built: Path, folder: Path, encoder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert needs_build(built, [folder], encoder) is None
    assert needs_build(built, [folder / "a.txt"], encoder) == "it was built from other sources"
    assert needs_build(built, [folder], Other()) == "the encoder differs"
    assert "there is no index" in str(needs_build(built / "none", [folder], encoder))
    with monkeypatch.context() as patch:
        patch.setattr(index, "CHUNKER", "0.0")
        assert needs_build(built, [folder], encoder) == "the chunker differs"
    with monkeypatch.context() as patch:
        patch.setattr(index, "__version__", "9.9")
        assert "it was built by qa 0" in str(needs_build(built, [folder], encoder))
    (folder / "a.txt").write_text("一\n二\n", "utf-8")
    assert "a.txt has changed" in str(needs_build(built, [folder], encoder))
    (generations.current(built) / "vectors.npy").unlink()
    assert "vectors.npy" in str(needs_build(built, [folder], encoder))
    incomplete = doctored(built, lambda m: (m["files"].pop("vectors.npy"), m.pop("sources")))
    assert needs_build(incomplete, [folder], encoder) == "its manifest is incomplete"


@pytest.mark.parametrize("text", ["没有标题。", "x", "一、只有标题", "😀" * 500, "。a"])
def test_any_text_can_be_indexed(tmp_path: Path, encoder: Embedder, text: str) -> None:
    (tmp_path / "one.txt").write_text(text, "utf-8")
    build_index(tmp_path / "index", [tmp_path / "one.txt"], encoder)
    assert load_index(tmp_path / "index").corpus.documents[0].text == text
