"""The published figures: what the README says of quality holds, and never drops unseen.

After a change that moves them for the better, write them anew with
`python -m tests.test_quality`, and bring the README's table along.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from qa.engine import Engine
from qa.evaluation.evaluate import Outcome, ask_all, read_gold, report
from qa.indexing.index import build_index
from qa.retrieval.embed import load_encoder
from qa.settings import read_settings

SETS = ("shanghai", "kept_out", "later")
ROOT = Path(__file__).parent
PUBLISHED = ROOT / "data" / "quality.json"
# Good figures are high; of answerable questions refused and of calibration error, low.
LOW = {"answerable_refused", "ece"}
# One question more or less, where a library rounds otherwise.
SLACK = 0.015


def gold_files() -> Iterator[tuple[str, Path, Path]]:
    """Yield a name, the questions and the source of each measured report."""
    corpus = ROOT.parent / "corpus"
    yield "shanghai", corpus / "questions.jsonl", corpus / "000_3ae59a8146c804c7.txt"
    for path in sorted((ROOT / "data" / "questions").glob("*.jsonl")):
        yield path.stem, path, ROOT / "data" / "reports" / f"{path.stem}.txt"


def measure() -> dict[str, dict[str, Any]]:
    """Return the figures of the reported halves and of what was written later.

    The halves are those of the first report, and of others pooled; later ones are of all reports.
    """
    found: dict[str, list[Outcome]] = {name: [] for name in SETS}
    for name, questions, source in gold_files():
        gold = [one for one in read_gold(questions) if one.split in ("report", "later")]
        with tempfile.TemporaryDirectory() as folder:
            build_index(Path(folder), [source], load_encoder())
            outcomes = ask_all(Engine.open(read_settings(index=Path(folder))), gold)
        half = "shanghai" if name == "shanghai" else "kept_out"
        for one in outcomes:
            found["later" if one.gold.split == "later" else half].append(one)
    return {name: report(outcomes) for name, outcomes in found.items()}


def published_of(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is published of a report: everything but times, rounded."""
    kept = {k: v for k, v in figures.items() if k not in ("latency_ms", "by_type")}
    english = figures["by_type"]["english"]["section_hit@1"]
    near = figures["by_type"]["near_topic"]["unanswerable_refused"]
    off = figures["by_type"]["off_topic"]["unanswerable_refused"]
    kept |= {"english_hit@1": english, "near_topic_refused": near, "off_topic_refused": off}
    return {name: round(value, 3) for name, value in kept.items()}


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[str, Any]]:
    return {name: published_of(figures) for name, figures in measure().items()}


@pytest.mark.parametrize("name", SETS)
def test_no_published_figure_has_dropped(
    measured: Mapping[str, Mapping[str, Any]], name: str
) -> None:
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))[name]
    for figure, value in published.items():
        now = measured[name][figure]
        worse = now - value if figure in LOW else value - now
        assert worse <= SLACK, f"{name} {figure}: published {value}, now {now}"


def test_the_readme_tells_the_published_figures() -> None:
    readme = (ROOT.parent / "README.md").read_text(encoding="utf-8")
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    rows = [line for line in readme.splitlines() if line.startswith("| `")]
    told = {row.split("`")[1]: [cell.strip() for cell in row.split("|")[2:5]] for row in rows}
    for figure in ("section_hit@1", "evidence_within", "quote_precision", "short_answer", *LOW):
        expected = [f"{published[name][figure]:.2f}" for name in SETS]
        assert told[figure] == expected, figure


if __name__ == "__main__":
    figures = {name: published_of(found) for name, found in measure().items()}
    PUBLISHED.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(PUBLISHED.read_text(encoding="utf-8"))
