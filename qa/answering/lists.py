"""Lists: the items of one quote, or the quotes themselves where each is an item."""

import re
from collections.abc import Sequence

from qa.answering.enumerations import Enumeration, enumerations, wanted_count
from qa.answering.nearness import Near
from qa.asking.question import Question

# Quotes less likely than the first are there as items of a list.
_ITEM_PRIOR = 0.3
_NUMBER = re.compile(
    r"^(?:[（(]?[\d一二三四五六七八九十]{1,3}[）)、.．]|[①-⑳]|[一二三四五六七八九十]{1,2}[是要])\s*"
)


def list_items(
    question: Question, nears: Sequence[Near], found: Sequence[Enumeration]
) -> list[str]:
    """Return the items that a list question asks for, [] where no list fits.

    `found` are the lists of the quotes, the best first.
    """
    wanted, best = wanted_count(question), found[0] if found else None
    several = len(nears) > 2 and not (best and best.told)
    if several and (best is None or wanted == len(nears) or len(best.items) < len(nears)):
        leads = [lead for near in nears if (lead := _lead(near))]
        if len(leads) == len(nears) and _are_items(nears):
            return leads
    if best is None:
        return []
    return list(best.items)


def _are_items(nears: Sequence[Near]) -> bool:
    """Return whether quotes are the items of one list, not the likeliest of several places."""
    numbered = all(_NUMBER.match(near.raw.replace("*", "").strip()) for near in nears)
    priors = [near.quoted.prior for near in nears]
    return numbered or len(nears) > 3 or min(priors) < _ITEM_PRIOR or min(priors) == 1


def list_around(question: Question, nears: Sequence[Near], name: str) -> list[str]:
    """Return the list of which a name is an item, whole, [] where it stands alone."""
    wanted = wanted_count(question)
    for near in nears:
        for found in enumerations(near, wanted, ()):
            if name in found.items:
                return list(found.items)
    return []


def _lead(near: Near) -> str:
    """Return what a quote that is one item of a list begins with."""
    text = _NUMBER.sub("", near.raw.replace("*", "").strip())
    stop = re.search(r"[：:。；\n]|[，,]", text)
    lead = text[: stop.start()] if stop else text
    return lead.strip() if 1 < len(lead.strip()) <= 40 else ""
