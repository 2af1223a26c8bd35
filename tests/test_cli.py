"""Every command, by its output, its messages and its exit code."""

import contextlib
import fcntl
import functools
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import qa
from qa import cli, paths
from qa.engine import Engine
from qa.indexing import generations
from qa.retrieval.embed import load_encoder
from qa.serving.api import create_app
from qa.settings import Settings
from tests.comprehension import ENTRIES, write

QUESTION = "累计牵头承担国家科技重大专项多少项？"
REPORT = "年度报告\n一、交通\n轨道交通831公里。\n二、能源\n- 电站3座\n- 风机5台\n"
VARIABLES = ("INDEX", "CORPUS", "ENCODER", "HOST", "PORT", "TOP_K", "DEBUG")

_LOADED = functools.cache(load_encoder)


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.err.splitlines()

    def json(self) -> Any:  # noqa: ANN401 - what JSON may hold
        return json.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], settings: Settings
) -> Run:
    """Run a command in this process, over the shared index where it names none."""
    for name in VARIABLES:
        monkeypatch.delenv(f"QA_{name}", raising=False)
    monkeypatch.setenv("QA_INDEX", str(settings.index_folder))
    for module in ("retrieval.embed", "indexing.index", "indexing.sentence_index"):
        monkeypatch.setattr(f"qa.{module}.load_encoder", _LOADED)

    def run(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["qa", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        out, err = capfd.readouterr()
        return Done(int(stop.value.code or 0), out, err)

    return run


def spawn(
    *arguments: str | bytes,
    index: Path | None = None,
    prefix: Sequence[str] = (),
    **options: Any,  # noqa: ANN401 - those of Popen
) -> subprocess.Popen[str]:
    """Start a command in a process of its own."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith("QA_")}
    variables |= {"QA_INDEX": str(index)} if index else {}
    variables |= options.pop("variables", {})
    command = [*prefix, sys.executable, "-m", "qa.cli", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    return subprocess.Popen(command, env=variables, **{**pipes, **options})


def finished(process: subprocess.Popen[str], given: str | None = None) -> Done:
    out, err = process.communicate(given, timeout=60)
    return Done(process.returncode, out or "", err or "")


def wait_until_reading(process: subprocess.Popen[str]) -> None:
    """Wait until a process waits for its stdin, by its system call: read (0) of file 0."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if Path(f"/proc/{process.pid}/syscall").read_text().startswith("0 0x0 "):
                return
        time.sleep(0.05)


def assert_failed(done: Done, code: int, *said: str) -> None:
    """Hold a failure to its code, its two lines, and to no traceback."""
    assert done.code == code, done
    error, fix = done.lines[-2:]
    assert error.startswith("error: ")
    assert fix.startswith("fix: ")
    assert len(fix) > len("fix: ")
    assert "Traceback" not in done.err
    for part in said:
        assert part in error


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "corpus" / "report.txt"
    path.parent.mkdir()
    path.write_text(REPORT, "utf-8")
    return path


@pytest.fixture
def built(run: Run, report: Path) -> Path:
    """An index over the small report."""
    index = report.parent.parent / "index"
    assert run("build", report, "--index", index).code == 0
    return index


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[TestClient]:
    with TestClient(create_app(lambda: engine)) as client:
        until = time.monotonic() + 10
        while client.get("/readyz").status_code != 200 and time.monotonic() < until:
            time.sleep(0.01)
        yield client


# Usage


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no command"),
        (["nonsense"], "nonsense"),
        (["ask"], "question"),
        (["ask", "a", "b"], "argument"),
        (["ask", "--nonsense", "a"], "--nonsense"),
        (["ask", "a", "--top-k", "0"], "--top-k"),
        (["ask", "a", "--top-k", "21"], "--top-k"),
        (["ask", "a", "--top-k", "five"], "--top-k"),
        (["ask", ""], "empty"),
        (["ask", " \u3000"], "empty"),
        (["search", ""], "empty"),
        (["ask", "问" * 1001], "1001"),
        (["search", "问" * 1001], "1001"),
        (["serve", "--port", "70000"], "--port"),
        (["serve", "--host", ""], "--host"),
        (["build", "--encoder", ""], "--encoder"),
        (["eval"], "one of the three|--retrieval"),
        (["eval", "--retrieval", "a", "--refusal", "b"], "one of the three|--refusal"),
        (["outline"], "source"),
    ],
)
def test_wrong_usage_is_2(run: Run, arguments: list[str], said: str) -> None:
    done = run(*arguments)
    assert_failed(done, 2)
    assert any(part in done.err for part in said.split("|"))
    assert done.out == ""


