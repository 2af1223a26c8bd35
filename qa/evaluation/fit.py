"""Fit: the coefficients that choose evidence and refuse, from gold questions over many reports.

Two steps on the same questions: which sentences are evidence; then, with those chosen, whether the
question has an answer at all and whether what was chosen holds the whole of it.
"""

import gzip
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.answering.answerer import READ
from qa.answering.evidence import FEATURES, weigh
from qa.answering.examine import examine
from qa.answering.judge import JUDGED, judged_features
from qa.answering.model import Coefficients, Logistic, fit
from qa.asking.pinyin import Names
from qa.asking.question import Question, parse_question
from qa.evaluation.evaluate import Gold, gold_places
from qa.indexing.index import Index, build_index, load_index
from qa.retrieval.embed import load_encoder
from qa.types import Hit, Sentence

# What refusing may cost: the share of answerable questions that is refused with the rest. A wrong
# citation is worse than a refusal, so it is more than it need be.
REFUSED_OF_ANSWERABLE = 0.065
# How many of the questions that people ask are taken to have no answer: odds need a base rate.
UNANSWERABLE = 0.25
STRANGE_EACH = 8  # strange questions for each report: people write few of them
# What English words meet in Chinese sentences is less, and nearer together: it is weighed anew,
# where there are questions enough.
_ENGLISH_FROM = 100
_MOST_OF_IT = 0.5
_WHOLE = 0.97


@dataclass(frozen=True, slots=True)
class Asked:
    """A gold question with the passages found for it in the index of its own document."""

    gold: Gold
    question: Question
    index: Index
    hits: tuple[Hit, ...]


def fit_models(
    questions: Sequence[Gold],
    reports: Path,
    progress: Callable[[int, int], None] | None = None,
) -> Coefficients:
    """Return the coefficients over the reports (a folder of texts) that the questions name."""
    with tempfile.TemporaryDirectory() as folder:
        asked = list(ask_all([*questions, *_strange(questions)], reports, Path(folder), progress))
        return fit_asked(asked)


def _strange(questions: Sequence[Gold]) -> Iterator[Gold]:
    """Yield questions that no report answers: quiz questions in both languages, some of each."""
    quiz = _quiz()
    for name in sorted({gold.document for gold in questions if gold.document}):
        for at in range(STRANGE_EACH):
            row = next(quiz)
            text = row["query"] if at % 3 == 2 else row["of"]
            yield Gold(f"strange-{name}-{at}", "off_topic", text, (), name, (), (), (), False)


def _quiz() -> Iterator[dict[str, str]]:
    path = resources.files("qa") / "training" / "english.jsonl.gz"
    rows = gzip.decompress(path.read_bytes()).decode("utf-8").split("\n")
    yield from (json.loads(row) for row in rows[:-1:7])


def ask_all(
    questions: Sequence[Gold],
    reports: Path,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Asked]:
    """Yield each question with what is found for it, its report indexed alone."""
    documents = sorted({gold.document for gold in questions if gold.document})
    for at, name in enumerate(documents, 1):
        build_index(folder / str(at), [reports / name], load_encoder())
        index = load_index(folder / str(at))
        names = Names(index.sentences)
        for gold in (gold for gold in questions if gold.document == name):
            question = parse_question(names.put_in(gold.question))
            yield Asked(gold, question, index, _find(index, question))
        if progress:
            progress(at, len(documents))


def _find(index: Index, question: Question) -> tuple[Hit, ...]:
    ranked = index.retriever.search(question.text, READ)
    return tuple(
        Hit(index.corpus.passages[found.row], rank, found.score, found.why)
        for rank, found in enumerate(ranked, 1)
    )


def _fit_evidence(asked: Sequence[Asked]) -> Logistic:
    features, labels = [], []
    for one in asked:
        if not one.gold.answerable:
            continue
        weighed = weigh(one.question, one.hits, one.index.sentences, one.index.retriever)
        features.append(weighed.features)
        labels.append([_is_evidence(sentence, one.gold) for sentence in weighed.sentences])
    return fit(FEATURES, np.concatenate(features), np.concatenate(labels).astype(np.float64))


def _is_evidence(sentence: Sentence, gold: Gold) -> bool:
    places = [place for every in gold_places(gold, sentence.passage.document) for place in every]
    inside = (min(sentence.end, b) - max(sentence.start, a) for a, b in places)
    return max(inside, default=0) > _MOST_OF_IT * (sentence.end - sentence.start)


def fit_asked(asked: Sequence[Asked]) -> Coefficients:
    """Return the coefficients over questions that have been looked up."""
    evidence = {"evidence": _fit_evidence(asked)}
    english = [one for one in asked if one.question.lang == "en"]
    if len(english) >= _ENGLISH_FROM:
        evidence["evidence_en"] = _fit_evidence(english)
    rows, answerable, whole = judged(asked, Coefficients(evidence, 0.0))
    right = answerable > 0
    models = {
        **evidence,
        "answerable": fit(JUDGED, rows, answerable, counts=_balanced(answerable)),
        "whole": fit(JUDGED, rows[right], whole[right]),
    }
    chances = models["answerable"](rows[right])
    return Coefficients(models, float(np.quantile(chances, REFUSED_OF_ANSWERABLE)))


def _balanced(answerable: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how often each question counts: a quarter of what people ask has no answer."""
    share = answerable.mean()
    return np.where(answerable > 0, 1.0, share / (1 - share) * UNANSWERABLE / (1 - UNANSWERABLE))


def judged(
    asked: Sequence[Asked], fitted: Coefficients
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]:
    """Return features [n, len(JUDGED)], whether answerable, and whether the choice was whole."""
    rows, answerable, whole = [], [], []
    for one in asked:
        evidence = fitted.of_language("evidence", one.question.lang, FEATURES)
        case = examine(one.question, one.hits, one.index, evidence)
        if case is None:
            continue
        rows.append(judged_features(case))
        answerable.append(float(one.gold.answerable))
        whole.append(float(_share(case.chosen.sentences, one.gold) > _WHOLE))
    return np.array(rows), np.array(answerable), np.array(whole)


def _share(sentences: Sequence[Sentence], gold: Gold) -> float:
    """Return the share of the gold evidence that the sentences hold."""
    if not sentences or not gold.evidence:
        return 0.0
    found = [
        max(
            sum(max(0, min(s.end, b) - max(s.start, a)) for s in sentences) / (b - a)
            for a, b in places
        )
        for places in gold_places(gold, sentences[0].passage.document)
        if places
    ]
    return float(np.mean(found)) if found else 0.0


def describe(coefficients: Coefficients) -> Iterator[str]:
    """Yield each model's features with their weights, the heaviest first."""
    yield f"answered from {coefficients.answered_from:.2f} on"
    for name, model in coefficients.models.items():
        yield f"{name} (intercept {model.intercept:.2f})"
        for at in np.argsort(-np.abs(model.weights)):
            yield f"  {model.names[at]:16} {model.weights[at]:+.2f}"
