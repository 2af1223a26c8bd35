"""The table of readings: which characters a syllable of pinyin may stand for.

`python -m qa.train.readings > qa/knowledge/readings.tsv`, with `pip install pypinyin`, whose data
it keeps: the characters of GB 2312, their tones dropped, ü written as v.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping

_SYLLABLE = re.compile(r"(?!h?ng?$|m$)[a-z]{1,6}")
_NOTE = "# Readings of the characters of GB 2312, from pypinyin (readings_licence.txt)."


def characters() -> list[str]:
    """Return the characters of GB 2312: 6 763, those of running text and of most names."""
    cells = (bytes((row, cell)) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    return [c for c in (cell.decode("gb2312", "ignore") for cell in cells) if c]


def plain(reading: str) -> str:
    """Return a reading without its tone.

    >>> plain("lǜ")
    'lv'
    """
    marked = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(c for c in marked if not unicodedata.combining(c))


def table(readings: Mapping[int, str]) -> Iterator[str]:
    """Yield the lines of the table: a syllable, whose first reading it is, whose further one.

    `readings` has, by code point, those of a character, the first first, with commas between.
    """
    held: dict[str, tuple[list[str], list[str]]] = {}
    for character in characters():
        plainly = dict.fromkeys(map(plain, readings[ord(character)].split(",")))
        for at, syllable in enumerate(filter(_SYLLABLE.fullmatch, plainly)):
            held.setdefault(syllable, ([], []))[at > 0].append(character)
    yield _NOTE
    yield "syllable\tfirst\tfurther"
    for syllable, (first, further) in sorted(held.items()):
        yield "\t".join((syllable, "".join(first), "".join(further)))


if __name__ == "__main__":
    from pypinyin.pinyin_dict import pinyin_dict

    print("\n".join(table(pinyin_dict)))
