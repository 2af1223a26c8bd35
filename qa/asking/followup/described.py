"""Descriptions: what follows 那艘 or 这个 and says by itself which one is meant."""

import re
from functools import cache

from qa.asking.followup.nouns import words
from qa.asking.followup.slots import ASKING, verb_at
from qa.asking.tables import name_kinds

# What stands before 的, up to the asking words, after which a noun comes.
_DESCRIBED = re.compile(
    rf"((?:(?!{ASKING.pattern})[^，,。；;？?的]){{2,30}})的(?=[^，,。；;？?的]{{1,12}})"
)
_OWNER = 4  # characters of a noun that 的 makes an owner; more describe
_ACTS = re.compile(r"[被从因才靠没不最把给在由\d一二两三四五六七八九十百千万]")


def describes(plain: str, start: int) -> bool:
    """Return whether 那艘 is followed by a description, which says by itself what is meant.

    那艘养鱼的大船 is one; 这个中心的主任 and 这家公司去年的营收 begin with what was spoken of.
    """
    mark = _DESCRIBED.match(plain, start)
    if mark is None or any(plain.startswith(noun, start) for noun in _heads()):
        return False
    told = mark[1]
    return len(told) > _OWNER or verb_at(told, 0, len(told)) > 0 or _ACTS.match(told) is not None


@cache
def _heads() -> frozenset[str]:
    """Return the nouns by which things are called again: 中心, 公司, 项目."""
    return words("countable") | frozenset(kind for kind in name_kinds() if len(kind) > 1)
