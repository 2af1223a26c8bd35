"""Patterns of the nouns of the tables: what is measured, what is named, and what ends a noun."""

import re
from collections.abc import Iterable
from functools import cache

from qa.asking.tables import attribute_units, name_kinds, verbs

__all__ = ["attribute_pattern", "kind_pattern", "verb_pattern"]

# What may stand behind a word of one character, beside a verb, where it is a word of its own.
_WORD_END = (
    r"$|[^\u3400-\u9fff]|"
    r"[的了是在有被将已会能要为达约占超增降涨比各共又叫和与及等呢吗里上开没进更最先通]|多少|几"
)


@cache
def attribute_pattern(lang: str) -> re.Pattern[str]:
    """Return the pattern of the attributes of one language, longest first."""
    latin = lang == "en"
    words = [w for w in attribute_units() if w.isascii() == latin or w.isascii()]
    return re.compile(rf"\b(?:{_any(words)})s?\b" if latin else _whole(words))


def _whole(words: list[str]) -> str:
    """Return a pattern of Chinese words; those of one character must end a word (电, not 电子)."""
    long, short = ([w for w in words if (len(w) > 1) == more] for more in (True, False))
    return (
        rf"(?:{_any(long)})|(?<=多少)(?:{_any(short)})|"
        rf"(?:{_any(short)})(?={_WORD_END}|{_any(verbs())})"
    )


def _any(words: Iterable[str]) -> str:
    """Return a pattern of any of the words, longest first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


@cache
def kind_pattern(lang: str) -> re.Pattern[str]:
    """Return the pattern of the nouns by which names are asked for, longest first."""
    words = [word for word in name_kinds() if word.isascii() == (lang == "en")]
    return re.compile(rf"\b(?:{_any(words)})s?\b" if lang == "en" else _whole(words))


@cache
def verb_pattern() -> re.Pattern[str]:
    """Return the pattern of the words that end a noun phrase."""
    return re.compile("|".join(re.escape(word) for word in verbs()))
