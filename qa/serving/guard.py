"""Guards every exchange: ids, limits and deadlines on the way in, headers on the way out.

One ASGI middleware around the whole app, so that no route can forget any of it. What a route or
the guard itself raises ends here as a problem object; a request body is never read beyond its
limit, and a client that is still sending when it has its answer is heard out for a moment, because
a connection cut in the middle of an upload loses the answer too.
"""

import asyncio
import logging
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.serving.metrics import Metrics
from qa.serving.problems import Problem, problem_response, shown

log = logging.getLogger("qa")

BODY_LIMIT = 256 * 1024
_HEADER_LIMIT = 32 * 1024
_BODY_SECONDS = 8.0
_DRAIN_BYTES, _DRAIN_SECONDS, _DRAIN_IDLE_SECONDS = 64 << 20, 5.0, 1.0
_CLIENT_CLOSED = 499
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
_POLICY = (b"content-security-policy", PAGE_POLICY.encode())
_SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


@dataclass(frozen=True, slots=True)
class Guard:
    """The middleware; `is_served` says whether a Host header names this server."""

    app: ASGIApp
    metrics: Metrics
    is_served: Callable[[str], bool]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        started = time.perf_counter()
        with self.metrics.active.track_inprogress():
            inner = await exchange.run(self.app, self.is_served)
        seconds = time.perf_counter() - started
        self.metrics.request(scope["method"], _route(inner), exchange.status, seconds)


class _Exchange:
    """One request and its response."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._headers: dict[bytes, bytes] = dict(scope["headers"])
        self._request_id = _request_id(self._headers.get(b"x-request-id", b""))
        self._deadline = asyncio.get_running_loop().time() + _BODY_SECONDS
        self._chunked = b"transfer-encoding" in self._headers
        # Whether some of the body is still to come, and whether to hear the client out.
        self._due = self._chunked or self._headers.get(b"content-length", b"0") != b"0"
        self._drains = True
        self._received = 0
        self.status = _CLIENT_CLOSED
        self._started = False

    async def run(self, app: ASGIApp, is_served: Callable[[str], bool]) -> Scope:
        """Let the app answer, or answer in its place; return the scope as the app left it."""
        # HEAD is answered like GET; the server, and `send` below, leave the body out.
        method = "GET" if self._scope["method"] == "HEAD" else self._scope["method"]
        state = {**self._scope.get("state", {}), "request_id": self._request_id}
        inner = {**self._scope, "method": method, "state": state}
        try:
            self._check_head(is_served)
            await app(inner, self._receive_bounded, self._send_guarded)
        except Problem as problem:
            await self._end(problem)
        except ClientDisconnect:
            pass
        except Exception:
            log.exception("error: request %s failed", self._request_id)
            await self._end(Problem("internal", "an unexpected error ended this request"))
        return inner

    def _check_head(self, is_served: Callable[[str], bool]) -> None:
        if sum(len(n) + len(v) for n, v in self._scope["headers"]) > _HEADER_LIMIT:
            raise Problem("headers_too_large", f"the headers exceed {_HEADER_LIMIT} bytes")
        length = self._headers.get(b"content-length", b"0")
        if self._chunked and b"content-length" in self._headers:
            self._drains = False
            raise Problem("bad_request", "both Transfer-Encoding and Content-Length are given")
        if not length.isdigit() or len(length) > 18 or int(length) > BODY_LIMIT:
            raise _too_large()
        host = self._headers.get(b"host")
        if host is not None and not is_served(host.decode("latin-1")):
            raise Problem("misdirected", f"Host is {shown(host.decode('latin-1'), 80)}")

    async def _receive_bounded(self) -> Message:
        """Return the next message; raises Problem when the body is too long or too slow."""
        if not self._due:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            self._drains = False
            raise Problem(
                "timeout", f"the body did not arrive within {_BODY_SECONDS:g} s"
            ) from None
        self._due = message.get("more_body", False)
        self._received += len(message.get("body", b""))
        if self._received > BODY_LIMIT:
            raise _too_large()
        return message

    async def _send_guarded(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._started, self.status = True, message["status"]
            await self._send({**message, "headers": self._with_security(message["headers"])})
        elif message["type"] == "http.response.body":
            body = b"" if self._scope["method"] == "HEAD" else message.get("body", b"")
            last = not message.get("more_body", False)
            if last and self._due:
                await self._send({**message, "body": body, "more_body": True})
                await self._drain()
                body = b""
            await self._send({**message, "body": body})
        else:
            await self._send(message)

    def _with_security(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        extra = [*_SECURITY, (b"x-request-id", self._request_id.encode())]
        if not any(name == b"content-security-policy" for name, _ in headers):
            extra.append(_POLICY)
        if self._due:
            extra.append((b"connection", b"close"))
        return [*headers, *extra]

    async def _drain(self) -> None:
        """Read and drop what the client is still sending, within bounds."""
        loop = asyncio.get_running_loop()
        until, dropped = loop.time() + _DRAIN_SECONDS, 0
        while self._drains and self._due and dropped < _DRAIN_BYTES and loop.time() < until:
            try:
                async with asyncio.timeout(_DRAIN_IDLE_SECONDS):
                    message = await self._receive()
            except TimeoutError:
                return
            dropped += len(message.get("body", b""))
            self._due = message.get("more_body", False)

    async def _end(self, problem: Problem) -> None:
        """Answer with the problem, unless something was said already."""
        if not self._started:
            response = problem_response(problem, self._request_id)
            await response(self._scope, self._receive, self._send_guarded)


def _too_large() -> Problem:
    return Problem("too_large", f"the body exceeds {BODY_LIMIT // 1024} KiB")


def _request_id(given: bytes) -> str:
    """Return the client's id if it is harmless, else a fresh one."""
    return given.decode() if _REQUEST_ID.fullmatch(given) else os.urandom(8).hex()


def _route(scope: Scope) -> str:
    """Return the template of the route that answered; never the path, which anyone can vary."""
    return getattr(scope.get("route"), "path", None) or "unmatched"
