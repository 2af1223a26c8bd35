"""The trained table as a sentence-transformers folder of a given size.

The table is kept in 8 bits with one scale per piece: sentence-transformers ≥ 6 (and model2vec)
multiply `embeddings` by `weights` at load, so plain `SentenceTransformer(folder)` reads it.
"""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from qa.errors import OutputError

_MODULES = [
    {
        "idx": 0,
        "name": "0",
        "path": "",
        "type": "sentence_transformers.sentence_transformer.modules.StaticEmbedding",
    },
    {
        "idx": 1,
        "name": "1",
        "path": "1_Normalize",
        "type": "sentence_transformers.sentence_transformer.modules.Normalize",
    },
]
_CONFIG = {
    "model_type": "SentenceTransformer",
    "prompts": {"query": "", "document": ""},
    "default_prompt_name": None,
    "similarity_fn_name": "cosine",
}


def save_encoder(
    out: Path, tokenizer: Tokenizer, table: NDArray[np.float32], weights: NDArray[np.float32]
) -> None:
    """Write the folder; `weights` are those of the pieces in late interaction, float32[n]."""
    codes, scales = quantised(table)
    try:
        (out / "1_Normalize").mkdir(parents=True, exist_ok=True)
        save_file({"embeddings": codes, "weights": scales}, out / "model.safetensors")
        (out / "model.safetensors").chmod(0o644)  # it is written for its owner alone
        np.save(out / "token_weights.npy", weights.astype(np.float16), allow_pickle=False)
        tokenizer.save(str(out / "tokenizer.json"), pretty=False)
        _write(out / "modules.json", _MODULES)
        _write(out / "config_sentence_transformers.json", _CONFIG)
        _write(out / "1_Normalize" / "config.json", {})
    except OSError as error:
        raise OutputError(f"cannot write the encoder to {out}: {error}", "free space") from error


def quantised(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return int8 codes and the scale of each row, so that codes × scale is about the table."""
    scales = np.abs(table).max(axis=1) / 127
    safe = np.where(scales > 0, scales, 1)[:, None]
    codes = np.rint(table / safe).astype(np.int8)
    return codes, scales.astype(np.float32)


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
