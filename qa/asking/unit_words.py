"""Units: the unit word behind a number."""

import re
from decimal import Decimal
from functools import cache

from qa.asking.tables import Unit, unit_words

_MARK = r"\*{0,2}"
# 成 as a tenth, not as the beginning of 成为, 成果 and the like.
_TENTHS = re.compile(r"成(?![为立功员果就本长交效绩都年人熟品套活分)）])(?:半)?")

# A Latin unit that is in no table (GeV, DDDs); such letters are none inside of English words.
_PREFIXED = r"[A-Za-zµμΩ°℃Å][A-Za-zµμΩ°℃²³]{0,7}"
_SPACED = re.compile(rf"{_MARK}\s{{1,2}}(?P<word>{_PREFIXED})(?![A-Za-z\d-]|\s[A-Za-z])")
_GLUED = re.compile(rf"{_MARK}(?P<word>{_PREFIXED})(?![A-Za-z\d+-]|\s?[A-Za-z])")
_ENGLISH = re.compile(r"[A-Za-z](?:[,.]?\s[\d.,*]+)?\Z")
_DECIMAL = re.compile(r"\d\.\d+\Z")
# Single letters, which mean other things where they are not set off from the number (5G, 3D),
# unless that has a decimal point (4.5K).
_LETTERS = {
    "K": Unit("开", Decimal(1), "temperature"),
    "T": Unit("T", Decimal(1), ""),
    "J": Unit("焦耳", Decimal(1), "energy"),
    "A": Unit("安", Decimal(1), "current"),
    "V": Unit("伏", Decimal(1), "voltage"),
    "W": Unit("千瓦", Decimal("0.001"), "power"),
    "m": Unit("米", Decimal(1), "length"),
    "t": Unit("千克", Decimal(1000), "mass"),
    "g": Unit("千克", Decimal("0.001"), "mass"),
    "L": Unit("立方米", Decimal("0.001"), "volume"),
    "h": Unit("小时", Decimal(1), "time"),
    "s": Unit("小时", Decimal("0.0002777778"), "time"),
    "d": Unit("天", Decimal(1), "time"),
    "a": Unit("年", Decimal(1), "time"),
}


def unit_after(text: str, at: int) -> tuple[int, Unit | None]:
    """Return where the unit word after a number ends, and what it means."""
    if (letters := _latin(text, at)) is not None:
        return letters
    match = _unit_pattern().match(text, at)
    if match is None:
        if tenths := _TENTHS.match(text, at):
            return tenths.end(), Unit("%", Decimal(10), "percent")
        return at, None
    word = (match["zh"] or match["en"]).lower()
    unit = unit_words().get(word) or unit_words().get(_singular(word))
    per = _per_pattern().match(text, match.end())
    return per.end() if per else match.end(), unit


def _latin(text: str, at: int) -> tuple[int, Unit] | None:
    """Return where a Latin unit that no table has ends, and the unit: itself, of no kind."""
    match = _SPACED.match(text, at) or _GLUED.match(text, at)
    if match is None or _in_english(text, at) or _is_known(match["word"]):
        return None
    word, spaced = match["word"], match.re is _SPACED
    set_off = spaced or _DECIMAL.search(text, max(0, at - 12), at)
    if len(word) == 1 and (not set_off or word not in _LETTERS):
        return None
    if word.islower() and len(word) > 3:
        return None
    per = _per_pattern().match(text, match.end())
    return per.end() if per else match.end(), _LETTERS.get(word) or Unit(word, Decimal(1), "")


def _is_known(word: str) -> bool:
    """Return whether a table has a Latin unit; the letters that it has too are set off as here."""
    return len(word) > 1 and word.lower() in unit_words()


def _in_english(text: str, at: int) -> bool:
    """Return whether an English word stands before the number that ends here."""
    return _ENGLISH.search(text, max(0, at - 24), at) is not None


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
        r"(?<=天)[然津]|(?<=根)[据本源]|(?<=折)[扣旧合])"
    )
    return re.compile(
        rf"{_MARK}\s?(?:(?P<zh>{chinese}){stop}|(?:[a-z-]+ )?(?P<en>(?:{latin})s?)(?![a-z\d_]))",
        re.IGNORECASE,
    )


@cache
def _per_pattern() -> re.Pattern[str]:
    """Return the pattern of what an amount is for each of (元/吨, W/m²)."""
    words = sorted(unit_words(), key=len, reverse=True)
    chinese = "|".join(re.escape(w) for w in words if not w.isascii())
    return re.compile(
        rf"[·/][十百千万亿]?(?:{chinese}|[日月时]|[A-Za-zµμ]{{1,4}}[²³23]?(?![A-Za-z\d]))"
    )
