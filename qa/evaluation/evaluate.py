"""Evaluation: how well gold questions are answered, by type and over all.

Section hit@k looks at passages whether or not the question was refused. A gold evidence text may
stand several times in a document; any one of them counts.
"""

import json
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from qa.engine import Engine
from qa.errors import InputMissing, QAError, SourceError
from qa.types import Answer, Document

T = TypeVar("T")
BINS = 10


@dataclass(frozen=True, slots=True)
class Gold:
    """A gold question as its file has it."""

    id: str
    type: str
    question: str
    history: tuple[str, ...]
    document: str | None
    sections: tuple[str, ...]
    evidence: tuple[str, ...]
    answer: tuple[str, ...]
    answerable: bool
    split: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one gold question; None where a score does not apply to it."""

    gold: Gold
    answer: Answer
    hit_at_1: float | None
    hit_at_3: float | None
    evidence: float | None
    precision: float | None
    short: float | None
    correct: float
    milliseconds: float


def read_gold(path: Path) -> list[Gold]:
    """Return the questions of a file.

    Raises InputMissing when it is not there, SourceError naming the line that is no question.
    """
    try:
        # Not splitlines: JSON may hold other line ends than \n inside its strings.
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
    except OSError as error:
        raise InputMissing(
            f"cannot read {path}: {error.strerror}", "name a file of questions"
        ) from None
    except UnicodeDecodeError as error:
        raise SourceError(f"{path} is not UTF-8: byte {error.start}", "save it as UTF-8") from None
    return [_parse(line, f"{path}:{at}") for at, line in enumerate(lines, 1) if line.strip()]


def _parse(line: str, where: str) -> Gold:
    try:
        row = json.loads(line)
        section = row.get("section") or []
        return Gold(
            id=str(row["id"]),
            type=str(row["type"]),
            question=_typed(row["question"], str),
            history=_texts([_question(turn) for turn in _typed(row.get("history", []), list)]),
            document=row.get("document"),
            sections=_texts([section] if isinstance(section, str) else section),
            evidence=_texts(row.get("evidence", [])),
            answer=_texts(row.get("answer", [])),
            answerable=_typed(row["answerable"], bool),
            split=str(row.get("split", "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceError(
            f"{where} is no gold question: {error!r:.100}", "see the README on gold questions"
        ) from None


def _typed(value: object, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r:.40} is no {kind.__name__}")
    return value


def _texts(values: object) -> tuple[str, ...]:
    return tuple(_typed(value, str) for value in _typed(values, list))


def _question(turn: object) -> object:
    """Return the question of a turn of a history, which may be an object with its answer."""
    return turn["question"] if isinstance(turn, dict) else turn


def ask_all(
    engine: Engine,
    questions: Sequence[Gold],
    progress: Callable[[int, int], None] | None = None,
) -> list[Outcome]:
    """Ask all questions; returns what became of each, in order."""
    outcomes = []
    for at, gold in enumerate(questions, 1):
        outcomes.append(outcome(engine, gold))
        if progress:
            progress(at, len(questions))
    return outcomes


def outcome(engine: Engine, gold: Gold) -> Outcome:
    """Ask one question and score what comes back."""
    started = time.perf_counter()
    try:
        answer = engine.ask(gold.question, history=gold.history)
    except QAError as error:
        raise SourceError(f"question {gold.id}: {error.message}", error.fix) from None
    took = (time.perf_counter() - started) * 1000
    documents = [d for d in engine.corpus.documents if gold.document in (None, d.name)]
    share, precision = _evidence(gold, answer, documents)
    whole = share is not None and share > 0.999 and answer.answerable
    return Outcome(
        gold=gold,
        answer=answer,
        hit_at_1=_section_hit(gold, answer, 1),
        hit_at_3=_section_hit(gold, answer, 3),
        evidence=share if gold.answerable else None,
        precision=precision if gold.answerable and answer.answerable else None,
        short=_short(gold, answer),
        correct=float(whole if answer.answerable else gold.answerable),
        milliseconds=took,
    )


def _section_hit(gold: Gold, answer: Answer, k: int) -> float | None:
    """Any gold section at 1, all of them at more."""
    if not gold.answerable or not gold.sections:
        return None
    found = {normal(title) for hit in answer.hits[:k] for title in hit.passage.section.path}
    wanted = [normal(section.split(" > ")[-1]) in found for section in gold.sections]
    return float(any(wanted) if k == 1 else all(wanted))


def _evidence(
    gold: Gold, answer: Answer, documents: Sequence[Document]
) -> tuple[float | None, float | None]:
    """Return the share of gold characters quoted, and of quoted characters that are gold."""
    quoted = {
        (citation.passage.document.id, at)
        for citation in answer.citations
        for at in range(citation.start, citation.end)
    }
    shares: list[tuple[int, int]] = []
    wanted: set[tuple[str, int]] = set()
    for evidence in gold.evidence:
        places = [
            {(document.id, at) for at in range(start, start + len(evidence))}
            for document in documents
            for start in _occurrences(document.text, evidence)
        ]
        if not places:
            raise SourceError(
                f"question {gold.id}: its evidence is not in the corpus: {evidence[:40]!r}",
                "build the index from the document that the questions are about",
            )
        shares.append((len(evidence), max(len(place & quoted) for place in places)))
        wanted.update(*places)
    total = sum(length for length, _ in shares)
    share = sum(found for _, found in shares) / total if total else None
    return share, len(quoted & wanted) / len(quoted) if quoted else None


def gold_places(gold: Gold, document: Document) -> list[list[tuple[int, int]]]:
    """Return, for each evidence text, the spans where it stands in the document."""
    return [
        [(at, at + len(evidence)) for at in _occurrences(document.text, evidence)]
        for evidence in gold.evidence
    ]


def _occurrences(text: str, part: str) -> list[int]:
    places, at = [], text.find(part)
    while at >= 0:
        places.append(at)
        at = text.find(part, at + 1)
    return places


def _short(gold: Gold, answer: Answer) -> float | None:
    if not gold.answerable or not gold.answer:
        return None
    short = normal(answer.short or "")
    return float(all(normal(part) in short for part in gold.answer))


def normal(text: str) -> str:
    """Return text as short answers and headings are compared: NFKC, no spaces, no `**`."""
    return "".join(unicodedata.normalize("NFKC", text).replace("**", "").split())


def report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the figures over all outcomes, and the same by type."""
    types = sorted({outcome.gold.type for outcome in outcomes})
    by_type = {t: _figures([o for o in outcomes if o.gold.type == t]) for t in types}
    times = [outcome.milliseconds for outcome in outcomes] or [0.0]
    return {
        **_figures(outcomes),
        "ece": calibration_error([(o.answer.confidence, o.correct) for o in outcomes]),
        "latency_ms": {
            "p50": float(np.percentile(times, 50)),
            "p99": float(np.percentile(times, 99)),
        },
        "by_type": by_type,
    }


