"""Turns: the engine's work, in order of arrival, between two turns of the event loop.

A call is one to three milliseconds of pure computation. A thread would add a fifth of one to each
and gain nothing under one interpreter lock; run where the request is handled, a burst of requests
would hold up everything else for as long as all of them take. So the calls queue, and after a call
the loop gets to run before the next: a probe waits for one call, not for all. When the loop itself
is busy, say with turning requests away, the calls get as much time as it took, within a bound, so
that the work that was accepted still gets done.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from qa.serving.problems import Problem

T = TypeVar("T")
_MOST_SECONDS = 0.005


class Turns:
    """A bounded queue of calls; what does not fit in is turned away at once."""

    def __init__(self, most_waiting: int) -> None:
        self.most_waiting = most_waiting
        self._queue: deque[tuple[asyncio.Future[Any], Callable[[], Any]]] = deque()
        self._left = 0.0

    @property
    def waiting(self) -> int:
        """How many calls wait for their turn."""
        return len(self._queue)

    async def run(self, work: Callable[[], T]) -> T:
        """Return what the work returns, in its turn; raises Problem when too many wait."""
        if len(self._queue) >= self.most_waiting:
            raise Problem("overloaded", f"{len(self._queue)} requests are waiting already")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        if not self._queue:
            self._left = time.perf_counter()
            loop.call_soon(self._take_turns, loop)
        self._queue.append((done, work))
        return await done

    def _take_turns(self, loop: asyncio.AbstractEventLoop) -> None:
        """Do one call, or as many as fit into the time that the loop took for all else."""
        now = time.perf_counter()
        until = now + min(now - self._left, _MOST_SECONDS)
        while self._queue:
            self._do(*self._queue.popleft())
            self._left = time.perf_counter()
            if self._left >= until:
                break
        if self._queue:
            loop.call_soon(self._take_turns, loop)

    @staticmethod
    def _do(done: asyncio.Future[Any], work: Callable[[], Any]) -> None:
        if done.cancelled():
            return
        try:
            done.set_result(work())
        except Exception as error:
            done.set_exception(error)
