"""What the bundled encoder and retrieval cost: on one core, printed, with generous bounds."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from qa import paths
from qa.retrieval.embed import StaticEncoder, load_encoder
from qa.retrieval.retrieve import Retriever

_SIZE = 200
_QUESTIONS = (
    "截至年底累计牵头承担国家科技重大专项多少项？",
    "大科学设施有哪些？",
    "How many projects did the city lead?",
    "人才引进的政策有什么变化",
    "营商环境怎么样",
)


@pytest.fixture(scope="module")
def encoder() -> StaticEncoder:
    encoder = load_encoder()
    assert isinstance(encoder, StaticEncoder)
    return encoder


@pytest.fixture(scope="module")
def passages() -> list[str]:
    """Slices of the bundled report, 200 characters each, repeated to 1 000."""
    text = "".join(path.read_text("utf-8") for path in sorted(paths.corpus_folder().glob("*.txt")))
    starts = range(0, len(text) - _SIZE, 20)
    return [text[at : at + _SIZE] for at in list(starts) * (1 + 1000 // len(starts))][:1000]


def _milliseconds(act: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1000


def test_a_question_is_encoded_at_once(encoder: StaticEncoder) -> None:
    with threadpool_limits(1):
        taken = [_milliseconds(partial(encoder.encode_queries, [q]), 200) for q in _QUESTIONS]
    print(f"a question encoded in {statistics.mean(taken):.3f} ms")
    assert statistics.mean(taken) < 0.9  # 0.3 on a quiet core


def test_passages_are_encoded_by_the_thousand(encoder: StaticEncoder, passages: list[str]) -> None:
    with threadpool_limits(1):
        taken = _milliseconds(lambda: encoder.encode_passages(passages), 5)
    print(f"{len(passages) / taken * 1000:.0f} passages of {_SIZE} characters a second")
    assert len(passages) / taken * 1000 > 800  # 2 500 on a quiet core


def test_search_is_quick(encoder: StaticEncoder, passages: list[str]) -> None:
    retriever = Retriever.build(passages[:100], encoder)
    with threadpool_limits(1):
        taken = [_milliseconds(partial(retriever.search, q, 5), 50) for q in _QUESTIONS]
    print(f"100 passages searched in {statistics.median(taken):.3f} ms")
    assert statistics.median(taken) < 2.5  # 0.8 on a quiet core


def test_the_start_is_quick_and_small() -> None:
    code = (
        "import time; start = time.perf_counter();"
        "from qa.retrieval.embed import load_encoder; load_encoder().encode_queries(['国家']);"
        "taken = time.perf_counter() - start;"
        "import psutil; print(taken, psutil.Process().memory_info().rss)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
        for _ in range(5)
    ]
    seconds, size = np.array([run.stdout.split() for run in runs], float).T
    print(f"import and load {min(seconds):.2f} s, {min(size) / 1e6:.0f} MB")
    assert min(seconds) < 1
    assert min(size) < 200e6
