"""Numerals: Chinese and Arabic number words as exact decimals."""

from decimal import Decimal

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_ENGLISH = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_WORDS = {
    word: value
    for value, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    )
}


def scale_of(words: str) -> Decimal:
    """Return what a run of scale words multiplies by.

    >>> scale_of("万亿")
    Decimal('1000000000000')
    """
    result = Decimal(1)
    for character in words:
        result *= _SCALES.get(character, 1)
    return result


def english_scale(word: str) -> Decimal:
    """Return what an English scale word multiplies by, 1 for anything else."""
    return Decimal(10) ** _ENGLISH.get(word.lower(), 0)


def english_number(word: str) -> int | None:
    """Return the value of a number word from zero to ten."""
    return _WORDS.get(word.lower())


def parse_number(text: str) -> Decimal | None:
    """Return the value of an Arabic or Chinese numeral, None where it is not one.

    >>> parse_number("1,234.5"), parse_number("六亿三千"), parse_number("二〇三五")
    (Decimal('1234.5'), Decimal('600003000'), Decimal('2035'))
    """
    if text[:1].isascii():
        return Decimal(text.replace(",", ""))
    whole, _, fraction = text.partition("点")
    value = _whole(whole)
    if value is None or not fraction:
        return value
    if any(c not in _DIGITS for c in fraction):
        return None
    return value + Decimal("0." + "".join(str(_DIGITS[c]) for c in fraction))


def _whole(text: str) -> Decimal | None:
    """Return a Chinese whole number, written by place (二〇三五) or with scale words."""
    if all(c in _DIGITS for c in text):
        return Decimal("".join(str(_DIGITS[c]) for c in text)) if text else None
    total = section = 0
    digit: int | None = None
    for character in text:
        if character in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[character]
            continue
        scale = _SCALES.get(character)
        if scale is None:
            return None
        if scale < 10**4:
            section += (1 if digit is None else digit) * scale
        elif not section and digit is None:
            total = (total or 1) * scale
        else:
            total += (section + (digit or 0)) * scale
            section = 0
        digit = None
    return Decimal(total + section + (digit or 0))
