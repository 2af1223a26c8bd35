"""Evaluation of refusal: a small set end to end, its folds, and reading with what can be wrong."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from qa.answering.judge import JUDGED
from qa.answering.model import fit
from qa.errors import InputMissing, SourceError
from qa.evaluation.refusal_eval import Judged, evaluate, judge, read_entries, refitted
from qa.evaluation.selective import COVERAGES
from qa.retrieval.embed import load_encoder
from tests.comprehension import ENTRIES, LASER, SOURCE, Row, row, write


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    path = write(tmp_path_factory.mktemp("set") / "set.jsonl", ENTRIES)
    return judge(read_entries(path), load_encoder())


@pytest.mark.parametrize("name", ["set.jsonl", "set.jsonl.gz"])
def test_a_set_end_to_end(tmp_path: Path, name: str) -> None:
    told: list[tuple[int, int]] = []
    path = write(tmp_path / name, ENTRIES)
    figures = evaluate(path, load_encoder(), lambda *at: told.append(at))
    assert list(figures) == ["questions", "answerable", "shipped", "refitted"]
    assert (figures["questions"], figures["answerable"]) == (7, 4)
    for kind in ("shipped", "refitted"):
        values = figures[kind]
        assert isinstance(values, dict)
        assert list(values) == ["AUC", "refused@5%", "AURC", *(f"risk@{c}" for c in COVERAGES)]
        assert all(0 <= value <= 1 for value in values.values())
        assert values["risk@1.0"] == pytest.approx(3 / 7)  # all that is answerable is right
    assert told == [(done, 7) for done in range(1, 8)]
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_question_is_asked_of_its_own_context_only(tmp_path: Path) -> None:
    asked = [row("光源", one, "上海光源的总投资是多少？", "12亿元") for one in (LASER, SOURCE)]
    entries = read_entries(write(tmp_path / "set.jsonl", [*asked, *ENTRIES]))
    found = judge(entries, load_encoder())
    own = [at for at, entry in enumerate(entries) if entry.answers == ("12亿元",)]
    right = [(entries[at].context, bool(found.right[at])) for at in own]
    assert right == [(LASER, False), (SOURCE, True), (SOURCE, True)]


def test_an_answer_to_an_unanswerable_question_is_wrong(tmp_path: Path) -> None:
    """Some sets name an answer that seems right."""
    seeming = {**ENTRIES[0], "answerable": False}
    entries = read_entries(write(tmp_path / "set.jsonl", [seeming, *ENTRIES[1:]]))
    found = judge(entries, load_encoder())
    assert not found.right[~found.answerable].any()
    assert found.right[found.answerable].all()


def test_questions_of_a_title_stand_together_in_one_fold(judged: Judged) -> None:
    assert judged.folds.tolist() == [0, 0, 0, 1, 1, 2, 2]
    assert judged.features.shape == (7, len(JUDGED))
    assert judged.answerable.tolist() == [True, True, False, True, False, True, False]


def test_folds_share_no_question_with_what_they_are_fitted_on(judged: Judged) -> None:
    chances = refitted(judged)
    others = judged.folds != 1
    model = fit(JUDGED, judged.features[others], judged.answerable[others].astype(float))
    assert chances[~others].tolist() == model(judged.features[~others]).tolist()
    turned = Judged(
        judged.features,
        np.where(others, judged.answerable, ~judged.answerable),
        judged.right,
        judged.folds,
    )
    assert refitted(turned)[~others].tolist() == chances[~others].tolist()


def test_more_titles_than_folds_go_round(tmp_path: Path) -> None:
    rows = [{**one, "title": f"{at}"} for one in ENTRIES[1:3] for at in range(6)]
    found = judge(read_entries(write(tmp_path / "set.jsonl", rows)), load_encoder())
    assert found.folds.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 0, 0]


@pytest.mark.parametrize(
    "change",
    [
        {"title": 1},
        {"context": None},
        {"context": " \n"},
        {"context": "\ud800"},
        {"question": ["a"]},
        {"answerable": 1},
        {"answer": "12亿元"},
        {"answer": [12]},
        {"answer": []},
        {"answer": [" "]},
    ],
)
def test_bad_questions_are_named(tmp_path: Path, change: Row) -> None:
    path = tmp_path / "set.jsonl"
    bad = json.dumps({**ENTRIES[0], **change})
    path.write_text(f"{json.dumps(ENTRIES[1])}\n\n{bad}\n", "utf-8")
    with pytest.raises(SourceError, match=r"set\.jsonl:3") as raised:
        read_entries(path)
    assert raised.value.fix


@pytest.mark.parametrize("line", ["{}", "[]", "5", "{", "[" * 100_000])
def test_bad_lines_are_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "set.jsonl").write_text(f"\n{line}\n", "utf-8")
    with pytest.raises(SourceError, match=r"set\.jsonl:2"):
        read_entries(tmp_path / "set.jsonl")


@pytest.mark.parametrize("change", [{"question": "？？"}, {"context": "——"}])
def test_what_cannot_be_read_is_named(tmp_path: Path, change: Row) -> None:
    path = write(tmp_path / "set.jsonl", [*ENTRIES, {**ENTRIES[2], **change}])
    with pytest.raises(SourceError, match=r"set\.jsonl:8"):
        evaluate(path, load_encoder())


@pytest.mark.parametrize("rows", [[], ENTRIES[:1], ENTRIES[1:3], [ENTRIES[0], ENTRIES[2]]])
def test_a_set_must_have_both_kinds_beside_every_fold(tmp_path: Path, rows: list[Row]) -> None:
    with pytest.raises(SourceError, match="too few titles"):
        read_entries(write(tmp_path / "set.jsonl", rows))


BROKEN = [b"\x1f\x8b\x08broken", b"plain", gzip.compress(b"{}")[:12]]


@pytest.mark.parametrize("content", BROKEN)
def test_broken_archives_are_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "set.jsonl.gz").write_bytes(content)
    with pytest.raises(SourceError, match=r"set\.jsonl\.gz"):
        read_entries(tmp_path / "set.jsonl.gz")


def test_what_is_no_file_is_missing(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere", tmp_path / "nowhere.gz"):
        with pytest.raises(InputMissing, match=path.name):
            read_entries(path)
