"""Expected: whether a sentence holds a value of the kind that the question asks for."""

import re
from functools import lru_cache

from qa.answering.persons import holds_person
from qa.asking.dates import find_dates
from qa.asking.figures import find_figures
from qa.asking.question import Question
from qa.asking.tables import places, unit_kinds

_REASON = re.compile("因|由于|为了|导致|使得|原因|以便|从而|所以|因此")
_MANNER = re.compile("通过|采取|利用|采用|以.{1,12}为|加快|推进|推动|完善|健全|加强|强化|实施|落实")
_DEFINITION = re.compile("是|指|即|为")
_LIST = re.compile("、|；|，|和|及")
_PLACE = re.compile("[省市县区镇乡村岛港湾山河湖路街园城国州]|中心|基地|大学|医院")


def fits(question: Question, text: str) -> float:
    """Return 1 where the text holds what can answer, 0 where it does not, 0.5 where any may."""
    kind = question.kind
    if kind == "figure":
        return _holds_figure(text, question.units)
    if kind == "person":
        return float(_holds_person(text))
    if kind == "date":
        return float(bool(find_dates(text)))
    if kind == "place":
        return float(_holds_place(text))
    pattern = _PATTERNS.get(kind)
    return float(bool(pattern.search(text))) if pattern else 0.5


_PATTERNS = {
    "reason": _REASON,
    "manner": _MANNER,
    "definition": _DEFINITION,
    "list": _LIST,
}


def _holds_figure(text: str, units: frozenset[str]) -> float:
    found = _units_in(text)
    if not units:
        return float(bool(found))
    if found & units:
        return 1.0
    kinds = unit_kinds()
    same = {kinds.get(unit, "") for unit in found} & {kinds.get(unit, "") for unit in units}
    return 0.5 if same - {"count", ""} else 0.25 * bool(found)


# A report's sentences are read again for every question that comes near them.
@lru_cache(maxsize=20_000)
def _units_in(text: str) -> frozenset[str]:
    return frozenset(figure.unit for figure in find_figures(text))


@lru_cache(maxsize=20_000)
def _holds_place(text: str) -> bool:
    return bool(_PLACE.search(text)) or any(name in text for name in places().values())


_holds_person = lru_cache(maxsize=20_000)(holds_person)
