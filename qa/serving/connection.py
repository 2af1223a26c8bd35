"""One client connection: uvicorn's, with the deadlines and the error answers it lacks.

uvicorn 0.54 waits for ever for the rest of a request's head and for a client that does not read its
response, answers what is not HTTP in plain text, and puts no bound on connections.
"""

import asyncio
import os
import sys
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from qa.serving.problems import PROBLEM_JSON, Problem, of_status, problem_bytes

KEEP_ALIVE_SECONDS = 10
# From the moment a connection waits for a request until the last byte of that request's head.
_HEAD_SECONDS = 10.0
# For a client to take what was sent to it, then for what is left at a close.
_STALL_SECONDS = 20.0
_CLOSE_SECONDS = 5.0
# Below the usual bound of 1 024 open files.
_MOST_CONNECTIONS = 900


class Connection(H11Protocol):
    """An HTTP/1.1 connection that cannot be held open by doing nothing."""

    _head_timer: asyncio.TimerHandle | None = None
    _stall_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the head's deadline; turn the client away when there are too many."""
        super().connection_made(transport)
        if len(self.connections) > _MOST_CONNECTIONS:
            self._refuse(Problem("overloaded", f"{_MOST_CONNECTIONS} connections are open"))
            return
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadlines."""
        super().connection_lost(exc)
        for timer in (self._head_timer, self._stall_timer):
            if timer:
                timer.cancel()

    def handle_events(self) -> None:
        """Handle what has arrived, then watch for the next head if that is what is awaited."""
        super().handle_events()
        self._watch_head()

    def _watch_head(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            if self._head_timer:
                self._head_timer.cancel()
            self._head_timer = None
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(_HEAD_SECONDS, self._close)

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, and do not wait for ever for the client to take the rest."""
        super().timeout_keep_alive_handler()
        self.loop.call_later(_CLOSE_SECONDS, self.transport.abort)

    def pause_writing(self) -> None:
        """Give the client a while to read on."""
        super().pause_writing()
        self._stall_timer = self.loop.call_later(_STALL_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads on."""
        super().resume_writing()
        if self._stall_timer:
            self._stall_timer.cancel()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP with a problem object; called while h11's error is handled."""
        error = sys.exc_info()[1]
        status = getattr(error, "error_status_hint", 400)
        self._refuse(of_status(status, str(error or msg)))

    def _refuse(self, problem: Problem) -> None:
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_response(problem))
        self._close()

    def _close(self) -> None:
        self.transport.close()
        self.loop.call_later(_CLOSE_SECONDS, self.transport.abort)


def _response(problem: Problem) -> bytes:
    """Return the problem as a whole HTTP response that ends its connection."""
    request_id = os.urandom(8).hex()
    body = problem_bytes(problem, request_id)
    headers: dict[str, Any] = {
        "Content-Type": PROBLEM_JSON,
        "Content-Length": len(body),
        "X-Request-ID": request_id,
        "X-Content-Type-Options": "nosniff",
        "Connection": "close",
        **problem.headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {problem.kind.status} {problem.kind.title}\r\n{lines}\r\n"
    return head.encode("latin-1") + body
