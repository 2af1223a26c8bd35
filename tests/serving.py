"""A real `qa serve` in a process of its own, and raw HTTP to talk to it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from qa.settings import Settings

COMMAND = (sys.executable, "-m", "qa.cli", "serve", "--port", "0")


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self, seconds: float = 15) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)

    def send(self, raw: bytes, seconds: float = 15) -> Reply:
        """Send the bytes on a connection of their own and read one reply."""
        with self.connect(seconds) as connection:
            connection.sendall(raw)
            return read_reply(connection)

    def get(self, path: str) -> Reply:
        return self.send(request("GET", path))

    def ask(self, body: bytes) -> Reply:
        return self.send(request("POST", "/api/ask", body))

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Stop it and return its exit status and what it said on stderr since it was ready."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=15)
        return self.process.returncode, said


def request(method: str, path: str, body: bytes | None = None, *lines: str) -> bytes:
    """Return a request as bytes; `lines` are further header lines."""
    head = [f"{method} {path} HTTP/1.1", "Host: localhost", *lines]
    if body is not None:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + (body or b"")


def read_reply(connection: socket.socket) -> Reply:
    """Read one reply with a Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            raise EOFError(f"the connection closed after {data!r}")
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    while len(body) < int(headers["content-length"]):
        body += connection.recv(65536)
    return Reply(int(status.split()[1]), headers, body)


def is_closed(connection: socket.socket) -> bool:
    """Wait for the other side to close (within the socket's own timeout)."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


@contextmanager
def serving(
    settings: Settings,
    *options: str,
    code: str | None = None,
    ready: bool = True,
    variables: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Run the server until the block ends; `code` runs instead of the command line's `serve`."""
    command = [sys.executable, "-c", code] if code else [*COMMAND, *options]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "QA_INDEX": str(settings.index_folder), **(variables or {})},
    )
    try:
        server = Server(process, _printed_port(process))
        if ready:
            _wait_until_ready(server)
        yield server
    finally:
        process.kill()
        process.communicate()


def _printed_port(process: subprocess.Popen[str]) -> int:
    """Return the port in the line that says where it listens."""
    if process.stderr is None:
        raise ValueError("the server's stderr is not read")
    line = process.stderr.readline()
    if "serving on" not in line:
        raise RuntimeError(f"the server did not start: {line}{process.stderr.read()}")
    return int(line.split()[2].rpartition(":")[2])


def _wait_until_ready(server: Server) -> None:
    until = time.monotonic() + 60
    while (reply := server.get("/readyz")).status != 200:
        if reply.json()["status"] == "failed" or time.monotonic() > until:
            raise RuntimeError(f"the server did not become ready: {reply.json()}")
        time.sleep(0.05)