def test_the_version_and_the_help_are_printed(run: Run) -> None:
    assert run("--version") == Done(0, f"qa {qa.__version__}\n", "")
    told = run("--help")
    assert told.code == 0
    for command in ("build", "ask", "search", "serve", "outline", "eval", "train", "verify"):
        assert f"  {command} " in told.out
        assert run(command, "--help").code == 0


def test_a_question_may_begin_with_dashes(run: Run) -> None:
    assert run("ask", "--", "--debug 是什么").code == 0


# What is missing, broken, unknown


@pytest.mark.parametrize(
    "arguments",
    [
        ["build", "nowhere.txt"],
        ["build", "--encoder", "./nowhere"],
        ["ask", QUESTION, "--index", "nowhere"],
        ["search", QUESTION, "--index", "nowhere"],
        ["verify", "--index", "nowhere"],
        ["verify", "nowhere.json"],
        ["outline", "nowhere.txt"],
        ["eval", "nowhere.jsonl"],
        ["eval", "--retrieval", "nowhere"],
        ["eval", "--refusal", "nowhere"],
        ["train", "nowhere", "--out", "out"],
    ],
)
def test_what_is_not_there_is_66(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QA_INDEX", str(tmp_path / "index"))
    if arguments[0] == "eval" or arguments[-1] == "nowhere.json":
        monkeypatch.delenv("QA_INDEX")
    assert_failed(run(*arguments), 66, "nowhere" if "--encoder" not in arguments else "encoder")
    assert [path.name for path in tmp_path.iterdir() if path.name != "out"] == []


def test_a_source_that_is_no_text_is_65(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.txt"
    for data in (b"", b"\xef\xbb\xbf \n", b"a\0b", "一二三四五".encode() + b"\xff" + "六".encode()):
        bad.write_bytes(data)
        assert_failed(run("build", bad, "--index", tmp_path / "index"), 65, "bad.txt")
        assert_failed(run("outline", bad), 65, "bad.txt")
    assert_failed(run("build", "/dev/zero", "--index", tmp_path / "index"), 65, "/dev/zero")


def test_an_unknown_scope_is_65_and_the_nearest_is_named(run: Run) -> None:
    for command in ("ask", "search"):
        done = run(command, QUESTION, "--scope", "科技重大专项")
        assert_failed(done, 65, "科技重大专项")
        assert "the nearest is" in done.lines[-1]


@pytest.mark.parametrize("command", [["ask", QUESTION], ["search", QUESTION], ["verify"]])
def test_a_corrupt_index_is_65(
    run: Run, settings: Settings, tmp_path: Path, command: list[str]
) -> None:
    index = Path(shutil.copytree(settings.index_folder, tmp_path / "index"))
    with (generations.current(index) / "vectors.npy").open("r+b") as file:
        file.seek(200)
        file.write(b"\x01\x02\x03")
    done = run(*command, "--index", index)
    assert_failed(done, 65, "vectors.npy", "changed")
    assert "qa build" in done.lines[-1]


# build


def test_a_build_says_what_it_wrote_on_stderr_only(run: Run, report: Path, tmp_path: Path) -> None:
    done = run("build", report, "--index", tmp_path / "index")
    assert (done.code, done.out) == (0, "")
    assert done.lines == [f"built {generations.current(tmp_path / 'index').name}"]


def test_if_stale_builds_only_where_something_differs(run: Run, built: Path, report: Path) -> None:
    first = generations.current(built)
    fresh = run("build", report, "--index", built, "--if-stale")
    assert (fresh.code, fresh.lines) == (0, ["the index is up to date"])
    assert generations.current(built) == first
    report.write_text(REPORT.replace("831", "832"), "utf-8")
    again = run("build", report, "--index", built, "--if-stale")
    assert again.code == 0
    assert "report.txt has changed" in again.lines[0]
    assert generations.current(built) != first
    other = run("build", report.parent, "--index", built, "--if-stale")
    assert "other sources" in other.lines[0]
    (built / "CURRENT").write_text("nonsense", "ascii")
    assert run("build", report.parent, "--index", built, "--if-stale").code == 0
    assert run("verify", "--index", built).code == 0


def test_a_second_build_at_once_is_75(run: Run, built: Path, report: Path) -> None:
    with (built / "build.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert_failed(run("build", report, "--index", built), 75, "another build")
        assert run("search", "能源", "--index", built).code == 0
    assert run("build", report, "--index", built).code == 0


def test_a_place_that_cannot_be_written_is_73(run: Run, report: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for index in (tmp_path / "file", tmp_path / "file" / "index"):
        assert_failed(run("build", report, "--index", index), 73, str(index))


def test_a_read_only_index_answers_and_cannot_be_built(built: Path, report: Path) -> None:
    # Root writes everywhere unless that right is taken from it.
    root = os.geteuid() == 0
    if root and not shutil.which("setpriv"):
        pytest.skip("needs setpriv (Debian: util-linux) when run as root")
    prefix = ("setpriv", "--bounding-set=-dac_override") if root else ()
    for path in (built / "build.lock", built):
        path.chmod(0o555)
    try:
        done = finished(spawn("build", str(report), index=built, prefix=prefix))
        assert_failed(done, 73, "cannot write in")
        assert finished(spawn("search", "能源", index=built, prefix=prefix)).code == 0
    finally:
        built.chmod(0o755)


@pytest.mark.parametrize("limit", [100, 3_000])
def test_a_full_disk_is_74_and_the_old_index_answers(
    run: Run, built: Path, report: Path, limit: int
) -> None:
    old = generations.current(built)

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = finished(spawn("build", str(report), index=built, preexec_fn=fill))
    assert_failed(done, 74, "cannot write")
    assert generations.current(built) == old
    assert sorted(path.name for path in built.iterdir()) == ["CURRENT", "build.lock", old.name]
    assert run("verify", "--index", built).code == 0


# ask and search


def test_an_answer_is_printed_with_its_places(run: Run) -> None:
    done = run("ask", QUESTION)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("929项\n\n")
    assert "国家科技重大专项929项" in done.out
    assert "[1] 1.1 聚焦张江, 打造国家战略科技力量 > 科技重大专项布局持续深入\n" in done.out
    assert "    000_3ae59a8146c804c7.txt:" in done.out


def test_a_refusal_is_0_and_says_where_to_look(run: Run) -> None:
    done = run("ask", "法国的首都是哪里？")
    assert (done.code, done.err) == (0, "")
    assert done.out
    assert "[1]" not in done.out


@pytest.mark.parametrize("question", [QUESTION, "法国的首都是哪里？", "How many major projects?"])
def test_json_is_what_the_api_answers(run: Run, client: TestClient, question: str) -> None:
    printed = run("ask", question, "--json", "--top-k", "3", "--history", "项目", "--history", "二")
    body = {"question": question, "top_k": 3, "history": ["项目", "二"]}
    answered = client.post("/api/ask", json=body).json()
    assert printed.code == 0
    assert printed.json().pop("timing_ms")["total"] > 0
    assert {**printed.json(), "timing_ms": 0} == {**answered, "timing_ms": 0}


def test_search_json_is_what_the_api_finds(run: Run, client: TestClient) -> None:
    printed = run("search", "重大专项", "--json", "--top-k", "4")
    found = client.get("/api/search", params={"q": "重大专项", "top_k": 4}).json()
    assert {**printed.json(), "timing_ms": 0} == {**found, "timing_ms": 0}
    assert len(found["passages"]) == 4


def test_search_prints_the_passages_in_order(run: Run) -> None:
    lines = run("search", "重大专项", "--top-k", "2").out.splitlines()
    assert lines[0].startswith("1. ")
    assert lines[2].startswith("2. ")


def test_a_scope_keeps_to_its_section(run: Run, built: Path) -> None:
    for scope in ("二、能源", "二、 能源"):
        found = run("search", "有多少", "--json", "--index", built, "--scope", scope).json()
        assert {p["section"]["title"] for p in found["passages"]} == {"二、能源"}


def test_the_default_index_is_built_when_missing_and_its_staleness_is_told(
    run: Run, report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QA_INDEX")
    monkeypatch.setenv("QA_CORPUS", str(report.parent))
    monkeypatch.setattr(paths, "index_folder", lambda: tmp_path / "default")
    first = run("search", "能源", "--json")
    assert (first.code, first.lines) == (
        0,
        [f"built {generations.current(tmp_path / 'default').name}"],
    )
    assert not first.json()["index"]["stale"]
    report.write_text(REPORT + "三、文化\n博物馆8家。\n", "utf-8")
    second = run("search", "能源", "--json")
    assert second.code == 0
    assert second.lines[0].startswith("note: the index is stale: report.txt has changed")
    assert second.json()["index"]["stale"]


# outline


def test_an_outline_is_printed_as_a_tree(run: Run, report: Path) -> None:
    assert run("outline", report) == Done(0, "年度报告\n  一、交通\n  二、能源\n", "")


def test_outline_json_partitions_the_text(run: Run, client: TestClient, engine: Engine) -> None:
    (document,) = engine.corpus.documents
    printed = run("outline", paths.corpus_folder() / document.name, "--json").json()
    served = client.get(f"/api/documents/{document.id}/sections").json()["sections"]
    kept = ("level", "title", "path", "start", "end")
    assert printed == [{key: section[key] for key in kept} for section in served]
    assert "".join(document.text[s["start"] : s["end"]] for s in printed) == document.text


# verify


def test_an_index_is_verified(run: Run) -> None:
    done = run("verify")
    assert done.code == 0
    assert "all as built" in done.out


def test_citations_are_verified_from_a_file_and_from_stdin(
    run: Run, settings: Settings, tmp_path: Path
) -> None:
    answer = run("ask", QUESTION, "--json").json()
    path = tmp_path / "answer.json"
    for given in (answer, answer["citations"]):
        path.write_text(json.dumps(given), "utf-8")
        done = run("verify", path)
        assert done.code == 0
        assert set(done.out.split("\n")[:-1]) == {
            f"[{c['number']}] valid" for c in answer["citations"]
        }
    process = spawn("verify", "-", index=settings.index_folder, stdin=subprocess.PIPE)
    assert finished(process, json.dumps(answer)).code == 0


def test_citations_that_no_longer_hold_are_65(run: Run, built: Path, report: Path) -> None:
    found = run("ask", "轨道交通多少公里？", "--json", "--index", built).json()
    passage = found["passages"][0]
    cited = {"number": 3, "quote": "轨道交通831公里。", "document": passage["document"]}
    cited["start"] = REPORT.index("轨道")
    cited["end"] = cited["start"] + len(cited["quote"])
    path = report.parent.parent / "cited.json"
    path.write_text(json.dumps([cited]), "utf-8")
    assert run("verify", path, "--index", built).out == "[3] valid\n"
    for text, line in (
        ("序言\n" + REPORT, "[3] moved: report.txt:"),
        (REPORT.replace("831", "832"), "[3] changed: report.txt:"),
        (REPORT.replace("轨道交通831公里", "农业连年丰收"), "[3] missing"),
    ):
        report.write_text(text, "utf-8")
        assert run("build", report, "--index", built).code == 0
        done = run("verify", path, "--index", built)
        assert_failed(done, 65, "1 of 1 citations")
        assert done.out.startswith(line)


@pytest.mark.parametrize(
    "given", ["", "{", "null", "{}", "7", '["a"]', "[{}]", "[" * 9999, "\ud800"]
)
def test_what_holds_no_citations_is_65(run: Run, tmp_path: Path, given: str) -> None:
    path = tmp_path / "given.json"
    path.write_bytes(given.encode("utf-8", "surrogatepass"))
    assert_failed(run("verify", path), 65)


# eval


def test_gold_questions_are_scored(run: Run, tmp_path: Path) -> None:
    lines = (paths.corpus_folder() / "questions.jsonl").read_text("utf-8").splitlines()[:4]
    (tmp_path / "gold.jsonl").write_text("\n".join(lines), "utf-8")
    figures = run("eval", tmp_path / "gold.jsonl", "--json").json()
    assert figures["n"] == 4
    assert {
        "section_hit@1",
        "section_hit@3",
        "evidence",
        "quote_precision",
        "short_answer",
        "answerable_refused",
        "unanswerable_refused",
        "ece",
        "latency_ms",
        "by_type",
    } <= set(figures)
    table = run("eval", tmp_path / "gold.jsonl")
    assert table.code == 0
    assert "section_hit@1" in table.out
    (tmp_path / "gold.jsonl").write_text("{}\n", "utf-8")
    assert_failed(run("eval", tmp_path / "gold.jsonl"), 65, "gold.jsonl:1")


def test_refusal_is_measured(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "set.jsonl", ENTRIES)
    figures = run("eval", "--refusal", path, "--json").json()
    assert figures["questions"] == len(ENTRIES)
    table = run("eval", "--refusal", path)
    assert table.code == 0
    assert all(f"{figures[row]['AURC']:.3f}" in table.out for row in ("shipped", "refitted"))
    path.write_text("\n{}\n", "utf-8")
    assert_failed(run("eval", "--refusal", path), 65, "set.jsonl:2")


# Variables


def test_a_variable_is_a_setting_and_an_option_wins(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_TOP_K", "2")
    assert len(run("search", "项目", "--json").json()["passages"]) == 2
    assert len(run("search", "项目", "--json", "--top-k", "3").json()["passages"]) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOP_K", "0"),
        ("TOP_K", "99"),
        ("TOP_K", "x"),
        ("TOP_K", ""),
        ("PORT", "-1"),
        ("PORT", "70000"),
        ("PORT", "9" * 400),
        ("HOST", ""),
        ("INDEX", ""),
        ("CORPUS", ""),
        ("ENCODER", ""),
        ("DEBUG", "maybe"),
    ],
)
def test_a_variable_that_cannot_be_is_78_and_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"QA_{name}", value)
    done = run("ask", QUESTION)
    assert_failed(done, 78, f"QA_{name} is")
    assert len(done.err) < 500


def test_a_port_that_is_taken_is_78(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert_failed(run("serve", "--port", port), 78, port)
    assert_failed(run("serve", "--host", "no.such.host.invalid"), 78, "no.such.host.invalid")


# The surroundings


def test_results_are_utf_8_whatever_the_locale(settings: Settings) -> None:
    for variables in ({"LANG": "C", "LC_ALL": "C"}, {"PYTHONIOENCODING": "latin-1"}):
        done = finished(spawn("ask", QUESTION, index=settings.index_folder, variables=variables))
        assert done.code == 0
        assert "国家科技重大专项929项" in done.out


def test_bytes_that_are_no_text_are_asked_all_the_same(settings: Settings) -> None:
    question = "国家科技重大专项".encode() + b"\xff\xfe"
    process = spawn("ask", question, "--json", index=settings.index_folder)
    done = finished(process)
    assert done.code == 0
    assert done.json()["question"] == "国家科技重大专项\udcff\udcfe"


def test_a_reader_that_goes_away_is_no_failure(settings: Settings) -> None:
    source = str(paths.corpus_folder() / "000_3ae59a8146c804c7.txt")
    for arguments in (("outline", source, "--json"), ("verify",)):
        process = spawn(*arguments, index=settings.index_folder)
        assert process.stdout
        process.stdout.close()
        assert process.stderr
        assert process.stderr.read() == ""
        assert process.wait(60) == 0
        process.stderr.close()


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_closed_streams_change_no_exit_code(settings: Settings, closed: str) -> None:
    for arguments, code in (("search x", 0), ("search ''", 2)):
        command = f"{sys.executable} -m qa.cli {arguments} {closed}"
        done = subprocess.run(
            ["sh", "-c", command],
            env={**os.environ, "QA_INDEX": str(settings.index_folder)},
            capture_output=True,
            check=False,
        )
        assert done.returncode == code
        assert b"Traceback" not in done.stderr


def test_a_full_disk_behind_stdout_is_74(settings: Settings) -> None:
    with Path("/dev/full").open("w") as full:
        done = finished(spawn("search", "项目", index=settings.index_folder, stdout=full))
    assert_failed(done, 74, "No space left")


def test_ctrl_c_is_130_without_a_traceback(settings: Settings) -> None:
    process = spawn("verify", "-", index=settings.index_folder, stdin=subprocess.PIPE)
    wait_until_reading(process)
    process.send_signal(signal.SIGINT)
    done = finished(process)
    assert done.code == 130
    assert "Traceback" not in done.err


def test_a_build_can_be_broken_off(built: Path, report: Path) -> None:
    report.write_text(REPORT * 3000, "utf-8")
    old = generations.current(built)
    process = spawn("build", str(report), index=built)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    done = finished(process)
    # 0 where it was quicker, and the bare signal where the interpreter was ending already.
    assert done.code in (130, 0, -signal.SIGINT)
    assert "Traceback" not in done.err
    if done.code == 130:
        assert generations.current(built) == old
        assert not [path for path in built.iterdir() if path.name.startswith(".tmp")]


def test_what_nobody_foresaw_is_70_and_shows_a_traceback_only_on_demand(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("boom\nwith more lines")

    monkeypatch.setattr(Engine, "ask", fail)
    assert_failed(run("ask", QUESTION), 70, "unexpected RuntimeError: boom with more lines")
    shown = run("--debug", "ask", QUESTION)
    assert shown.code == 70
    assert "Traceback" in shown.err
    monkeypatch.setenv("QA_DEBUG", "1")
    assert "Traceback" in run("ask", QUESTION).err


def test_no_memory_left_is_70_and_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Engine, "ask", fail)
    assert_failed(run("ask", QUESTION), 70, "memory")
