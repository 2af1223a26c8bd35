"""Years that are named by their distance from another: 再往前一年, 次年, the year before."""

import re
from dataclasses import dataclass

_NUMBER = {
    "一": 1,
    "1": 1,
    "两": 2,
    "二": 2,
    "2": 2,
    "三": 3,
    "3": 3,
    "one": 1,
    "a": 1,
    "two": 2,
    "three": 3,
}
_LEANING = re.compile(
    r"再?(?:往前|早|往回|倒推)(?:推)?(?P<back>[一两二三123])年|再?(?:往后|晚|过)(?:推)?(?P<on>[一两二三123])年|"
    r"(?P<ago>[一两二三123])年(?:前|之前)|(?P<later>[一两二三123])年(?:后|之后)|"
    r"(?P<before>(?<![比较同与去])(?:上一年度?|前一年度?|上年度?))|(?P<after>次年|后一年|第二年|下一年度?|翌年)|"
    r"(?P<same>那一?年|当年|同一?年|该年|这一年(?!来))|"
    r"\b(?:(?P<years>one|a|two|three) years? "
    r"(?:(?P<earlier>earlier|before(?: that)?)|(?:later|after(?: that)?))|"
    r"the (?:(?P<en_before>(?:year before(?: that)?|previous year|preceding year))|"
    r"(?P<en_after>(?:year after(?: that)?|following year|next year)))|"
    r"(?P<en_same>(?:that|the same) year))\b"
)
_SPOKEN = {
    "前年": -2,
    "去年": -1,
    "今年": 0,
    "本年": 0,
    "明年": 1,
    "后年": 2,
    "last year": -1,
    "this year": 0,
    "next year": 1,
}
_SPOKEN_WORD = re.compile("|".join(_SPOKEN))
_YEAR = re.compile(r"(?<![\d.,])(?:1[89]|20)\d\d(?=年|\b)")


@dataclass(frozen=True, slots=True)
class Year:
    """A year that a question names, or the word for it ("去年"), and its place in the text."""

    start: int
    end: int
    number: int | None
    spoken: str = ""


def find_year(plain: str) -> Year | None:
    """Return the first year of a text that is named by number, else by a word such as 去年."""
    if match := _YEAR.search(plain):
        return Year(*match.span(), int(match[0]))
    if match := _SPOKEN_WORD.search(plain):
        return Year(*match.span(), None, match[0])
    return None


def leans(plain: str) -> tuple[int, int] | None:
    """Return the span of the first words that name a year by another one."""
    match = _LEANING.search(plain)
    return match.span() if match else None


def settle(plain: str, before: Year | None, document: int | None) -> tuple[int, int, str] | None:
    """Return a span of the text and the year that it means; None where that cannot be told.

    `before` is the year that was spoken of, `document` the one that the report is about. 去年 is
    counted from what was spoken of only where that is no other year than the report's.

    >>> settle("再往前一年", Year(0, 4, 2020), None)
    (0, 5, '2019年')
    """
    if match := _LEANING.search(plain):
        year = _moved(before, _steps(match), document, match[0].isascii())
        return (*match.span(), year) if year else None
    match = _SPOKEN_WORD.search(plain)
    if (
        match
        and before
        and before.number
        and document in {None, before.number}
        and _SPOKEN[match[0]]
    ):
        year = _moved(before, _SPOKEN[match[0]], document, match[0].isascii())
        return (*match.span(), year) if year else None
    return None


def _steps(match: re.Match[str]) -> int:
    """Return how many years on (or back, negative) the words go."""
    if back := match["back"] or match["ago"]:
        return -_NUMBER[back]
    if on := match["on"] or match["later"]:
        return _NUMBER[on]
    if match["years"]:
        return _NUMBER[match["years"]] * (-1 if match["earlier"] else 1)
    if match["same"] or match["en_same"]:
        return 0
    return -1 if match["before"] or match["en_before"] else 1


def _moved(before: Year | None, steps: int, document: int | None, english: bool) -> str:
    """Return the year so many steps away, "" where it has no name."""
    if before and before.number is None:
        at = _SPOKEN[before.spoken] + steps
        same = (w for w, n in _SPOKEN.items() if n == at and w.isascii() == before.spoken.isascii())
        return next(same, "")
    number = before.number if before else document
    return (f"{number + steps}" if english else f"{number + steps}年") if number else ""
