"""Index: a corpus made searchable, built from sources and read back from its generation."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from qa import __version__
from qa.errors import IndexCorrupt, QAError, SourceError
from qa.indexing import generations
from qa.indexing.generations import read_manifest
from qa.indexing.sentence_index import SentenceIndex
from qa.reading.corpus import CHUNKER, Corpus, indexed_text, read_corpus
from qa.reading.sources import Source, find_sources, read_bytes, read_source
from qa.retrieval.embed import Embedder, load_encoder
from qa.retrieval.late import share
from qa.retrieval.retrieve import Retriever
from qa.types import Document, Passage, Section

Progress = Callable[[int, int], None]

_PROBE = "国家重大科技基础设施建设进展 (probe 2020, 12.5%)"
_PROBE_COSINE = 0.999
_REBUILD = "run `qa build` to make it anew"


@dataclass(frozen=True, slots=True)
class Index:
    """A generation in memory: the corpus, and what finds passages and sentences in it."""

    generation: str
    manifest: Mapping[str, Any]
    corpus: Corpus
    encoder: Embedder
    retriever: Retriever
    sentences: SentenceIndex


def build_index(
    index: Path, sources: Sequence[Path], encoder: Embedder, progress: Progress | None = None
) -> Path:
    """Write a new generation over the sources and switch to it; returns its folder."""
    read = [(path, read_source(path)) for path in find_sources(sources)]
    corpus = read_corpus(_distinct(read))
    texts = [indexed_text(passage) for passage in corpus.passages]
    retriever = Retriever.build(texts, encoder, progress)
    sentences = SentenceIndex.build(corpus, encoder)

    def write(folder: Path) -> None:
        _write_corpus(folder, corpus)
        retriever.save(folder)
        sentences.save(folder / "sentences")

    return generations.write_generation(index, write, _manifest(sources, read, encoder))


def _distinct(read: Sequence[tuple[Path, Source]]) -> list[Source]:
    """Return the sources; raises where two files of the same name would get the same id."""
    names: dict[str, Path] = {}
    for path, source in read:
        other = names.setdefault(source.name, path)
        if other != path:
            raise SourceError(
                f"two sources are called {source.name}: {other} and {path}", "rename one of them"
            )
    return [source for _, source in read]


def _manifest(
    roots: Sequence[Path], read: Sequence[tuple[Path, Source]], encoder: Embedder
) -> dict[str, Any]:
    return {
        "tool_version": __version__,
        "chunker": CHUNKER,
        "sources": {
            "roots": [str(root.resolve()) for root in roots],
            "files": [
                {"path": str(path.resolve()), "sha256": source.sha256, "bytes": source.size}
                for path, source in read
            ],
        },
        "encoder": {
            "name": encoder.name,
            "fingerprint": encoder.fingerprint,
            "dim": encoder.dim,
        },
        "probe": {"text": _PROBE, "vector": encoder.encode_queries([_PROBE])[0].tolist()},
    }


def load_index(
    index: Path, encoder_name: str | None = None, at_hand: Embedder | None = None
) -> Index:
    """Read and check the generation in use; an encoder at hand is used rather than loaded.

    Raises InputMissing where there is none, IndexCorrupt where it is not what its manifest says or
    was built with another encoder than the one at hand.
    """
    generation = generations.current(index)
    manifest = read_manifest(generation)
    try:
        encoder = at_hand or load_encoder(encoder_name or _named(manifest))
        _check_encoder(manifest, encoder, generation)
        corpus = _read_corpus(generation)
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise IndexCorrupt(f"cannot read {generation}: {error!r:.120}", _REBUILD) from None
    retriever = Retriever.load(generation, encoder)
    if len(retriever) != len(corpus.passages):
        raise IndexCorrupt(
            f"{generation} has {len(corpus.passages)} passages and {len(retriever)} vectors",
            _REBUILD,
        )
    sentences = SentenceIndex.load(generation / "sentences", corpus, encoder)
    _share(retriever, sentences)
    return Index(generation.name, manifest, corpus, encoder, retriever, sentences)


def _share(retriever: Retriever, sentences: SentenceIndex) -> None:
    """Let what finds passages and what finds sentences share cosines, if the encoder is one."""
    units = retriever.units.tokens
    same = [units] if units is not None and retriever.encoder is sentences.encoder else []
    share([sentences.texts.tokens, sentences.headings.tokens, *same])


def _named(manifest: Mapping[str, Any]) -> str | None:
    """Return the encoder that the index asks for; None stands for the bundled one."""
    name = str(manifest["encoder"]["name"])
    return None if name == "bundled" else name


def _check_encoder(manifest: Mapping[str, Any], encoder: Embedder, generation: Path) -> None:
    """Encode the probe again: the same name, the same weights and the same vector."""
    built = manifest["encoder"]
    if built["fingerprint"] != encoder.fingerprint or built["dim"] != encoder.dim:
        raise IndexCorrupt(
            f"{generation.name} was built with the encoder {built['name']} "
            f"({built['fingerprint'][:12]}), at hand is {encoder.name} "
            f"({encoder.fingerprint[:12]})",
            _REBUILD,
        )
    vector = np.asarray(manifest["probe"]["vector"], dtype=np.float32)
    again = encoder.encode_queries([str(manifest["probe"]["text"])])[0]
    if vector.shape != again.shape or not float(vector @ again) >= _PROBE_COSINE:
        raise IndexCorrupt(f"{generation.name}: the encoder gives other vectors now", _REBUILD)


def stale_reason(manifest: Mapping[str, Any]) -> str | None:
    """Say which recorded source differs from the index by now; None when all are as they were."""
    recorded = {entry["path"]: entry["sha256"] for entry in manifest["sources"]["files"]}
    try:
        found = find_sources([Path(root) for root in manifest["sources"]["roots"]])
        for path in found:
            was = recorded.pop(str(path.resolve()), None)
            if was is None:
                return f"{path.name} is new"
            status = path.stat()
            now = _sha256_of(str(path), status.st_mtime_ns, status.st_size)
            if now != was:
                return f"{path.name} has changed ({was[:12]} → {now[:12]})"
    except (QAError, OSError):
        return "a source can no longer be read"
    return f"{Path(next(iter(recorded))).name} is gone" if recorded else None


@lru_cache(maxsize=4096)
def _sha256_of(path: str, changed_at: int, size: int) -> str:
    """Return the hash of a file, read again only when its time or size has changed."""
    return hashlib.sha256(read_bytes(Path(path))).hexdigest()


def needs_build(index: Path, sources: Sequence[Path], encoder: Embedder) -> str | None:
    """Say why the index does not serve these sources, encoder and chunker; None when it does."""
    try:
        manifest = read_manifest(generations.current(index))
        roots = [str(path.resolve()) for path in sources]
        if manifest["sources"]["roots"] != roots:
            return "it was built from other sources"
        if manifest["encoder"]["fingerprint"] != encoder.fingerprint:
            return "the encoder differs"
        if manifest["chunker"] != CHUNKER:
            return "the chunker differs"
        if manifest["tool_version"] != __version__:
            return f"it was built by qa {manifest['tool_version']}"
        return stale_reason(manifest)
    except QAError as error:
        return error.message
    except (KeyError, TypeError):
        return "its manifest is incomplete"


def _write_corpus(folder: Path, corpus: Corpus) -> None:
    _write_lines(
        folder / "documents.jsonl",
        (
            {**{key: getattr(d, key) for key in _DOCUMENT}, "metadata": dict(d.metadata)}
            for d in corpus.documents
        ),
    )
    _write_lines(
        folder / "sections.jsonl",
        ([s.id, s.document.id, list(s.path), s.start, s.body, s.end] for s in corpus.sections),
    )
    _write_lines(
        folder / "passages.jsonl",
        ([p.id, p.section.id, p.start, p.end, p.sentences] for p in corpus.passages),
    )


_DOCUMENT = ("id", "name", "title", "text", "sha256")


def _write_lines(path: Path, rows: Iterator[Any]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _read_lines(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8", newline="\n") as file:
        yield from map(json.loads, file)


def _read_corpus(folder: Path) -> Corpus:
    documents = {row["id"]: Document(**row) for row in _read_lines(folder / "documents.jsonl")}
    sections = {
        id: Section(id, documents[document], tuple(path), start, body, end)
        for id, document, path, start, body, end in _read_lines(folder / "sections.jsonl")
    }
    passages = [
        Passage(id, sections[section], start, end, tuple((s, e) for s, e in sentences))
        for id, section, start, end, sentences in _read_lines(folder / "passages.jsonl")
    ]
    return Corpus(tuple(documents.values()), tuple(sections.values()), passages)
