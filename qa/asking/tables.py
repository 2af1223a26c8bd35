"""Tables of general knowledge: the tab-separated files in `knowledge/`, read once, when needed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal

from qa.paths import PACKAGE

_FOLDER = PACKAGE / "knowledge"


@dataclass(frozen=True, slots=True)
class Unit:
    """What a unit word counts: `factor` base units `name`; units of one `kind` are comparable."""

    name: str
    factor: Decimal
    kind: str


def read_table(name: str) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a table, without comments and the line of column names."""
    lines = (_FOLDER / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line and not line.startswith("#")]
    for row in rows[1:]:
        yield tuple(row.split("\t"))


@cache
def unit_words() -> dict[str, Unit]:
    """Return every unit word, Latin ones in lower case."""
    return {
        word.lower(): Unit(unit, Decimal(factor), kind)
        for word, unit, factor, kind in read_table("units")
    }


@cache
def unit_kinds() -> dict[str, str]:
    """Return the class of every base unit ("元": "money")."""
    return {unit.name: unit.kind for unit in unit_words().values()}


@cache
def attribute_units() -> dict[str, tuple[str, ...]]:
    """Return the units that measure each attribute or count each thing, the likeliest first."""
    result: dict[str, tuple[str, ...]] = {}
    for units, chinese, english in read_table("attributes"):
        for word in chinese.split() + [word.replace("-", " ") for word in english.split()]:
            result.setdefault(word, tuple(units.split()))
    return result


@cache
def places() -> dict[str, str]:
    """Return the names of places, English ones in lower case, each with its Chinese name."""
    result: dict[str, str] = {}
    for place, _, english in read_table("places"):
        result.setdefault(place, place)
        for name in filter(None, english.split("|")):
            result.setdefault(name.lower(), place)
    return result


@cache
def place_inside() -> dict[str, str]:
    """Return the province or country in which each place lies ("" where none is kept)."""
    return {place: inside for place, inside, _ in reversed(list(read_table("places")))}


@cache
def cues() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Return (kind, language, pattern) of what shows a question's kind, in the order of trying."""
    return tuple((kind, lang, re.compile(pattern)) for kind, lang, pattern in read_table("cues"))


@cache
def verbs() -> tuple[str, ...]:
    """Return the words at which a name ends or begins, longest first."""
    words = [word for word, _ in read_table("verbs")]
    return tuple(sorted(words, key=len, reverse=True))


@cache
def inner_verbs() -> frozenset[str]:
    """Return those of the verbs that also occur inside names."""
    return frozenset(word for word, where in read_table("verbs") if where == "inside")


@cache
def near_units() -> dict[str, tuple[str, ...]]:
    """Return the units that reports put in the place of an asked one."""
    return {unit: tuple(near.split()) for unit, near in read_table("near_units")}


@cache
def name_kinds() -> dict[str, tuple[str, ...]]:
    """Return how the names end of what a question may ask after; "marks" for marked names."""
    result: dict[str, tuple[str, ...]] = {}
    for chinese, english, endings in read_table("name_kinds"):
        for word in chinese.split() + [word.replace("-", " ") for word in english.split()]:
            result.setdefault(word, tuple(endings.split()))
    return result


@cache
def aliases() -> dict[str, str]:
    """Return what reports call the things that questions name otherwise."""
    rows = list(read_table("aliases"))
    return {row[0]: row[1] for row in rows}


@cache
def empty_words() -> frozenset[str]:
    """Return the English words that carry no content in a question."""
    return frozenset(word for (words,) in read_table("empty_words") for word in words.split())


@cache
def person_words(kind: Literal["surname", "title", "calling", "no name"]) -> tuple[str, ...]:
    """Return family names, titles or callings beside a name, or what is no name; longest first."""
    words = next(words for row, words in read_table("persons") if row == kind)
    return tuple(sorted(words.split(), key=len, reverse=True))


@cache
def measures() -> dict[str, tuple[str, ...]]:
    """Return the words that ask for a measure (多长), with the units that answer."""
    return {words: tuple(units.split()) for words, units in read_table("measures")}


@cache
def readings() -> dict[str, dict[str, bool]]:
    """Return the characters of each syllable of pinyin, and whether it is a further reading."""
    return {
        syllable: {**dict.fromkeys(further, True), **dict.fromkeys(first, False)}
        for syllable, first, further in read_table("readings")
    }
