"""Runs the app: binds the port first, says where, serves until it is told to stop."""

import contextlib
import errno
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator

import uvicorn

from qa.engine import Engine
from qa.errors import ConfigError
from qa.indexing import generations
from qa.serving.api import create_app
from qa.serving.connection import KEEP_ALIVE_SECONDS, Connection
from qa.settings import Settings

# Requests in progress get this long to end; a stop as a whole stays well under ten.
_GRACE_SECONDS = 3
_BACKLOG = 1024
# The page's address line holds the conversation: up to 21 questions of 1 000 characters.
_HEAD_BYTES = 256 * 1024


def serve(settings: Settings, open_engine: Callable[[], Engine]) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises ConfigError when the address cannot be had, and InputMissing or IndexCorrupt when the
    index that was named is not there: that is better told at once than behind an open port.
    """
    if settings.index is not None:
        generations.current(settings.index)
    sockets = bind(settings.host, settings.port)
    server = uvicorn.Server(_config(settings, open_engine))
    # uvicorn raises the signal again once it has stopped; by then it is answered.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.handle_exit)
    _say(f"serving on {_url(settings.host, sockets[0])} (Ctrl-C stops)")
    server.run(sockets)


def bind(host: str, port: int) -> list[socket.socket]:
    """Return listening sockets, one for each address of the host; port 0 picks a free one.

    They listen from here on, so that no request is lost while the index loads.
    """
    bound: list[socket.socket] = []
    try:
        for family, address in _addresses(host, port):
            chosen = bound[0].getsockname()[1] if bound else port
            with _unless_absent(bool(bound)):
                bound.append(_listen(family, address, chosen))
    except (OSError, UnicodeError) as error:
        for one in bound:
            one.close()
        reason = getattr(error, "strerror", None) or "not a host name"
        raise ConfigError(
            f"cannot serve on {host}:{port}: {reason}",
            "choose another with --host and --port (QA_HOST, QA_PORT), or stop what uses it",
        ) from None
    return bound


@contextlib.contextmanager
def _unless_absent(tolerated: bool) -> Iterator[None]:
    """Pass over an address that this machine lacks (often ::1 for localhost), if tolerated."""
    try:
        yield
    except OSError as error:
        if not (tolerated and error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)):
            raise


def _addresses(host: str, port: int) -> list[tuple[int, str]]:
    """Return the families and addresses of the host that this machine can bind."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    named = {(int(family), str(where[0])) for family, _, _, _, where in found}
    # IPv4 first: it is what is printed and what most clients try.
    return sorted(named, key=lambda one: (one[0] != socket.AF_INET, one[1]))


def _listen(family: int, address: str, port: int) -> socket.socket:
    # Named TCP, because asyncio switches Nagle's delay (40 ms a response) off only then.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _config(settings: Settings, open_engine: Callable[[], Engine]) -> uvicorn.Config:
    # Our own log says what went wrong; uvicorn's lines would tell of every malformed request, and
    # its access log would hold the questions of the page's address line.
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
    return uvicorn.Config(
        create_app(open_engine, settings.host),
        http=Connection,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        h11_max_incomplete_event_size=_HEAD_BYTES,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


def _url(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _say(line: str) -> None:
    """Print a line on stderr; a closed stderr must not stop the server."""
    with contextlib.suppress(OSError, ValueError):
        if sys.stderr is not None:
            print(line, file=sys.stderr, flush=True)
