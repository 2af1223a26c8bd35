"""Nouns by kind: what is measured or told of a thing, what is counted, what is a place."""

from functools import cache

from qa.asking.tables import attribute_units, places, read_table

_COUNTS = frozenset("个家所户人项件座条台艘套张辆次场")


@cache
def words(kind: str) -> frozenset[str]:
    """Return the words of one kind in the table of follow-ups."""
    return frozenset(
        word for row, listed in read_table("followups") if row == kind for word in listed.split(" ")
    )


@cache
def _measures() -> frozenset[str]:
    """Return the attributes that are measured or told, not counted."""
    measured = (w for w, units in attribute_units().items() if units[0] not in _COUNTS)
    return (
        words("attribute")
        | words("measured")
        | frozenset(w for w in measured if not w.isascii() or w == "gdp")
    )


def attribute_size(phrase: str) -> int:
    """Return how many characters of the end of a phrase are an attribute; 0 if all or none are."""
    of = phrase.rfind("的")
    last = phrase[of + 1 :]
    if of > 0 and _tells(phrase[:of]):
        return measure_size(last)
    if of >= 2 and 2 <= len(last) <= 8 and (last in words("countable") or not is_countable(last)):
        return len(last)
    return measure_size(phrase)


def _tells(head: str) -> bool:
    """Return whether what stands before 的 tells what a thing did rather than whose it is."""
    head = head.rstrip("了过着到")
    return any(head[-n:] in words("verb") or head[:n] in words("verb") for n in (2, 3))


def measure_size(phrase: str) -> int:
    """Return how many characters of the end of a phrase are measured; 0 if all or none are."""
    sizes = range(min(8, len(phrase) - 2), 1, -1)
    return next((size for size in sizes if phrase[-size:] in _measures()), 0)


def is_attribute(phrase: str) -> bool:
    """Return whether a phrase names something measured or told of a thing: 总投资, 地方配套资金."""
    return any(phrase[at:] in _measures() for at in range(max(0, len(phrase) - 8), len(phrase)))


def is_countable(phrase: str) -> bool:
    """Return whether a phrase names things that are counted: 在研课题."""
    return any(
        phrase[at:] in words("countable")
        or attribute_units().get(phrase[at:], (" ",))[0] in _COUNTS
        for at in range(max(0, len(phrase) - 6), len(phrase) - 1)
    )


def is_body(phrase: str) -> bool:
    """Return whether a phrase names a body, or bodies of a kind, that can act: 民营企业."""
    bodies = (phrase[at:] for at in range(max(1, len(phrase) - 6), len(phrase) - 1))
    return any(attribute_units().get(body, (" ",))[0] in {"家", "所"} for body in bodies)


def is_place(phrase: str) -> bool:
    """Return whether a phrase names a place, or places by where they lie: 外省, 雄安新区."""
    return (
        phrase in places()
        or phrase in words("somewhere")
        or (2 < len(phrase) < 9 and phrase.endswith(("省", "市", "县", "州", "新区", "地区", "国")))
    )
