"""Fitting, from gold questions to the two files that the package ships."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from qa.answering.evidence import FEATURES
from qa.answering.judge import JUDGED
from qa.answering.model import FILE as COEFFICIENTS
from qa.answering.model import from_json
from qa.cli import app
from qa.errors import InputMissing, SourceError
from qa.evaluation.evaluate import read_gold
from qa.evaluation.fit import fit_models
from qa.evaluation.fit_reader import PARTS, part_of, unseeing
from qa.evaluation.gold import Asked, ask_all, is_evidence, share_held
from qa.reader.network import FILE as READER
from qa.reader.network import load_weights

REPORTS = {
    "甲.txt": "一、交通\n\n全年新建地铁42公里。公交车更新1200辆。\n\n二、人才\n\n引进3500人。\n",
    "乙.txt": "一、生态\n\n空气优良天数310天。植树造林6万亩。\n\n二、水利\n\n治理河道120公里。\n",
    "丙.txt": "一、教育\n\n新建小学15所。招收教师600名。\n",
}
ASKED = [
    ("甲.txt", "新建地铁多少公里？", "全年新建地铁42公里。", "42公里"),
    ("甲.txt", "更新了多少辆公交车？", "公交车更新1200辆。", "1200辆"),
    ("甲.txt", "引进多少人才？", "引进3500人。", "3500人"),
    ("甲.txt", "新建机场多少座？", "", ""),
    ("乙.txt", "空气优良的有几天？", "空气优良天数310天。", "310天"),
    ("乙.txt", "造林多少亩？", "植树造林6万亩。", "6万亩"),
    ("乙.txt", "治理河道多长？", "治理河道120公里。", "120公里"),
    ("乙.txt", "河道里有多少条鱼？", "", ""),
    ("丙.txt", "建了几所小学？", "新建小学15所。", "15所"),
]


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    for name, text in REPORTS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    rows = [
        {
            "id": str(at),
            "type": "figure" if evidence else "near_topic",
            "question": question,
            "document": document,
            "evidence": [evidence] if evidence else [],
            "answer": [answer] if answer else [],
            "answerable": bool(evidence),
        }
        for at, (document, question, evidence, answer) in enumerate(ASKED)
    ]
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_fit_writes_what_the_package_reads(questions: Path, reports: Path, tmp_path: Path) -> None:
    out = tmp_path / "fitted"
    done = CliRunner().invoke(
        app, ["fit", str(questions), "--reports", str(reports), "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    assert "near_topic: " in done.output
    assert "of 2 refused" in done.output
    fitted = from_json((out / COEFFICIENTS).read_text(encoding="utf-8"))
    assert fitted.model("evidence", FEATURES)
    assert fitted.model("answerable", JUDGED)
    weights = load_weights(out / READER)
    assert all(np.isfinite(array).all() for array in weights.values())


def asked(questions: Path, reports: Path, tmp_path: Path) -> Sequence[Asked]:
    return list(ask_all(read_gold(questions), [reports], tmp_path / "indexes"))


def test_every_question_is_asked_of_its_own_report(
    questions: Path, reports: Path, tmp_path: Path
) -> None:
    for one in asked(questions, reports, tmp_path):
        assert {hit.passage.document.name for hit in one.hits} == {one.gold.document}


def test_a_report_that_is_nowhere_is_named(questions: Path, reports: Path, tmp_path: Path) -> None:
    (reports / "甲.txt").unlink()
    with pytest.raises(InputMissing, match=r"甲\.txt"):
        asked(questions, reports, tmp_path)


def test_evidence_is_most_of_a_sentence_and_share_is_of_characters(
    questions: Path, reports: Path, tmp_path: Path
) -> None:
    every = asked(questions, reports, tmp_path)
    one = next(one for one in every if one.gold.id == "0")
    sentences = [s for hit in one.hits for s in one.index.sentences.sentences_of(hit.passage)]
    right = [s for s in sentences if is_evidence(s, one.gold)]
    assert [s.text for s in right] == ["全年新建地铁42公里。"]
    assert share_held(right, one.gold) == 1
    assert share_held([s for s in sentences if s not in right], one.gold) == 0
    assert share_held([], one.gold) == 0


def test_two_networks_have_not_seen_a_report_and_all_others_have() -> None:
    documents = [f"{at}.txt" for at in range(9)]
    parts = [part_of(name, documents) for name in documents]
    assert set(parts) == set(range(PARTS))
    assert part_of(None, ["", "a"]) == 0
    unseen = [set(unseeing(part)) for part in range(PARTS)]
    assert {len(networks) for networks in unseen} == {2}
    assert {sum(at in networks for networks in unseen) for at in range(PARTS)} == {2}


def test_what_one_shipped_network_has_not_seen_the_other_has() -> None:
    assert not any({0, PARTS // 2} <= set(unseeing(part)) for part in range(PARTS))


def test_too_few_reports_are_refused_with_the_reason(questions: Path, reports: Path) -> None:
    gold = [one for one in read_gold(questions) if one.document != "丙.txt"]
    with pytest.raises(SourceError, match="fewer than 3 reports"):
        fit_models(gold, [reports])
