"""What an answer costs without HTTP: time, start-up, building and memory. Prints what it measures.

Other work on the machine falls on these figures too, so the limits asserted are loose; beside each
figure stands a ratio to something simple that was measured in the same run.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from qa import paths
from qa.engine import Engine
from qa.indexing.index import build_index
from qa.reading.corpus import read_corpus
from qa.reading.sources import find_sources, read_source
from qa.retrieval.embed import load_encoder
from qa.settings import Settings
from tests.benchmarks.test_http import questions

QUESTION = "累计牵头承担国家科技重大专项多少项？"
_ASK_MANY = """
import sys
from pathlib import Path
from qa.engine import Engine
from qa.settings import read_settings
engine = Engine.open(read_settings())
asked = Path(sys.argv[1]).read_text("utf-8").split("\\n")
def ask(count, suffix=""):
    for at in range(count):
        engine.ask(asked[at % len(asked)] + suffix * (at // len(asked)))
    status = Path("/proc/self/status").read_text()
    print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))
ask(0)
ask(1000, " ")
ask(1000, "　")
"""


def milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def quickest(work: Callable[[], object], times: int) -> float:
    return min(milliseconds(work) for _ in range(times))


def run(*arguments: str, index: Path) -> None:
    subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "QA_INDEX": str(index)},
        check=True,
        capture_output=True,
    )


def test_an_answer_takes_milliseconds(engine: Engine) -> None:
    asked = questions()
    assert len(asked) >= 220
    for question in asked[:20]:
        engine.ask(question)
    rows = [
        (milliseconds(lambda q=q: engine.ask(q)), milliseconds(lambda q=q: engine.search(q)))  # type: ignore[misc]
        for q in asked[20:]
    ]
    asks, searches = (sorted(column) for column in zip(*rows, strict=True))
    p50, p99 = statistics.median(asks), asks[int(len(asks) * 0.99)]
    print(
        f"\nask, {len(asks)} distinct questions: p50 {p50:.2f} ms, p99 {p99:.2f} ms"
        f" (p99/p50 {p99 / p50:.1f}; search alone p50 {statistics.median(searches):.2f} ms)"
    )
    assert p50 < 20
    assert p99 < 200


def test_no_question_is_slow_however_long(engine: Engine) -> None:
    usual = quickest(lambda: engine.ask(QUESTION), 5)
    worst = {
        text[:4]: quickest(lambda text=text: engine.ask(text), 2)  # type: ignore[misc]
        for text in (
            "中国" * 500,
            "1" * 1000,
            "第一章" * 333,
            "。" * 1000,
            "a b" * 333,
            "多少" * 500,
        )
    }
    told = ", ".join(f"{name}… {ms:.0f} ms ({ms / usual:.0f}×)" for name, ms in worst.items())
    print(f"\nquestions of 1 000 characters against {usual:.2f} ms: {told}")
    assert max(worst.values()) < 1500


def test_the_index_is_built_and_opened_in_a_moment(tmp_path: Path, settings: Settings) -> None:
    encoder = load_encoder()
    sources = [paths.corpus_folder()]
    cutting = quickest(lambda: read_corpus(map(read_source, find_sources(sources))), 3)
    building = quickest(lambda: build_index(tmp_path / "index", sources, encoder), 3)
    opening = quickest(lambda: Engine.open(settings), 3)
    print(
        f"\nbuild {building:.0f} ms ({building / cutting:.1f} × reading and cutting the text),"
        f" open {opening:.0f} ms"
    )
    assert building < 30_000
    assert opening < 10_000


def test_a_cold_start_answers_in_about_a_second(settings: Settings) -> None:
    index = settings.index_folder
    cold = quickest(lambda: run("-m", "qa.cli", "ask", QUESTION, index=index), 3)
    bare = quickest(lambda: run("-c", "import numpy, pydantic_settings, typer", index=index), 3)
    print(f"\ncold `qa ask` {cold:.0f} ms ({cold / bare:.1f} × importing its libraries alone)")
    assert cold < 10_000


def test_memory_stays_where_it_is(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "asked.txt"
    path.write_text("\n".join(questions()), "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _ASK_MANY, str(path)],
        env={**os.environ, "QA_INDEX": str(settings.index_folder)},
        check=True,
        capture_output=True,
        text=True,
    )
    opened, after, later = (int(line) / 2**10 for line in done.stdout.split())
    print(
        f"\nmemory: {opened:.0f} MiB open, {after:.0f} MiB after 1 000 asks,"
        f" {later:.0f} MiB after 2 000 ({later / after:.2f} ×)"
    )
    assert after < 400
    assert later - after < 50


def test_asking_uses_one_processor(engine: Engine) -> None:
    """More threads would wait for each other longer than they compute."""
    asked = questions()[:100]
    used, started = time.process_time(), time.perf_counter()
    for question in asked:
        engine.ask(question)
    processors = (time.process_time() - used) / (time.perf_counter() - started)
    print(f"\nprocessors used while asking: {processors:.2f}")
    assert processors < 1.5
