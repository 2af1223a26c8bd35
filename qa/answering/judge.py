"""Judge: whether the chosen sentences answer the question, as a probability.

The features say which word of the question found nothing near it, or something nearer in what was
not chosen, whether a value of the kind asked for stands there, whether year and place agree with
the report, and whether the rankings agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.answering.choose import Chosen
from qa.answering.elsewhere import elsewhere
from qa.answering.enumerations import wanted_count
from qa.answering.evidence import FEATURES, Weighed
from qa.answering.untold import has_few_items
from qa.asking.question import Question
from qa.asking.tables import unit_kinds
from qa.asking.when import years_known
from qa.reader.inputs import log_odds
from qa.reader.network import Reading
from qa.types import Hit

JUDGED = (
    "near", "passage", "late", "dense_english", "met", "missing", "shared", "title", "first",
    "chance", "read", "none",
    "lexical_first", "unfit_figure", "unfit_person", "unfit_reason", "no_value", "unknown_year",
    "other_year", "place", "yes_no", "summary", "unfit_measure", "lost", "elsewhere",
    "few_items",
)  # fmt: skip
_ABSENT = 0.3  # a word of the question counts as missing where nothing comes nearer than this
_TYPED = ("figure", "date", "person", "place", "name")


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """All that is known when a question is judged.

    `first` is the best chance of a sentence before it was read; `short` is the short answer, if
    one is found.
    """

    question: Question
    hits: Sequence[Hit]
    weighed: Weighed
    first: float
    chances: NDArray[np.float64]
    reading: Reading | None
    chosen: Chosen
    short: str | None


def judged_features(case: Case) -> NDArray[np.float32]:
    """Return float32[len(JUDGED)]."""
    weighed, chances, question = case.weighed, case.chances, case.question
    rows = {s.row: at for at, s in enumerate(weighed.sentences)}
    best = int(chances.argmax())
    chosen = [rows[s.row] for s in case.chosen.sentences if s.row in rows] or [best]
    met = weighed.met[chosen].max(axis=0)
    seen = dict(zip(FEATURES, weighed.features[chosen].max(axis=0), strict=True))
    why = [hit.why for hit in case.hits]
    unfit = 1 - seen["fits"]
    asked, shares = weighed.years, weighed.shares
    first, chance = log_odds(np.array([case.first, chances[best]]))
    values = {
        "near": seen["near"],
        "passage": seen["passage"],
        "late": max(one.late_score for one in why),
        "dense_english": max(one.dense_score for one in why) * (question.lang == "en"),
        "met": met @ shares,
        "missing": shares[met < _ABSENT].sum(),
        "shared": seen["shared"],
        "title": seen["title"],
        "first": first,
        "chance": chance,
        "read": case.reading.mass if case.reading else 0.0,
        "none": case.reading.none if case.reading else 0.0,
        "lexical_first": 1 / (why[0].lexical_rank or 60),
        "unfit_figure": unfit * (question.kind == "figure"),
        "unfit_person": unfit * (question.kind == "person"),
        "unfit_reason": unfit * (question.kind == "reason"),
        "no_value": question.kind in _TYPED and not case.short,
        "unknown_year": bool(asked) and not asked & _known_years(case),
        "other_year": bool(asked) and seen["year"] < 0,
        "place": _other_place(question, case),
        "yes_no": question.kind == "yes_no",
        "summary": question.kind == "summary",
        "unfit_measure": unfit > _UNLIKE and _asks_measure(question),
        "lost": (weighed.met.max(axis=0) - met) @ shares,
        "elsewhere": elsewhere(question, case.chosen.sentences),
        "few_items": has_few_items(question, case.chosen.sentences),
    }
    return np.array([float(values[name]) for name in JUDGED], np.float32)


_UNLIKE = 0.5  # how far a figure is from one that answers, where not even its kind is the same


def _asks_measure(question: Question) -> bool:
    """Tell whether an amount of money, a length, an energy … is asked for.

    A report counts things and people in more words than there are units, but no length in yuan.
    """
    kinds = {unit_kinds().get(unit, "") for unit in question.units}
    return question.kind == "figure" and bool(kinds) and not kinds & _COUNTED


_COUNTED = frozenset({"", "count", "people", "household", "percent", "multiple"})


def _known_years(case: Case) -> frozenset[int]:
    """Return the years that the documents ever name."""
    documents = {s.passage.document.id: s.passage.document for s in case.weighed.sentences}
    return frozenset[int]().union(*(years_known(one) for one in documents.values()))


def _other_place(question: Question, case: Case) -> float:
    """Return 1 where the question names a place that the document never does."""
    texts = {s.passage.document.id: s.passage.document.text for s in case.chosen.sentences}
    missing = [p for p in question.places if not any(p in text for text in texts.values())]
    return float(bool(missing))


_UNHEARD = 0.75


def is_unheard(case: Case) -> bool:
    """Tell whether nothing that was found comes near to most of what is asked about.

    One word that everything holds (a city's name) can carry a sentence past the other features.
    """
    met = case.weighed.met.max(axis=0)
    return float(case.weighed.shares[met < _ABSENT].sum()) > _UNHEARD


_FAR = 0.15


def is_far(features: NDArray[np.float32]) -> bool:
    """Tell whether neither what was chosen nor its passages come near the question as a whole.

    `features` are those of `judged_features`. So far off lie one answerable question of 600 and a
    sixth of the off-topic ones that the probability lets pass.
    """
    return all(features[JUDGED.index(name)] < _FAR for name in ("near", "passage"))


_NAMED = 0.85


def lists_section(case: Case) -> bool:
    """Tell whether what was chosen are the headings or items under a heading that is asked for.

    What answers then is where they stand, which the reader of single sentences cannot see; so it is
    with a list of as many items as the question says.
    """
    chosen = case.chosen
    if chosen.coverage is None:
        return False
    if len(chosen.sentences) > 2 and len(chosen.sentences) == wanted_count(case.question):
        return True
    rows = {s.row: at for at, s in enumerate(case.weighed.sentences)}
    titles = case.weighed.features[:, FEATURES.index("title")]
    named = all(s.row in rows and titles[rows[s.row]] > _NAMED for s in chosen.sentences)
    return named or all(s.is_heading for s in chosen.sentences)
