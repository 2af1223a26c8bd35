"""What HTTP adds to an answer: one run, one ratio, over distinct questions.

The questions are asked three ways, block by block, so that what else the machine does falls on all
three: in this process, over HTTP, and of a bare FastAPI endpoint that returns the same bytes.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from qa import paths
from qa.engine import Engine
from tests.serving import Server

# Questions before the first that counts, how many must count, and how many make a block.
_WARM_UP, _LEAST, _BLOCK = 20, 200, 20
# The bare endpoint hands out what it is given, in turn; first the port, then nothing is printed.
_BARE = """
import json, socket, sys
import uvicorn
from fastapi import FastAPI, Request, Response
app, kept = FastAPI(), {}
@app.put("/bare")
async def keep(request: Request) -> Response:
    kept["body"] = await request.body()
    return Response()
@app.post("/bare")
async def bare() -> Response:
    return Response(kept["body"], media_type="application/json")
listener = socket.create_server(("127.0.0.1", 0))
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, listener.detach())
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, http="h11", log_level="error", access_log=False)).run([listener])
"""


@pytest.fixture(scope="module")
def bare_port() -> Iterator[int]:
    """The port of a server with one FastAPI endpoint that does nothing."""
    command = [sys.executable, "-c", _BARE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield int(process.stdout.readline() if process.stdout else 0)
        process.terminate()


def questions() -> list[str]:
    """The distinct questions of the gold files, and of the half written for other reports."""
    folders = (paths.corpus_folder(), Path(__file__).parents[1] / "data" / "questions")
    files = [file for folder in folders for file in sorted(folder.glob("*.jsonl"))]
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    return list(dict.fromkeys(json.loads(line)["question"] for line in lines))


def exchange(
    connection: HTTPConnection, method: str, path: str, body: bytes
) -> tuple[float, bytes]:
    """Return the milliseconds that a request took, and what came back."""
    started = time.perf_counter()
    connection.request(method, path, body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    got = response.read()
    assert response.status == 200, got[:300]
    return (time.perf_counter() - started) * 1000, got


def timings(engine: Engine, port: int, bare_port: int) -> list[tuple[float, float, float]]:
    """Return for each question the milliseconds in process, over HTTP, and of the bare endpoint."""
    rows: list[tuple[float, float, float]] = []
    with (
        closing(HTTPConnection("127.0.0.1", port)) as asking,
        closing(HTTPConnection("127.0.0.1", bare_port)) as bare,
    ):
        asked = questions()
        for block in (asked[at : at + _BLOCK] for at in range(0, len(asked), _BLOCK)):
            bodies = [json.dumps({"question": question}).encode() for question in block]
            inside = [in_process(engine, question) for question in block]
            http, got = zip(*(exchange(asking, "POST", "/api/ask", b) for b in bodies), strict=True)
            empty = [bare_exchange(bare, b, same) for b, same in zip(bodies, got, strict=True)]
            rows += zip(inside, http, empty, strict=True)
    return rows[_WARM_UP:]


def in_process(engine: Engine, question: str) -> float:
    started = time.perf_counter()
    engine.ask(question)
    return (time.perf_counter() - started) * 1000


def bare_exchange(bare: HTTPConnection, body: bytes, same: bytes) -> float:
    """Return the milliseconds of the bare endpoint, which was told first what to return."""
    exchange(bare, "PUT", "/bare", same)
    empty, got = exchange(bare, "POST", "/bare", body)
    assert got == same
    return empty


def test_http_adds_little_to_an_answer(engine: Engine, server: Server, bare_port: int) -> None:
    """Up to three runs, since a busy machine can only make the ratio worse."""
    assert any(ratio(timings(engine, server.port, bare_port)) <= 1.5 for _ in range(3))


def ratio(rows: list[tuple[float, float, float]]) -> float:
    """Return, and print, the time over HTTP by the time in process and of the bare endpoint."""
    assert len(rows) >= _LEAST
    inside, http, empty = (statistics.median(column) for column in zip(*rows, strict=True))
    found: float = http / (inside + empty)
    print(
        f"\n{len(rows)} questions, median ms: in process {inside:.2f}, HTTP {http:.2f}, "
        f"bare endpoint {empty:.2f}; HTTP / (in process + bare) = {found:.2f}"
    )
    return found
