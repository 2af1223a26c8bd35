"""Encoders: text → unit vectors. Only this file knows sentence-transformers and tokenizers.

A static encoder (one vector per piece, averaged) is run here with numpy and tokenizers alone: its
table stays on disk, mapped, and neither torch nor transformers is imported. Any other
sentence-transformers model is run through that library, with its own query and passage prompts.
"""

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from qa.errors import DependencyMissing, InputMissing, SourceError
from qa.fold import fold, fold_with_offsets
from qa.paths import ENCODER

if TYPE_CHECKING:
    import tokenizers

BUNDLED = "bundled"
_DTYPES = {"F32": np.float32, "F16": np.float16, "I8": np.int8, "I32": np.int32, "I64": np.int64}
_BATCH = 256
_REMEMBERED = 2048


class Embedder(Protocol):
    """Turns texts into unit vectors; a text without any known token gets a zero vector."""

    @property
    def name(self) -> str:
        """The name or folder as the user gave it, or "bundled"."""

    @property
    def fingerprint(self) -> str:
        """Sha256 over weights and tokenizer: equal fingerprints, equal vectors."""

    @property
    def dim(self) -> int:
        """Length of a vector."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32[n, dim]."""

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32[n, dim]."""


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """The pieces of a text: ids int32[n], spans in the text as given, weights float32[n]."""

    ids: NDArray[np.int32]
    spans: tuple[tuple[int, int], ...]
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)


def load_encoder(name_or_dir: str | Path | None = None) -> Embedder:
    """Return the encoder of a folder, or by hub name; None is the bundled one.

    The network is tried only where a hub name was given. Raises `InputMissing`,
    `DependencyMissing` or `SourceError`, naming the path.
    """
    if name_or_dir is None or name_or_dir == BUNDLED:
        return StaticEncoder(ENCODER, BUNDLED)
    folder = Path(name_or_dir).expanduser()
    if not folder.is_dir():
        if _is_hub_name(str(name_or_dir)) and not folder.exists():
            return TransformerEncoder(str(name_or_dir), str(name_or_dir))
        raise InputMissing(
            f"there is no encoder folder {folder}",
            "give a sentence-transformers folder, or leave --encoder out for the bundled one",
        )
    if _static_folder(folder) is not None:
        return StaticEncoder(folder, str(name_or_dir))
    return TransformerEncoder(str(folder), str(name_or_dir))


class StaticEncoder:
    """Averages one vector per piece; numpy and tokenizers only."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self._folder = _static_folder(folder)
        if self._folder is None:
            raise InputMissing(
                f"{folder} holds no static encoder (modules.json naming a StaticEmbedding)",
                "train one with qa train, or give another --encoder",
            )
        self._tokenizer = _read_tokenizer(self._folder / "tokenizer.json")
        tensors = _read_tensors(self._folder / "model.safetensors")
        self._table, self._rows, self._scales = _table(tensors, self._folder)
        self._weights = self._token_weights()
        # A question is taken apart by several stages, and a quoted sentence by many questions.
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._tokens)
        self._vectors = lru_cache(maxsize=_REMEMBERED)(self._vector)

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._table.shape[1])

    @property
    def size(self) -> int:
        """Number of pieces."""
        return len(self._scales)

    @cached_property
    def fingerprint(self) -> str:
        """Sha256 over weights and tokenizer."""
        assert self._folder is not None
        names = ("model.safetensors", "tokenizer.json", "token_weights.npy")
        return _sha256(self._folder / name for name in names)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32[n, dim]; a question that was taken apart already is not again."""
        if not all(unicodedata.is_normalized("NFC", text) for text in texts):
            # Offsets are kept character by character, which joins no letter with its mark.
            return self.encode_passages(texts)
        vectors = [self.vector(text) for text in texts]
        return np.stack(vectors) if vectors else np.zeros((0, self.dim), np.float32)

    def vector(self, text: str) -> NDArray[np.float32]:
        """Return the vector float32[dim] of a question, not to be changed."""
        return self._vectors(text)

    def _vector(self, text: str) -> NDArray[np.float32]:
        return self.mean(self.tokens(text).ids)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32[n, dim]."""
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for at in range(0, len(texts), _BATCH):
            for row, ids in enumerate(self.ids(texts[at : at + _BATCH]), at):
                vectors[row] = self.mean(ids)
        return vectors

    def mean(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the unit mean float32[dim] of these pieces' vectors, zero where there are none."""
        rows = self._table[self._rows[ids] if self._rows is not None else ids]
        total = self._scales[ids] @ rows.astype(np.float32)
        norm = float(np.sqrt(total @ total))
        return np.asarray(total / norm if norm > 0 else total, np.float32)

    def ids(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """Return the piece ids of each text."""
        folded = [fold(text) for text in texts]
        encodings = self._tokenizer.encode_batch_fast(folded, add_special_tokens=False)
        return [np.array(encoding.ids, np.int32) for encoding in encodings]

    def tokens(self, text: str) -> Tokens:
        """Return the pieces of a text with their places in it, as it was given."""
        return self._remembered(text)

    def _tokens(self, text: str) -> Tokens:
        folded, offsets = fold_with_offsets(text)
        encoding = self._tokenizer.encode(folded, add_special_tokens=False)
        ids = np.array(encoding.ids, np.int32)
        placed = zip(encoding.tokens, encoding.offsets, strict=True)
        inner = (_unmarked(folded, piece, *span) for piece, span in placed)
        spans = tuple((offsets[start], offsets[end - 1] + 1) for start, end in inner)
        return Tokens(ids, spans, self._weights[ids])

    def table(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the unit vectors float32[n, dim] of pieces; zero for the unknown one."""
        rows = self._table[self._rows[ids] if self._rows is not None else ids].astype(np.float32)
        norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
        return np.asarray(np.divide(rows, norms, out=rows, where=norms > 0), np.float32)

    def _token_weights(self) -> NDArray[np.float32]:
        assert self._folder is not None
        path = self._folder / "token_weights.npy"
        if not path.is_file():
            return np.ones(self.size, np.float32)
        try:
            weights = np.load(path, allow_pickle=False).astype(np.float32)
        except (ValueError, EOFError) as error:
            raise _broken(path, str(error)) from error
        if weights.shape != (self.size,) or not np.isfinite(weights).all():
            raise _broken(path, f"expected {self.size} finite weights")
        return np.asarray(weights)


class TransformerEncoder:
    """Any sentence-transformers model, with its own query and passage prompts."""

    def __init__(self, source: str, name: str) -> None:
        self.name = name
        self._source = source
        try:
            import sentence_transformers
        except ImportError as error:
            raise DependencyMissing(
                f"the encoder {name} needs sentence-transformers",
                "pip install 'qa[models]', or leave --encoder out for the bundled one",
            ) from error
        try:
            local = Path(source).is_dir()
            self._model: Any = sentence_transformers.SentenceTransformer(
                source, device="cpu", local_files_only=local
            )
        except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
            raise SourceError(
                f"{source} does not load as a sentence-transformers model: {_first_line(error)}",
                "check that the folder is complete, or the name and the network",
            ) from error

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension())

    @cached_property
    def fingerprint(self) -> str:
        """Sha256 over weights and tokenizer."""
        folder = Path(self._source)
        if folder.is_dir():
            return _sha256(sorted(path for path in folder.rglob("*") if path.is_file()))
        digest = hashlib.sha256(self._source.encode())
        for key, value in sorted(self._model.state_dict().items()):
            digest.update(key.encode() + value.cpu().numpy().tobytes())
        return digest.hexdigest()

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32[n, dim], with the model's query prompt."""
        return self._unit(self._model.encode_query, texts)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32[n, dim], with the model's passage prompt."""
        return self._unit(self._model.encode_document, texts)

    def _unit(self, encode: Callable[..., Any], texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        vectors = encode(list(texts), convert_to_numpy=True, show_progress_bar=False)
        vectors = np.asarray(vectors, np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(np.divide(vectors, norms, out=vectors, where=norms > 0), np.float32)


def _unmarked(text: str, piece: str, start: int, end: int) -> tuple[int, int]:
    """Return a piece's span without the character that its word mark was laid over."""
    if piece.startswith("▁") and text[start] != piece[1:2]:
        start = min(start + 1, len(text) - 1)
    return start, max(end, start + 1)


def _is_hub_name(name: str) -> bool:
    """Return whether it looks like `owner/model` or `model`, not like a path."""
    parts = name.split("/")
    return len(parts) <= 2 and all(p and p[0] not in "._~" and "\\" not in p for p in parts)


def _static_folder(folder: Path) -> Path | None:
    """Return where the static module's files lie, or None if the folder is no static encoder."""
    path = folder / "modules.json"
    if not path.is_file():
        return None
    try:
        modules = json.loads(path.read_text("utf-8"))
        kinds = [str(module["type"]).rsplit(".", 1)[-1] for module in modules]
        inner = str(modules[0]["path"])
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise _broken(path, str(error)) from error
    static = kinds[:1] == ["StaticEmbedding"] and set(kinds[1:]) <= {"Normalize"}
    return folder / inner if static else None


def _read_tokenizer(path: Path) -> "tokenizers.Tokenizer":
    import tokenizers

    if not path.is_file():
        raise InputMissing(f"the encoder has no {path}", "restore the folder, or train it again")
    try:
        tokenizer = tokenizers.Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exception
        raise _broken(path, str(error)) from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Return the tensors of a safetensors file, mapped rather than read."""
    if not path.is_file():
        raise InputMissing(f"the encoder has no {path}", "restore the folder, or train it again")
    try:
        # A plain view of the map: arrays of the subclass cost more at every step.
        data = np.asarray(np.memmap(path, np.uint8, "r"))
        size = int.from_bytes(data[:8].tobytes(), "little")
        header = json.loads(data[8 : 8 + size].tobytes())
        header.pop("__metadata__", None)
        return {name: _tensor(data[8 + size :], entry) for name, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise _broken(path, _first_line(error)) from error


def _tensor(data: NDArray[np.uint8], entry: dict[str, Any]) -> NDArray[Any]:
    start, end = entry["data_offsets"]
    return data[start:end].view(_DTYPES[entry["dtype"]]).reshape(entry["shape"])


def _table(
    tensors: dict[str, NDArray[Any]], folder: Path
) -> tuple[NDArray[Any], NDArray[np.int64] | None, NDArray[np.float32]]:
    """Return the rows, the row of each piece (None: its id) and the scale of each piece."""
    table = tensors.get("embedding.weight", tensors.get("embeddings"))
    if table is None or table.ndim != 2:
        raise _broken(folder / "model.safetensors", "it holds no table of vectors")
    mapping = tensors.get("mapping")
    rows = None if mapping is None else mapping.astype(np.int64)
    size = len(table) if rows is None else len(rows)
    scales = tensors.get("weights", np.ones(size)).astype(np.float32)
    if scales.shape != (size,) or (rows is not None and not _within(rows, len(table))):
        raise _broken(folder / "model.safetensors", "its tensors do not fit each other")
    return table, rows, scales


def _sha256(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        if path.is_file():
            with path.open("rb") as stream:
                inner = hashlib.file_digest(stream, "sha256").digest()
            digest.update(f"{path.name}\0".encode() + inner)
    return digest.hexdigest()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _broken(path: Path, why: str) -> SourceError:
    return SourceError(f"{path} is not readable: {why}", "restore the folder, or train it again")


def _within(rows: NDArray[np.int64], size: int) -> bool:
    return not len(rows) or (int(rows.min()) >= 0 and int(rows.max()) < size)
