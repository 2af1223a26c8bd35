"""Training pairs: read, folded, and without anything of the reports that are kept out."""

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from qa.errors import InputMissing, SourceError
from qa.fold import fold

# A stretch this long in common with a kept-out report means text of that report, not a set phrase.
_SHARED = 24


@dataclass(frozen=True, slots=True)
class Pair:
    """A query and a text that answers, continues or translates it; both folded."""

    query: str
    positive: str


def kept_out() -> tuple[str, ...]:
    """Return the names of the reports that no training, pair-writing or fitting may see."""
    text = resources.files("qa.train").joinpath("kept_out.json").read_text("utf-8")
    return tuple(json.loads(text)["reports"])


def read_pairs(path: Path) -> Iterator[Pair]:
    """Yield the pairs of a JSON lines file, gzipped or not; raise `SourceError` at a bad line."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                entry = json.loads(line)
                yield Pair(fold(entry["query"]), fold(entry["positive"]))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise SourceError(
                    f"{path}, line {number}: not a pair ({error})",
                    'write one JSON object with strings "query" and "positive" on every line',
                ) from error


def read_sources(data: Path) -> dict[str, list[Pair]]:
    """Return the pairs of each `*.jsonl[.gz]` in `data`, by source, kept-out text dropped."""
    paths = sorted([*data.glob("*.jsonl.gz"), *data.glob("*.jsonl")])
    if not paths:
        raise InputMissing(
            f"{data} holds no training pairs (*.jsonl or *.jsonl.gz)",
            "give the folder that holds the pair files",
        )
    shingles = _shingles(_kept_texts(data / "reports"))
    sources = {}
    for path in paths:
        name = path.name.split(".")[0]
        pairs = read_pairs(path)
        if name == "gov_reports":
            pairs = (p for p in pairs if not _overlaps(p, shingles))
        sources[name] = list(pairs)
    return sources


def read_reports(folder: Path) -> dict[str, str]:
    """Return the texts of the reports that may be trained on, by file name, unfolded."""
    paths = sorted(folder.glob("*.txt")) if folder.is_dir() else []
    allowed = [path for path in paths if path.name not in kept_out()]
    shingles = _shingles(_kept_texts(folder))
    texts = {path.name: path.read_text("utf-8") for path in allowed}
    return {name: _without_shared(text, shingles) for name, text in texts.items()}


def question_pairs(questions: Path, reports: dict[str, str], around: int = 240) -> list[Pair]:
    """Return question → the text around its evidence, for the answerable ones set to train."""
    pairs = []
    for line in questions.read_text("utf-8").splitlines():
        entry = json.loads(line)
        if entry.get("split") != "train" or not entry["answerable"] or entry["history"]:
            continue
        text = reports.get(entry["document"], "")
        for evidence in entry["evidence"]:
            at = text.find(evidence)
            if at >= 0:
                passage = text[max(0, at - around // 2) : at + len(evidence) + around // 2]
                pairs.append(Pair(fold(entry["question"]), fold(passage)))
    return pairs


def translated_pairs(translations: Path, pairs: Iterable[Pair]) -> list[Pair]:
    """Return English question → the positive of the pair whose query it translates (`of`)."""
    positives = {pair.query: pair.positive for pair in pairs}
    with gzip.open(translations, "rt", encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    return [
        Pair(fold(entry["query"]), positives[fold(entry["of"])])
        for entry in entries
        if fold(entry["of"]) in positives
    ]


def _kept_texts(folder: Path) -> list[str]:
    paths = (folder / name for name in kept_out())
    return [fold(path.read_text("utf-8")) for path in paths if path.is_file()]


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _shingles(texts: Iterable[str]) -> frozenset[str]:
    squeezed = map(_squeeze, texts)
    return frozenset(t[i : i + _SHARED] for t in squeezed for i in range(len(t) - _SHARED + 1))


def _overlaps(pair: Pair, shingles: frozenset[str]) -> bool:
    return _shares(pair.query, shingles) or _shares(pair.positive, shingles)


def _shares(text: str, shingles: frozenset[str]) -> bool:
    squeezed = _squeeze(text)
    return any(squeezed[i : i + _SHARED] in shingles for i in range(len(squeezed) - _SHARED + 1))


def _without_shared(text: str, shingles: frozenset[str]) -> str:
    return "\n".join(line for line in text.splitlines() if not _shares(fold(line), shingles))
