"""Fit: what chooses evidence and refuses, from gold questions over many reports.

Three steps on the same questions: which sentences are likely evidence; a network that reads those
against the question; then, with the sentences chosen, whether the question has an answer at all
and whether what was chosen holds the whole of it.
"""

import gzip
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.answering.evidence import FEATURES, weigh
from qa.answering.examine import examine
from qa.answering.judge import JUDGED, judged_features
from qa.answering.model import Coefficients, Logistic, fit
from qa.errors import SourceError
from qa.evaluation.evaluate import Gold
from qa.evaluation.fit_reader import (
    LEAST_REPORTS,
    PARTS,
    part_of,
    shipped_of,
    train_networks,
    unseeing,
)
from qa.evaluation.gold import Asked, ask_all, is_evidence, share_held
from qa.reader.network import Array, Network, together

# From which probability of an answer on to answer. A wrong citation is worse than a refusal, but
# one answerable question in twenty is what refusing may cost.
ANSWERED_FROM = 0.45
# How many of the questions that people ask are taken to have no answer: odds need a base rate.
UNANSWERABLE = 0.25
STRANGE_EACH = 8  # strange questions for each report: people write few of them
# What English words meet in Chinese sentences is less, and nearer together: it is weighed anew,
# where there are questions enough.
_ENGLISH_FROM = 100
_WHOLE = 0.97


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What was fitted: the coefficients, the weights of the readers, and how well they do.

    `told` has, by type of question, how many there are, which share is refused and of which all
    evidence is chosen; each was read by networks that were trained without its report.
    """

    coefficients: Coefficients
    reader: dict[str, Array]
    told: Mapping[str, tuple[int, float, float]]


def fit_models(
    questions: Sequence[Gold],
    reports: Sequence[Path],
    progress: Callable[[int, int], None] | None = None,
) -> Fitted:
    """Fit over the reports (texts in these folders) that the questions name.

    Raises InputMissing for a report that is nowhere, SourceError for questions on too few reports.
    """
    if len({gold.document for gold in questions}) < LEAST_REPORTS:
        raise SourceError(
            f"the questions are on fewer than {LEAST_REPORTS} reports",
            "each report must be read by networks that were trained on others: name more",
        )
    with tempfile.TemporaryDirectory() as folder:
        asked = list(ask_all([*questions, *_strange(questions)], reports, Path(folder), progress))
        return fit_asked(asked)


def _strange(questions: Sequence[Gold]) -> Iterator[Gold]:
    """Yield questions that no report answers: quiz questions in both languages, some of each."""
    quiz = cycle(_quiz())  # another report may be asked the same
    for name in sorted({gold.document for gold in questions if gold.document}):
        for at in range(STRANGE_EACH):
            row = next(quiz)
            text = row["query"] if at % 3 == 2 else row["of"]
            yield Gold(f"strange-{name}-{at}", "off_topic", text, (), name, (), (), (), False)


def _quiz() -> Iterator[dict[str, str]]:
    path = resources.files("qa") / "training" / "english.jsonl.gz"
    rows = gzip.decompress(path.read_bytes()).decode("utf-8").split("\n")
    yield from (json.loads(row) for row in rows[:-1:5])


def _fit_evidence(asked: Sequence[Asked]) -> Logistic:
    features, labels = [], []
    for one in asked:
        if not one.gold.answerable:
            continue
        weighed = weigh(one.question, one.hits, one.index.sentences, one.index.retriever)
        features.append(weighed.features)
        labels.append([is_evidence(sentence, one.gold) for sentence in weighed.sentences])
    return fit(FEATURES, np.concatenate(features), np.concatenate(labels).astype(np.float64))


def fit_asked(asked: Sequence[Asked]) -> Fitted:
    """Fit on questions that have been looked up."""
    evidence = {"evidence": _fit_evidence(asked)}
    english = [one for one in asked if one.question.lang == "en"]
    if len(english) >= _ENGLISH_FROM:
        evidence["evidence_en"] = _fit_evidence(english)
    of_evidence = Coefficients(evidence, 0.0)
    languages = {lang: of_evidence.of_language("evidence", lang, FEATURES) for lang in ("zh", "en")}
    weights = train_networks(asked, languages)
    encoder = asked[0].index.sentences.encoder
    readers = [
        Network(together([weights[at] for at in unseeing(part)]), encoder) for part in range(PARTS)
    ]
    cases = judged(asked, languages, readers)
    answerable, right = cases.answerable, cases.answerable > 0
    models = {
        **evidence,
        "answerable": fit(JUDGED, cases.rows, answerable, counts=_balanced(answerable)),
        "whole": fit(JUDGED, cases.rows[right], cases.whole[right]),
    }
    chances = models["answerable"](cases.rows)
    told = _told(cases, chances < ANSWERED_FROM)
    return Fitted(Coefficients(models, ANSWERED_FROM), shipped_of(weights), told)


def _told(cases: "Cases", refused: NDArray[np.bool_]) -> dict[str, tuple[int, float, float]]:
    """Return for each type of question how many there are, the share refused, the share whole."""
    types = np.array(cases.types)
    of_type = {kind: types == kind for kind in sorted(set(cases.types))}
    return {
        kind: (int(these.sum()), float(refused[these].mean()), float(cases.whole[these].mean()))
        for kind, these in of_type.items()
    }


def _balanced(answerable: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how often each question counts: a quarter of what people ask has no answer."""
    share = answerable.mean()
    return np.where(answerable > 0, 1.0, share / (1 - share) * UNANSWERABLE / (1 - UNANSWERABLE))


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Questions judged: `rows` float32[n, len(JUDGED)], whether answerable, whether whole."""

    rows: NDArray[np.float32]
    answerable: NDArray[np.float64]
    whole: NDArray[np.float64]
    types: Sequence[str]


def judged(
    asked: Sequence[Asked], evidence: Mapping[str, Logistic], readers: Sequence[Network]
) -> Cases:
    """Return the cases of the questions, each read by the reader of its report's part."""
    documents = sorted({one.gold.document or "" for one in asked})
    rows, answerable, whole, types = [], [], [], []
    for one in asked:
        reader = readers[part_of(one.gold.document, documents)]
        case = examine(one.question, one.hits, one.index, evidence[one.question.lang], reader)
        if case is None:
            continue
        rows.append(judged_features(case))
        answerable.append(float(one.gold.answerable))
        whole.append(float(share_held(case.chosen.sentences, one.gold) > _WHOLE))
        types.append(one.gold.type)
    return Cases(np.array(rows), np.array(answerable), np.array(whole), types)


def describe(fitted: Fitted) -> Iterator[str]:
    """Yield what becomes of each type, and each model's features, the heaviest first."""
    for kind, (count, refused, whole) in fitted.told.items():
        yield f"{kind}: {refused:.3f} of {count} refused, all evidence of {whole:.3f}"
    coefficients = fitted.coefficients
    yield f"answered from {coefficients.answered_from:.2f} on"
    for name, model in coefficients.models.items():
        yield f"{name} (intercept {model.intercept:.2f})"
        for at in np.argsort(-np.abs(model.weights)):
            yield f"  {model.names[at]:16} {model.weights[at]:+.2f}"
