"""Quality of refusal on a set of reading comprehension in which some questions have no answer.

A set is a file of JSON lines, plain or `.gz`: `title`, `context`, `question`, `answerable` and
`answer`, a list of strings any of which is right. Each question is asked of its own context only;
terms are weighed over all contexts of its title. Beside the coefficients that are shipped stand
some fitted on the set itself, by cross-validation over titles: what the features could tell.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from qa.answering.answerer import Answerer
from qa.answering.judge import JUDGED, Case, judged_features
from qa.answering.model import fit, shipped
from qa.asking.pinyin import Names
from qa.asking.question import parse_question
from qa.errors import SourceError
from qa.evaluation.evaluate import normal
from qa.evaluation.gold import find
from qa.evaluation.retrieval_eval import lines_of
from qa.evaluation.selective import measures
from qa.indexing.index import Progress, build_index, load_index
from qa.reading.scope import passage_mask, scope_sections
from qa.reading.sources import decode
from qa.retrieval.embed import Embedder

_FOLDS = 5
_FIELDS = {"title": str, "context": str, "question": str, "answerable": bool, "answer": list}


@dataclass(frozen=True, slots=True)
class Entry:
    """A question about one context; `where` is its line, any of `answers` is right."""

    where: str
    title: str
    context: str
    question: str
    answerable: bool
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What became of n questions: `features` is float32[n, len(JUDGED)], the others are [n].

    `right` says whether what is quoted holds the answer (never where there is none), `folds` in
    which part of the titles a question is.
    """

    features: NDArray[np.float32]
    answerable: NDArray[np.bool_]
    right: NDArray[np.bool_]
    folds: NDArray[np.intp]


def evaluate(
    path: Path, encoder: Embedder, progress: Progress | None = None
) -> dict[str, int | dict[str, float]]:
    """Return the counts of the set, and {measure: value in [0, 1]} as shipped and refitted.

    The odds are measured, not the rules that refuse whatever the odds. Raises as `read_entries`
    and `judge` do.
    """
    judged = judge(read_entries(path), encoder, progress)
    as_shipped = shipped().model("answerable", JUDGED)(judged.features)
    return {
        "questions": len(judged.answerable),
        "answerable": int(judged.answerable.sum()),
        "shipped": measures(as_shipped, judged.answerable, judged.right),
        "refitted": measures(refitted(judged), judged.answerable, judged.right),
    }


def read_entries(path: Path) -> list[Entry]:
    """Return the questions of a file, those of a title together.

    Raises InputMissing when it is not there, SourceError naming a bad line or too few titles.
    """
    entries = [_entry(line, f"{path}:{number}") for number, line in lines_of(path)]
    entries.sort(key=attrgetter("title"))
    folds = _folds(entries)
    for fold in set(folds.tolist()) or {0}:
        if len({entries[at].answerable for at in np.flatnonzero(folds != fold)}) < 2:
            raise SourceError(
                f"{path} has too few titles",
                "give answerable and unanswerable questions under two titles or more",
            )
    return entries


def _entry(line: str, where: str) -> Entry:
    try:
        row = json.loads(line)
        for name, kind in _FIELDS.items():
            if not isinstance(row[name], kind):
                raise TypeError(f"{name} is no {kind.__name__}")
        answers = tuple(answer for answer in row["answer"] if normal(answer))
        if row["answerable"] and not answers:
            raise ValueError("no answer to an answerable question")
        context = decode(row["context"].encode(), where)
        return Entry(where, row["title"], context, row["question"], row["answerable"], answers)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _bad(where, f"{error!r:.100}") from None


def _bad(where: str, why: str) -> SourceError:
    return SourceError(f"{where} is no question on a context: {why}", "mend or remove that line")


def _folds(entries: Sequence[Entry]) -> NDArray[np.intp]:
    """Return the fold of each question; those of a title are in one."""
    titles = sorted({entry.title for entry in entries})
    place = {title: at % _FOLDS for at, title in enumerate(titles)}
    return np.array([place[entry.title] for entry in entries], np.intp)


def judge(entries: Sequence[Entry], encoder: Embedder, progress: Progress | None = None) -> Judged:
    """Ask all questions, in order; `progress` is told questions done and in all.

    Raises SourceError naming a question of which, or of whose context, no word can be read.
    """
    features, right = [], []
    # One thread, as where questions are served: these matrices are too small for more.
    with threadpool_limits(limits=1, user_api="blas"):
        groups = groupby(entries, attrgetter("title"))
        cases = (case for _, group in groups for case in _cases(list(group), encoder))
        for entry, case in zip(entries, cases, strict=True):
            features.append(judged_features(case))
            right.append(entry.answerable and holds(case, entry.answers))
            if progress:
                progress(len(right), len(entries))
    answerable = np.array([entry.answerable for entry in entries])
    return Judged(np.array(features), answerable, np.array(right), _folds(entries))


def _cases(entries: Sequence[Entry], encoder: Embedder) -> Iterator[Case]:
    """Yield what is found for each question of a title, in its own context."""
    contexts = dict.fromkeys(entry.context for entry in entries)
    names = {context: f"{number}.txt" for number, context in enumerate(contexts)}
    with tempfile.TemporaryDirectory() as folder:
        for context, name in names.items():
            (Path(folder) / name).write_bytes(context.encode())
        build_index(Path(folder) / "index", [Path(folder)], encoder)
        index = load_index(Path(folder) / "index")
        answerer, pinyin = Answerer(index), Names(index.sentences)
        masks = {
            document.name: passage_mask(index.corpus, scope_sections(index.corpus, document.id))
            for document in index.corpus.documents
        }
        for entry in entries:
            question = parse_question(pinyin.put_in(entry.question))
            case = answerer.case(question, find(index, question, masks[names[entry.context]]))
            if case is None:
                raise _bad(entry.where, "no word of its question or context can be read")
            yield case


def holds(case: Case, answers: Sequence[str]) -> bool:
    """Tell whether a sentence that would be quoted holds one of the answers."""
    quotes = [normal(sentence.text) for sentence in case.chosen.sentences]
    return any(normal(answer) in quote for answer in answers for quote in quotes)


def refitted(judged: Judged) -> NDArray[np.float64]:
    """Return each question's chance to be answerable, fitted on the titles of the other folds."""
    chances = np.zeros(len(judged.folds))
    for fold in np.unique(judged.folds):
        own = judged.folds == fold
        labels = judged.answerable[~own].astype(np.float64)
        chances[own] = fit(JUDGED, judged.features[~own], labels)(judged.features[own])
    return chances
