"""Gold questions looked up in their own report, as fitting needs them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.answering.answerer import READ
from qa.asking.pinyin import Names
from qa.asking.question import Question, parse_question
from qa.errors import InputMissing
from qa.evaluation.evaluate import Gold, gold_places
from qa.indexing.index import Index, build_index, load_index
from qa.retrieval.embed import load_encoder
from qa.types import Hit, Sentence

_MOST_OF_IT = 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """A gold question with the passages found for it in the index of its own document."""

    gold: Gold
    question: Question
    index: Index
    hits: tuple[Hit, ...]


def ask_all(
    questions: Sequence[Gold],
    reports: Sequence[Path],
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Asked]:
    """Yield each question with what is found for it, its report indexed alone.

    A report lies in the first of the folders `reports` that has it; raises InputMissing where none
    has.
    """
    documents = sorted({gold.document for gold in questions if gold.document})
    encoder = load_encoder()
    for at, name in enumerate(documents, 1):
        build_index(folder / str(at), [_place(name, reports)], encoder)
        index = load_index(folder / str(at), at_hand=encoder)
        names = Names(index.sentences)
        for gold in (gold for gold in questions if gold.document == name):
            question = parse_question(names.put_in(gold.question))
            yield Asked(gold, question, index, find(index, question))
        if progress:
            progress(at, len(documents))


def _place(name: str, reports: Sequence[Path]) -> Path:
    """Return where a report lies."""
    places = (folder / name for folder in reports if (folder / name).is_file())
    if (place := next(places, None)) is None:
        raise InputMissing(f"no folder given holds {name}", "name its folder with --reports")
    return place


def find(
    index: Index, question: Question, allowed: NDArray[np.bool_] | None = None
) -> tuple[Hit, ...]:
    """Return the passages that are read for a question; only `allowed` ones where given."""
    ranked = index.retriever.search(question.text, READ, allowed)
    return tuple(
        Hit(index.corpus.passages[found.row], rank, found.score, found.why)
        for rank, found in enumerate(ranked, 1)
    )


def is_evidence(sentence: Sentence, gold: Gold) -> bool:
    """Tell whether most of a sentence is gold evidence."""
    places = [place for every in gold_places(gold, sentence.passage.document) for place in every]
    inside = (min(sentence.end, b) - max(sentence.start, a) for a, b in places)
    return max(inside, default=0) > _MOST_OF_IT * (sentence.end - sentence.start)


def share_held(sentences: Sequence[Sentence], gold: Gold) -> float:
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