def _figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    refused = [float(not outcome.answer.answerable) for outcome in outcomes]
    answerable = [outcome.gold.answerable for outcome in outcomes]
    return {
        "n": len(outcomes),
        "section_hit@1": _mean([o.hit_at_1 for o in outcomes]),
        "section_hit@3": _mean([o.hit_at_3 for o in outcomes]),
        "evidence": _mean([o.evidence for o in outcomes]),
        "evidence_within": _mean(
            [None if o.evidence is None else float(o.evidence > 0.999) for o in outcomes]
        ),
        "quote_precision": _mean([o.precision for o in outcomes]),
        "short_answer": _mean([o.short for o in outcomes]),
        "answerable_refused": _mean(
            [r if a else None for r, a in zip(refused, answerable, strict=True)]
        ),
        "unanswerable_refused": _mean(
            [None if a else r for r, a in zip(refused, answerable, strict=True)]
        ),
    }


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def calibration_error(pairs: Sequence[tuple[float, float]]) -> float:
    """Return the expected calibration error of (confidence, correct) in bins of equal count.

    Pairs of the same confidence count as equally correct, so that their order does not matter.
    """
    if not pairs:
        return 0.0
    said, correct = np.array(sorted(pairs)).T
    _, group, size = np.unique(said, return_inverse=True, return_counts=True)
    correct = (np.bincount(group, weights=correct) / size)[group]
    bins = np.array_split(said - correct, min(BINS, len(said)))
    return float(sum(abs(part.sum()) for part in bins) / len(said))


def by_type_rows(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return the report with its types as rows, for printing."""
    whole = {name: value for name, value in figures.items() if name != "by_type"}
    latency = whole.pop("latency_ms")
    rest = {"ece": whole.pop("ece"), "p50 ms": latency["p50"], "p99 ms": latency["p99"]}
    return {**rest, "all": whole, **figures["by_type"]}
