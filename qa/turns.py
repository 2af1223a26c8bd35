"""Turns: the engine's work, one call at a time, between two turns of the event loop.

A call is one to three milliseconds of pure computation. A thread would add a fifth of one to each
and gain nothing under one interpreter lock; run straight in the loop, a burst of requests would
hold up everything else for as long as all of them take. So the calls queue, and between two of them
the loop runs once: a probe waits for at most one call.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from qa.problems import Problem

T = TypeVar("T")


class Turns:
    """A bounded queue of calls; what does not fit in is turned away at once."""

    def __init__(self, most_waiting: int) -> None:
        self.most_waiting = most_waiting
        self.waiting = 0
        self._free = asyncio.Lock()

    async def run(self, work: Callable[[], T]) -> T:
        """Return what the work returns, in order of arrival; raises Problem when too many wait."""
        if self.waiting >= self.most_waiting:
            raise Problem("overloaded", f"{self.waiting} requests are waiting already")
        self.waiting += 1
        try:
            async with self._free:
                await asyncio.sleep(0)
                return work()
        finally:
            self.waiting -= 1
