"""A readable encoder for tests, and texts to search."""

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

TEXTS = (
    "科技重大专项\n截至年底，累计牵头承担国家科技重大专项929项。获中央财政资金支持333.04亿元。",
    "高等教育\n全市共有高校68所；在校学生80万人。",
    "大科学设施\n新建硬X射线装置，总投资100亿元。上海光源已经建成。",
    "营商环境\n实有经营主体688万户，其中企业162万户。",
    "人工智能\n发布大模型备案60款，算力规模超过100P。",
)


class WordEncoder:
    """Hashes each character to one of `dim` places: equal characters, near vectors."""

    name = "words"
    fingerprint = "0" * 64
    dim = 64

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for row, text in enumerate(texts):
            for character in text:
                vectors[row, zlib.crc32(character.encode("utf-8", "ignore")) % self.dim] += 1
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(np.divide(vectors, norms, out=vectors, where=norms > 0), np.float32)
