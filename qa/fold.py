"""Folding: the one form in which questions and passages meet.

Traditional to simplified, full to half width, upper to lower case, invisible characters dropped.
Folding is by character, so that every folded character knows the character it came from.
"""

import unicodedata
from functools import cache, lru_cache

import opencc

# CJK ideographs with their extension A and compatibility block: where OpenCC has single characters.
_IDEOGRAPHS = ((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FA1F))
# Cc, Cf: controls, zero-width, bidi and tag characters; Cs: lone surrogates; Mn after NFKC: marks
# that compose with nothing (variation selectors, stacked accents).
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"})


@cache
def _simplified() -> dict[int, str]:
    """Return the ideographs that have another simplified form, by code point."""
    points = [point for first, last in _IDEOGRAPHS for point in range(first, last + 1)]
    converter = opencc.OpenCC("t2s")
    converted = converter.convert("\n".join(map(chr, points))).split("\n")
    return {p: s for p, s in zip(points, converted, strict=True) if len(s) == 1 and ord(s) != p}


@lru_cache(maxsize=32_768)
def _fold_character(character: str) -> str:
    """Return the folded form of one character: any number of characters, often itself."""
    wide = unicodedata.normalize("NFKC", character)
    simple = wide.translate(_simplified()).casefold()
    if simple.isspace():
        return " "
    return "".join(c for c in simple if unicodedata.category(c) not in _DROPPED)


def fold(text: str) -> str:
    """Return the folded text.

    >>> fold("國家１００Ｇbps")
    '国家100gbps'
    """
    return "".join(map(_fold_character, unicodedata.normalize("NFC", text)))


def fold_with_offsets(text: str) -> tuple[str, list[int]]:
    """Return the folded text and, for each of its characters, the offset it came from in `text`.

    Differs from `fold` only where a base character and its mark stand apart (NFD).
    """
    folded = [_fold_character(character) for character in text]
    offsets = [at for at, piece in enumerate(folded) for _ in piece]
    return "".join(folded), offsets
