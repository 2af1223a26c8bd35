"""Pairs: two things that were named together, of which a follow-up means one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.asking.followup.slots import Slots

_CHINESE = re.compile(r"(.{2,20}?)(?:、|和|与|跟|以及|还是)([^的、]{2,20})")
_ENGLISH = re.compile(r"([^,?]+?),? (?:and|or|versus|vs\.?|with) ([^,?]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Choice:
    """The one of two that is meant, the one that is not, and where the last question has both."""

    meant: str
    other: str
    both: tuple[int, int] | None


def choose(which: str, earlier: Sequence[Slots]) -> Choice | None:
    """Return the "first" or "second" of two, or the "other" than the last one spoken of.

    None where no two things were named together, or where it cannot be told which was spoken of.
    """
    found = ((slots, match) for slots in earlier if (match := _pair(slots)))
    slots, match = next(found, (None, None))
    if slots is None or match is None:
        return None
    first, second = match[1], match[2]
    last = earlier[0]
    if which == "other":
        named = [name for name in (first, second) if name.lower() in last.text.lower()]
        if len(named) != 1:
            return None
        which = "second" if named == [first] else "first"
    meant, other = (second, first) if which == "second" else (first, second)
    return Choice(meant, other, match.span() if slots is last else None)


def _pair(slots: Slots) -> re.Match[str] | None:
    """Return where a question is about two things."""
    pattern = _CHINESE if any("㐀" <= c <= "鿿" for c in slots.text) else _ENGLISH
    return pattern.search(slots.text, *slots.topic)
