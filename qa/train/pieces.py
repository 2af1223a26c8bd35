"""The tokenizer: a unigram model over Chinese words, single characters and English pieces.

Latin words carry a mark at their start, digits stand alone, punctuation is dropped. Scores come
from a few rounds of hard EM: segment the training texts, count, take logarithms.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

UNKNOWN = "<unk>"
MARK = "▁"
_WORDS = r"▁[a-z]+|[0-9]|[^\W▁a-z0-9]+"
_LATIN = re.compile(r"[a-z]+")
_HAN = re.compile(r"[㐀-鿿]+")
_ENDINGS = ("s", "es", "ed", "d", "ing", "ly", "er", "ers", "ings")


def tokenizer_of(scores: Sequence[tuple[str, float]]) -> Tokenizer:
    """Return the tokenizer over these pieces and log-probabilities; the first is the unknown."""
    tokenizer = Tokenizer(models.Unigram(list(scores), unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex("(?<![a-z])(?=[a-z])"), MARK),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(_WORDS), "removed", invert=True)
    return tokenizer


def learn_pieces(
    texts: Sequence[str], words: Iterable[str], size: int, rounds: int = 2
) -> list[tuple[str, float]]:
    """Return `size` pieces with scores: `words` by use, every character, English by use."""
    letters = sorted({c for text in texts for c in text if c.isalnum()})
    english = _english(texts)
    seeds = sorted({w for w in words if len(w) > 1 and _HAN.fullmatch(w)} | set(english))
    pieces = [*letters, MARK, *seeds]
    counts = Counter(dict.fromkeys(pieces, 1))
    for _ in range(rounds):
        counts = _count(texts, _scored(pieces, counts))
    fixed = [*letters, MARK]
    room = max(0, size - 1 - len(fixed))
    used = sorted(seeds, key=lambda piece: (-counts[piece], piece))[:room]
    pieces = [*fixed, *used]
    return _scored(pieces, _count(texts, _scored(pieces, counts)))


def _scored(pieces: Sequence[str], counts: Counter[str]) -> list[tuple[str, float]]:
    total = sum(counts[piece] + 0.5 for piece in pieces)
    scored = [(piece, math.log((counts[piece] + 0.5) / total)) for piece in pieces]
    return [(UNKNOWN, -25.0), *scored]


def _count(texts: Sequence[str], scores: Sequence[tuple[str, float]]) -> Counter[str]:
    tokenizer = tokenizer_of(scores)
    counts: Counter[int] = Counter()
    for at in range(0, len(texts), 4096):
        for encoding in tokenizer.encode_batch(texts[at : at + 4096], add_special_tokens=False):
            counts.update(encoding.ids)
    names = [piece for piece, _ in scores]
    return Counter({names[number]: count for number, count in counts.items()})


def _english(texts: Sequence[str], least: int = 3) -> list[str]:
    """Return marked words, regular inflections left to stem and ending, and the endings."""
    counts = Counter(word for text in texts for word in _LATIN.findall(text))
    common = {w for w, c in counts.items() if c >= least and len(w) > 1}
    stems = {w for w in common if not _inflected(w, counts)}
    inner = Counter(w[i:] for w in common for i in range(2, len(w) - 1))
    endings = {piece for piece, count in inner.items() if count >= 30 and len(piece) <= 5}
    starts = Counter(w[:i] for w in common for i in range(2, min(6, len(w))))
    prefixes = {piece for piece, count in starts.items() if count >= 30}
    letters = {MARK + chr(c) for c in range(ord("a"), ord("z") + 1)}
    return sorted({MARK + w for w in stems | prefixes} | endings | letters)


def _inflected(word: str, counts: Counter[str]) -> bool:
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 3 and counts[stem] > counts[word]:
            return True
    return False
