"""Units: the unit word behind a number."""

import re
from decimal import Decimal
from functools import cache

from qa.asking.tables import Unit, unit_words

_MARK = r"\*{0,2}"
# 成 as a tenth, not as the beginning of 成为, 成果 and the like.
_TENTHS = re.compile(r"成(?![为立功员果就本长交效绩都年人熟品套活分)）])(?:半)?")


def unit_after(text: str, at: int) -> tuple[int, Unit | None]:
    """Return where the unit word after a number ends, and what it means."""
    match = _unit_pattern().match(text, at)
    if match is None:
        if tenths := _TENTHS.match(text, at):
            return tenths.end(), Unit("%", Decimal(10), "percent")
        return at, None
    word = (match["zh"] or match["en"]).lower()
    unit = unit_words().get(word) or unit_words().get(_singular(word))
    return match.end(), unit


def _singular(word: str) -> str:
    """Return an English word without its plural ending."""
    return word[:-1] if word.endswith("s") else word


@cache
def _unit_pattern() -> re.Pattern[str]:
    """Return the pattern of every unit word, longest first."""
    words = sorted(unit_words(), key=len, reverse=True)
    chinese = "|".join(re.escape(w) for w in words if not w[0].isalpha() or not w.isascii())
    latin = "|".join(re.escape(w) for w in words if w[0].isalpha() and w.isascii())
    stop = (
        r"(?!(?<=年)[代级画轻纪货]|(?<=人)[民均工大]|(?<=分)[之别]|(?<=点)[一二三四五六七八九]|"
        r"(?<=天)[然津])"
    )
    return re.compile(
        rf"{_MARK}\s?(?:(?P<zh>{chinese}){stop}|(?:[a-z-]+ )?(?P<en>(?:{latin})s?)\b)",
        re.IGNORECASE,
    )
