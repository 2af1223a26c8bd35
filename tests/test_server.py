"""A real process, and clients that behave badly: slow, cut off, too big, too many."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from qa.errors import ConfigError
from qa.serving.server import bind
from qa.settings import Settings
from tests.serving import COMMAND, Reply, Server, is_closed, read_reply, request, serving

QUESTION = "截至年底累计牵头承担国家科技重大专项多少项？"
ASK = json.dumps({"question": QUESTION}).encode()
CHUNKED = request(
    "POST", "/api/ask", None, "Content-Type: application/json", "Transfer-Encoding: chunked"
)
# Opens the engine after two seconds, with deadlines and bounds small enough to wait for in a test.
SLOW_START = """
import time
from qa.engine import Engine
from qa.serving.server import serve
from qa.settings import read_settings
settings = read_settings(port=0)
serve(settings, lambda: time.sleep(2) or Engine.open(settings))
"""
SMALL_BOUNDS = """
from qa.serving import api
from qa.serving import connection
connection._STALL_SECONDS = connection._CLOSE_SECONDS = 1
connection._MOST_CONNECTIONS = 20
api.MOST_WAITING = 2
from qa.engine import Engine
from qa.serving.server import serve
from qa.settings import read_settings
settings = read_settings(port=0)
serve(settings, lambda: Engine.open(settings))
"""


def assert_problem(reply: Reply, status: int, code: str) -> None:
    assert reply.status == status, reply
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["code"] == code
    assert reply.json()["request_id"] == reply.headers["x-request-id"]


def assert_serves(server: Server) -> None:
    started = time.monotonic()
    reply = server.ask(ASK)
    assert reply.status == 200
    assert time.monotonic() - started < 1


# Where it listens


def test_a_free_port_is_picked_and_printed_once(server: Server) -> None:
    assert server.port > 0
    assert server.get("/livez").status == 200


def test_a_port_that_is_taken_is_a_configuration_error(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, said = run(str(port), "--index", str(settings.index_folder))
    assert status == 78
    assert said[0].startswith(f"error: cannot serve on 127.0.0.1:{port}")


@pytest.mark.parametrize("port", ["70000", "-1", "http"])
def test_a_port_that_cannot_be_is_a_usage_error(port: str) -> None:
    assert run(port)[0] == 2


def test_an_index_that_was_named_must_be_there(tmp_path: Path) -> None:
    status, said = run("0", "--index", str(tmp_path / "nothing"))
    assert status == 66
    assert "nothing" in said[0]


def run(port: str, *options: str) -> tuple[int, list[str]]:
    """Return the exit status and the error and fix lines of a server that does not start."""
    command = [*COMMAND[:-1], port, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout == ""
    said = done.stderr.splitlines()
    assert [line.partition(": ")[0] for line in said] == ["error", "fix"]
    return done.returncode, said


@pytest.mark.parametrize(
    "host", ["no.such.host.invalid", "192.0.2.1", "x" * 70 + ".example", "a b"]
)
def test_an_address_that_cannot_be_had_is_a_configuration_error(host: str) -> None:
    with pytest.raises(ConfigError, match="cannot serve on"):
        bind(host, 0)


def test_localhost_is_every_local_address() -> None:
    bound = bind("localhost", 0)
    try:
        assert bound[0].family == socket.AF_INET
        assert len({one.getsockname()[1] for one in bound}) == 1
    finally:
        for one in bound:
            one.close()


# Starting and stopping


def test_the_port_is_open_before_the_index_is(settings: Settings) -> None:
    with serving(settings, code=SLOW_START, ready=False) as server:
        assert server.get("/livez").status == 200
        assert server.get("/readyz").json() == {"status": "loading"}
        early = server.ask(ASK)
        assert_problem(early, 503, "loading")
        assert early.headers["retry-after"] == "1"
        until = time.monotonic() + 20
        while server.get("/readyz").status != 200 and time.monotonic() < until:
            time.sleep(0.1)
        assert_serves(server)


def test_a_stop_while_loading_does_not_wait(settings: Settings) -> None:
    with serving(settings, code=SLOW_START, ready=False) as server:
        assert server.get("/livez").status == 200
        started = time.monotonic()
        assert server.stop() == (0, "")
        assert time.monotonic() - started < 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_ends_well_whatever_clients_do(settings: Settings, number: signal.Signals) -> None:
    with serving(settings) as server, server.connect() as idle, server.connect() as half:
        idle.sendall(request("GET", "/livez"))
        assert read_reply(idle).status == 200
        half.sendall(request("POST", "/api/ask", ASK)[:-5])
        with server.connect() as dripping:
            dripping.sendall(b"GET / HT")
            time.sleep(0.2)
            started = time.monotonic()
            assert server.stop(number) == (0, "")
            assert time.monotonic() - started < 10


# Slow clients, all at once, because each of them takes its time


@pytest.fixture(scope="module")
def slow(server: Server) -> Iterator[dict[str, tuple[float, bytes]]]:
    """What each slow client got, and after how many seconds its connection was closed."""
    clients = {
        "silent": [b""],
        "half a head": [b"GET /livez HTTP/1.1\r\nHost: local"],
        "dripping head": [b"GET /livez HTTP/1.1\r\nX-Drip: ", *[b"x"] * 40],
        "half a body": [request("POST", "/api/ask", ASK)[:-5]],
        "dripping body": [request("POST", "/api/ask", b"x" * 100)[:-100], *[b"x"] * 40],
        "dripping to nowhere": [request("POST", "/nope", b"x" * 100)[:-100], *[b"x"] * 40],
        "silent chunk": [CHUNKED + b"5\r\nab"],
        "kept alive": [request("GET", "/livez")],
    }
    with ThreadPoolExecutor(len(clients)) as pool:
        got = pool.map(lambda parts: _behave(server, parts), clients.values())
        yield dict(zip(clients, got, strict=True))


def _behave(server: Server, parts: list[bytes]) -> tuple[float, bytes]:
    """Send the parts half a second apart until the other side closes."""
    started, got = time.monotonic(), b""
    with server.connect(0.5) as connection:
        while time.monotonic() - started < 20:
            try:
                if parts:
                    connection.sendall(parts.pop(0))
                more = connection.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                break
            if not more:
                break
            got += more
    return time.monotonic() - started, got


@pytest.mark.parametrize(
    ("client", "status"),
    [
        ("silent", b""),
        ("half a head", b""),
        ("dripping head", b""),
        ("half a body", b"408"),
        ("dripping body", b"408"),
        ("dripping to nowhere", b"404"),
        ("silent chunk", b"408"),
        ("kept alive", b"200"),
    ],
)
def test_no_client_holds_a_connection(
    slow: dict[str, tuple[float, bytes]], client: str, status: bytes
) -> None:
    seconds, got = slow[client]
    assert seconds < 12
    assert got[9:12] == status
    if status == b"408":
        assert b'"code": "timeout"' in got


def test_others_are_served_beside_slow_clients(server: Server) -> None:
    half = [server.connect() for _ in range(200)]
    for connection in half:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost")
    assert_serves(server)
    for connection in half:
        connection.close()


# Bodies and heads that are too big or wrong


def test_a_large_upload_gets_its_answer(server: Server) -> None:
    """The body is heard out, for a client that writes all of it before it reads."""
    body = b'{"question":"' + b"a" * 10_000_000 + b'"}'
    reply = server.ask(body)
    assert_problem(reply, 413, "too_large")
    assert len(reply.body) < 2048
    assert reply.headers["connection"] == "close"
    assert_serves(server)


def test_a_claim_of_a_large_body_is_enough(server: Server) -> None:
    head = request("POST", "/api/ask", None, "Content-Length: 999999999999")
    with server.connect() as connection:
        connection.sendall(head)
        assert_problem(read_reply(connection), 413, "too_large")
        assert is_closed(connection)


def test_an_endless_chunked_body_is_cut(server: Server) -> None:
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    sent = 0
    with server.connect() as connection:
        connection.sendall(CHUNKED)
        try:
            for _ in range(4000):
                connection.sendall(chunk)
                sent += len(chunk)
        except OSError:
            pass
    assert sent < 200 << 20
    assert_serves(server)


def test_a_chunked_body_is_read(server: Server) -> None:
    chunks = b"".join(b"%x\r\n%s\r\n" % (1, bytes([byte])) for byte in ASK) + b"0\r\n\r\n"
    assert server.send(CHUNKED + chunks).status == 200


HEADS = {
    "not http": (b"hello\r\n\r\n", 400),
    "tls": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40), 400),
    "no host": (b"GET /livez HTTP/1.1\r\n\r\n", 400),
    "two hosts": (request("GET", "/livez", None, "Host: other"), 400),
    "evil host": (b"GET /livez HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
    "empty host": (b"GET /livez HTTP/1.1\r\nHost:\r\n\r\n", 421),
    "bare target": (request("GET", "@evil.example"), 404),
    "absolute target": (request("GET", "http://evil.example/api/documents"), 404),
    "raw bytes in the target": ("GET /api/search?q=项 HTTP/1.1\r\nHost: a\r\n\r\n".encode(), 400),
    "both lengths": (
        request("POST", "/api/ask", None, "Content-Length: 5", "Transfer-Encoding: chunked"),
        400,
    ),
    "two lengths": (request("POST", "/api/ask", b"{}", "Content-Length: 3"), 400),
    "negative length": (request("POST", "/api/ask", None, "Content-Length: -1"), 400),
    "unknown coding": (request("POST", "/api/ask", None, "Transfer-Encoding: xchunked"), 501),
    "bad chunk": (CHUNKED + b"zz\r\n", 400),
    "long header": (request("GET", "/livez", None, f"X-Long: {'x' * 70_000}"), 431),
    "many headers": (
        request("GET", "/livez", None, *[f"X-{n}: {'y' * 50}" for n in range(1000)]),
        431,
    ),
    "control in a header": (b"GET /livez HTTP/1.1\r\nHost: a\r\nX-A: \x00\r\n\r\n", 400),
    "folded header": (b"GET /livez HTTP/1.1\r\n Host: a\r\n\r\n", 400),
}


@pytest.mark.parametrize("name", HEADS)
def test_a_bad_head_is_a_problem(server: Server, name: str) -> None:
    raw, status = HEADS[name]
    reply = server.send(raw, seconds=5)
    assert reply.status == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["status"] == status
    assert_serves(server)


def test_both_lengths_end_the_connection(server: Server) -> None:
    with server.connect(5) as connection:
        connection.sendall(HEADS["both lengths"][0] + b"0\r\n\r\nGET /livez HTTP/1.1\r\n\r\n")
        assert read_reply(connection).status == 400
        assert is_closed(connection)


def test_an_expected_continue_is_sent(server: Server) -> None:
    whole = request("POST", "/api/ask", ASK, "Expect: 100-continue")
    with server.connect() as connection:
        connection.sendall(whole[: -len(ASK)])
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(ASK)
        assert read_reply(connection).status == 200


def test_an_upgrade_is_not_followed(server: Server) -> None:
    lines = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x")
    assert server.send(request("GET", "/livez", None, *lines)).status == 200


# Many clients


def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    ids = [f"r{n}" for n in range(100)]
    raw = b"".join(request("GET", "/livez", None, f"X-Request-ID: {id}") for id in ids)
    with server.connect() as connection:
        connection.sendall(raw)
        data = b""
        while data.count(b'{"status":"ok"}') < len(ids):
            data += connection.recv(65536)
    lines = data.decode().split("\r\n")
    assert [line[14:] for line in lines if line.startswith("x-request-id: ")] == ids


def test_many_at_once_are_all_answered_while_probes_stay_fast(server: Server) -> None:
    bodies = [json.dumps({"question": f"{QUESTION}{n}"}).encode() for n in range(200)]
    with ThreadPoolExecutor(50) as pool:
        replies = pool.map(server.ask, bodies)
        waits = []
        for _ in range(10):
            started = time.perf_counter()
            assert server.get("/livez").status == 200
            waits.append(time.perf_counter() - started)
        assert {reply.status for reply in replies} == {200}
    assert sorted(waits)[5] < 0.25


def test_what_is_too_much_is_turned_away(settings: Settings) -> None:
    with serving(settings, code=SMALL_BOUNDS) as server:
        connections = [server.connect() for _ in range(15)]
        for connection in connections:
            connection.sendall(request("POST", "/api/ask", ASK))
        replies = [read_reply(connection) for connection in connections]
        assert {reply.status for reply in replies} <= {200, 503}
        for reply in replies:
            if reply.status == 503:
                assert_problem(reply, 503, "overloaded")
                assert reply.headers["retry-after"] == "1"
        assert_serves(server)
        others = [server.connect() for _ in range(5)]
        assert_problem(server.get("/livez"), 503, "overloaded")
        for connection in (*connections, *others):
            connection.close()
        time.sleep(0.2)
        assert_serves(server)


def test_a_client_that_does_not_read_is_dropped(settings: Settings) -> None:
    with serving(settings, code=SMALL_BOUNDS) as server:
        document = server.get("/api/documents").json()["documents"][0]["id"]
        with server.connect() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(request("GET", f"/api/documents/{document}/text") * 1500)
            time.sleep(3)
            assert not _connections(server)
        assert_serves(server)


def test_clients_that_vanish_leave_nothing_behind(server: Server) -> None:
    before = len(_connections(server))
    for n in range(200):
        with server.connect() as connection:
            whole = request("POST", "/api/ask", ASK)
            connection.sendall(whole[: n % len(whole)] if n % 2 else whole)
            if n % 3 == 0:
                connection.shutdown(socket.SHUT_WR)
    until = time.monotonic() + 10
    while len(_connections(server)) > before and time.monotonic() < until:
        time.sleep(0.1)
    assert len(_connections(server)) <= before
    assert_serves(server)


def _connections(server: Server) -> list[object]:
    found = psutil.Process(server.process.pid).net_connections("tcp")
    return [one for one in found if one.status != psutil.CONN_LISTEN]
