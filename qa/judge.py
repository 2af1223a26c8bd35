"""Judge: whether the chosen sentences answer the question, as a probability.

The features say which word of the question found nothing near it, whether a value of the kind asked
for stands there, whether year and place agree with the report, and whether the rankings agree.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.choose import Chosen
from qa.evidence import FEATURES, Weighed
from qa.figures import years
from qa.question import Question
from qa.types import Document, Hit

JUDGED = (
    "chance", "second", "own", "met", "least", "unmet", "shared", "near", "passage", "margin",
    "attribute", "fits", "fits_near", "agree", "year", "place", "short", "english", "typed",
    "reason", "yes_no", "summary", "length",
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
        "shared": seen["shared"],
        "near": seen["near"],
        "passage": seen["passage"],
        "margin": scores[0] - scores[1],
        "attribute": float(weighed.features[chosen, FEATURES.index("attribute")].max()),
        "fits": seen["fits"],
        "fits_near": _fits_near(weighed),
        "agree": float(first.dense_rank == 1 and first.lexical_rank == 1),
        "year": _other_year(question, case),
        "place": _other_place(question, case),
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


def _other_year(question: Question, case: Case) -> float:
    """Return 1 where the question names a year that neither quotes, headings nor document know."""
    if not question.years:
        return 0.0
    known: set[int] = set()
    for sentence in case.chosen.sentences:
        section = sentence.passage.section
        known |= years(sentence.text) | years(" ".join(section.path))
        known |= document_years(section.document)
    return float(not (question.years & known))


def document_years(document: Document) -> frozenset[int]:
    """Return the years that a document is about by its title and metadata, and those beside them.

    A report of one year tells of the year before it and plans the next.
    """
    named = " ".join([document.title, document.metadata.get("year", ""), document.name])
    found = {int(year) for year in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", named)}
    return frozenset(found)


def _other_place(question: Question, case: Case) -> float:
    """Return 1 where the question names a place that the document never does."""
    texts = {s.passage.document.id: s.passage.document.text for s in case.chosen.sentences}
    missing = [p for p in question.places if not any(p in text for text in texts.values())]
    return float(bool(missing))
