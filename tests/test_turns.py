import asyncio
import time

import pytest

from qa.serving.problems import Problem
from qa.serving.turns import Turns


def test_calls_are_done_in_order_of_arrival() -> None:
    async def run() -> list[int]:
        turns, done = Turns(10), list[int]()
        await asyncio.gather(*(turns.run(lambda n=n: done.append(n)) for n in range(10)))  # type: ignore[misc]
        return done

    assert asyncio.run(run()) == list(range(10))


def test_what_does_not_fit_is_turned_away_at_once() -> None:
    async def run() -> list[object]:
        turns = Turns(3)
        return await asyncio.gather(
            *(turns.run(lambda: "done") for _ in range(5)), return_exceptions=True
        )

    results = asyncio.run(run())
    assert results[:3] == ["done"] * 3
    assert [r.code for r in results[3:] if isinstance(r, Problem)] == ["overloaded"] * 2


def test_an_error_goes_to_its_caller_alone() -> None:
    async def run() -> list[object]:
        turns = Turns(3)
        calls = (lambda: 1, lambda: 1 // 0, lambda: 2)
        return await asyncio.gather(*map(turns.run, calls), return_exceptions=True)

    first, second, third = asyncio.run(run())
    assert (first, third) == (1, 2)
    assert isinstance(second, ZeroDivisionError)


def test_a_caller_that_gave_up_costs_nothing() -> None:
    async def run() -> bool:
        turns, called = Turns(3), list[int]()
        task = asyncio.ensure_future(turns.run(lambda: called.append(1)))
        other = asyncio.ensure_future(turns.run(lambda: None))
        await asyncio.sleep(0)
        task.cancel()
        await other
        return not called or task.cancelled()

    assert asyncio.run(run())


def test_the_loop_runs_between_two_calls() -> None:
    """What a probe sees while many calls wait is the length of one call, not of all."""

    async def run() -> float:
        turns = Turns(100)
        calls = [asyncio.ensure_future(turns.run(lambda: time.sleep(0.005))) for _ in range(50)]
        worst = 0.0
        while not all(call.done() for call in calls):
            started = time.perf_counter()
            await asyncio.sleep(0)
            worst = max(worst, time.perf_counter() - started)
        return worst

    assert asyncio.run(run()) < 0.1


@pytest.mark.parametrize("waiting", [0, 1])
def test_how_many_wait_is_known(waiting: int) -> None:
    async def run() -> int:
        turns = Turns(3)
        tasks = [asyncio.ensure_future(turns.run(lambda: None)) for _ in range(waiting)]
        await asyncio.sleep(0)
        seen = turns.waiting
        await asyncio.gather(*tasks)
        return seen

    assert asyncio.run(run()) == waiting
