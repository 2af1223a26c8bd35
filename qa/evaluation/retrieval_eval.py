"""Quality of retrieval on a set in the common form, exactly as the product retrieves.

A set is a folder with `corpus.jsonl` (`id`, `text`, optional `title`), `queries.jsonl` (`id`,
`text`) and `qrels.tsv` (query, document and relevance, a header line or none), each also as `.gz`.
"""

import gzip
import json
import math
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.errors import InputMissing, SourceError
from qa.retrieval.embed import Embedder
from qa.retrieval.retrieve import Retriever

METRICS = ("R@1", "R@5", "R@10", "MRR@10", "nDCG@10")
_DEPTH = 10


@dataclass(frozen=True, slots=True, eq=False)
class RetrievalSet:
    """Texts, questions, and for each question the relevance of rows of `texts`."""

    texts: tuple[str, ...]
    questions: tuple[str, ...]
    relevant: tuple[dict[int, float], ...]


def read_set(folder: Path) -> RetrievalSet:
    """Return the set of a folder; questions without a relevant document are left out.

    Raises `InputMissing` for a file that is not there, `SourceError` naming a bad line.
    """
    corpus, queries = list(_entries(folder, "corpus")), list(_entries(folder, "queries"))
    rows = {identity: row for row, (identity, _) in enumerate(corpus)}
    relevant: dict[str, dict[int, float]] = {identity: {} for identity, _ in queries}
    path = _find(folder, "qrels.tsv")
    for number, line in lines_of(path):
        query, document, gain = _judgement(path, number, line)
        if gain is None:
            continue
        if query not in relevant or document not in rows:
            raise _bad(path, number, f"unknown query {query!r} or document {document!r}")
        if gain > 0:
            relevant[query][rows[document]] = gain
    kept = [(text, relevant[identity]) for identity, text in queries if relevant[identity]]
    if not kept:
        raise SourceError(f"{folder} judges no question", "give qrels.tsv with positive scores")
    return RetrievalSet(
        tuple(text for _, text in corpus), tuple(q for q, _ in kept), tuple(r for _, r in kept)
    )


def evaluate(
    folder: Path, encoder: Embedder, progress: Callable[[int, int], None] | None = None
) -> dict[str, dict[str, float]]:
    """Return {"dense": {metric: value}, "lexical": …, "hybrid": …}, values in [0, 1]."""
    judged = read_set(folder)
    retriever = Retriever.build(judged.texts, encoder)
    sums = {ranking: np.zeros(len(METRICS)) for ranking in ("dense", "lexical", "hybrid")}
    for done, (question, relevant) in enumerate(
        zip(judged.questions, judged.relevant, strict=True), 1
    ):
        for ranking, rows in rankings(retriever, question).items():
            sums[ranking] += measures(rows, relevant)
        if progress:
            progress(done, len(judged.questions))
    count = len(judged.questions)
    return {
        ranking: {name: float(value) for name, value in zip(METRICS, total / count, strict=True)}
        for ranking, total in sums.items()
    }


def rankings(retriever: Retriever, question: str) -> dict[str, list[int]]:
    """Return the first ten rows by meaning alone, by terms alone, and as the product ranks."""
    vector = retriever.encoder.encode_queries([question])[0]
    dense, _ = retriever.store.search(vector, _DEPTH)
    scores = retriever.lexical.scores(question)
    order = np.lexsort((np.arange(len(scores)), -scores))[:_DEPTH]
    hybrid = retriever.search(question, _DEPTH)
    return {
        "dense": dense.tolist(),
        "lexical": [int(row) for row in order if scores[row] > 0],
        "hybrid": [ranked.row for ranked in hybrid],
    }


def measures(rows: Sequence[int], relevant: dict[int, float]) -> NDArray[np.float64]:
    """Return the METRICS of one ranking, given the gains of the relevant rows.

    >>> measures([7, 3], {3: 1.0}).round(2).tolist()
    [0.0, 1.0, 1.0, 0.5, 0.63]
    """
    found = [at for at, row in enumerate(rows[:_DEPTH]) if row in relevant]
    first = found[0] if found else _DEPTH
    gains = sorted(relevant.values(), reverse=True)[:_DEPTH]
    ideal = sum(gain / math.log2(at + 2) for at, gain in enumerate(gains))
    reached = sum(relevant[rows[at]] / math.log2(at + 2) for at in found)
    reciprocal = 1 / (first + 1) if found else 0.0
    return np.array([first < 1, first < 5, first < 10, reciprocal, reached / ideal], np.float64)


def _find(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise InputMissing(
        f"{folder} has no {name} or {name}.gz",
        "give a folder with corpus.jsonl, queries.jsonl and qrels.tsv",
    )


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text, plain or `.gz`, that are not blank, with their numbers from 1.

    Raises InputMissing where it cannot be opened, SourceError where it is not UTF-8 or broken.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as lines:
            yield from ((n, text) for n, line in enumerate(lines, 1) if (text := line.strip()))
    except (UnicodeDecodeError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(f"{path} is not readable: {error}", "give UTF-8 text") from error
    except OSError as error:
        raise InputMissing(f"cannot read {path}: {error.strerror}", "check the path") from error


def _entries(folder: Path, name: str) -> Iterator[tuple[str, str]]:
    """Yield id and text, the title on a line of its own before it."""
    path = _find(folder, f"{name}.jsonl")
    seen: set[str] = set()
    for number, line in lines_of(path):
        try:
            entry = json.loads(line)
            identity, text, title = entry["id"], entry["text"], entry.get("title") or ""
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _bad(path, number, f"no object with id and text ({error})") from error
        if not all(isinstance(value, str) for value in (identity, text, title)):
            raise _bad(path, number, "id, text and title must be strings")
        if identity in seen:
            raise _bad(path, number, f"the id {identity!r} occurs twice")
        seen.add(identity)
        yield identity, f"{title}\n{text}" if title else text


def _judgement(path: Path, number: int, line: str) -> tuple[str, str, float | None]:
    """Return query, document and gain of a line of 3 or (TREC) 4 fields; None for a header."""
    fields = line.split("\t")
    if len(fields) not in (3, 4):
        raise _bad(path, number, f"{len(fields)} fields instead of 3, parted by tabs")
    try:
        return fields[0], fields[-2], float(fields[-1])
    except ValueError as error:
        if number == 1:
            return fields[0], fields[-2], None
        raise _bad(path, number, f"{fields[-1]!r} is no number") from error


def _bad(path: Path, number: int, why: str) -> SourceError:
    return SourceError(f"{path}, line {number}: {why}"[:400], "mend or remove that line")
