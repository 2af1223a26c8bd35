"""Spacing: numbers as they are read, without the spaces that only set them apart.

Many reports part the thousands of a number by a space (8 640) and set numbers off from the
characters around them (2022 年 9 月, 30 万元).
"""

import re
from collections.abc import Sequence

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_NARROW = "\u00a0\u2007\u2009\u202f"
_ANY = rf"[ {_NARROW}\u3000]"
# Thousands parted by a narrow space; by a plain one only where no further number follows, nor the
# end of a line: there they may be the cells of a table.
_THOUSANDS = re.compile(
    rf"(?<![\d.,])(?<!\d{_ANY})[1-9]\d{{0,2}}(?:"
    rf"(?:[{_NARROW}]\d{{3}})+(?!\d)|"
    rf"(?:{_ANY}\d{{3}})+(?!\d|{_ANY}{{0,2}}(?:\d|[\n|]|\Z)))"
)
_SET_OFF = re.compile(
    rf"(?<=\d){_ANY}(?=[{_HAN}%‰℃])|"
    rf"(?<=[{_HAN}])(?<![一二三四五六七八九十百千万亿零〇两]){_ANY}(?=\d)"
)
_GAP = re.compile(_ANY)


def close_up(text: str) -> tuple[str, Sequence[int]]:
    """Return the text without the spaces in and beside its numbers, and whence each character is.

    >>> close_up("约 8 640 万元")[0]
    '约8640万元'
    """
    gaps = {gap.start() for gap in _SET_OFF.finditer(text)}
    for number in _THOUSANDS.finditer(text):
        gaps |= {gap.start() for gap in _GAP.finditer(text, *number.span())}
    if not gaps:
        return text, range(len(text))
    kept = [at for at in range(len(text)) if at not in gaps]
    return "".join(text[at] for at in kept), kept
