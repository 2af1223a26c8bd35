"""Judge: whether the chosen sentences answer the question, as a probability.

The features say which word of the question found nothing near it, whether a value of the kind asked
for stands there, whether year and place agree with the report, and whether the rankings agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.choose import Chosen
from qa.evidence import FEATURES, Weighed
from qa.question import Question
from qa.types import Hit
from qa.when import years_in, years_known

JUDGED = (
    "chance", "second", "own", "met", "least", "unmet", "shared", "near", "passage", "margin",
    "attribute", "fits", "fits_near", "agree", "other_year", "unknown_year", "place", "title",
    "unfit", "short", "english", "typed", "reason", "yes_no", "summary", "length",
)  # fmt: skip
_NEAR = 0.5  # a word of the question counts as met from this cosine on
_TYPED = ("figure", "date", "person", "place", "name")


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """All that is known when a question is judged; `short` is its short answer, if one is found."""

    question: Question
    hits: Sequence[Hit]
    weighed: Weighed
    chances: NDArray[np.float64]
    chosen: Chosen
    short: str | None


def judged_features(case: Case) -> NDArray[np.float32]:
    """Return float32[len(JUDGED)]."""
    weighed, chances, question = case.weighed, case.chances, case.question
    rows = {s.row: at for at, s in enumerate(weighed.sentences)}
    chosen = [rows[s.row] for s in case.chosen.sentences if s.row in rows]
    best = int(chances.argmax())
    chosen = chosen or [best]
    weights = weighed.words.weights / weighed.words.weights.sum()
    met = weighed.met[chosen].max(axis=0)
    seen = dict(zip(FEATURES, weighed.features[chosen].max(axis=0), strict=True))
    seen_year = weighed.features[chosen, FEATURES.index("year")].max()
    order = np.sort(chances)[::-1]
    content = weights > 0.25 * weights.max()
    scores = [hit.score for hit in case.hits[:2]] + [0.0, 0.0]
    first = case.hits[0].why
    values = {
        "chance": float(np.log(chances[best] / (1 - chances[best] + 1e-9) + 1e-9)),
        "second": float(order[1] / order[0]) if len(order) > 1 else 0.0,
        "own": seen["own"],
        "met": float(met @ weights),
        "least": float(met[content].min()) if content.any() else 0.0,
        "unmet": float(weights[met < _NEAR].sum()),
        "title": seen["title"],
        "shared": seen["shared"],
        "near": seen["near"],
        "passage": seen["passage"],
        "margin": scores[0] - scores[1],
        "attribute": float(weighed.features[chosen, FEATURES.index("attribute")].max()),
        "fits": seen["fits"],
        "fits_near": _fits_near(weighed),
        "agree": float(first.dense_rank == 1 and first.lexical_rank == 1),
        "other_year": float(bool(_years(case)) and seen_year < 0),
        "unknown_year": _unknown_year(case),
        "place": _other_place(question, case),
        "unfit": float(question.kind == "figure" and bool(question.units)) * (1 - seen["fits"]),
        "short": float(case.short is not None and question.kind in _TYPED),
        "english": float(question.lang == "en"),
        "typed": float(question.kind in _TYPED),
        "reason": float(question.kind == "reason"),
        "yes_no": float(question.kind == "yes_no"),
        "summary": float(question.kind == "summary"),
        "length": float(np.log(1 + content.sum())),
    }
    return np.array([values[name] for name in JUDGED], np.float32)


def _fits_near(weighed: Weighed) -> float:
    """Return how well the sentence nearest to the question, whatever it holds, fits its kind."""
    nearest = int(weighed.features[:, FEATURES.index("met")].argmax())
    return float(weighed.features[nearest, FEATURES.index("fits")])


def _years(case: Case) -> frozenset[int]:
    return years_in(case.question.folded, case.weighed.sentences[0].passage.document)


def _unknown_year(case: Case) -> float:
    """Return 1 where the question names only years that the document never does."""
    asked = _years(case)
    documents = {s.passage.document.id: s.passage.document for s in case.weighed.sentences}
    known = frozenset[int]().union(*(years_known(one) for one in documents.values()))
    return float(bool(asked) and not asked & known)


def _other_place(question: Question, case: Case) -> float:
    """Return 1 where the question names a place that the document never does."""
    texts = {s.passage.document.id: s.passage.document.text for s in case.chosen.sentences}
    missing = [p for p in question.places if not any(p in text for text in texts.values())]
    return float(bool(missing))
