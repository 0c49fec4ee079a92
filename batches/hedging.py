"""A second call where the first is very slow, once nothing else waits; the first good answer wins.

Most of what a batch loses at its end is the wait for a few slow calls.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from batches.gates import Gate
from batches.paid_calls import Call
from batches.window import Window
from optimizer.types import Completion

# Of all calls with this key; the second calls of a run never cost more.
BUDGET = 0.02
LOOK_S = 0.25


def is_free(window: Window, gate: Gate) -> bool:
    """Whether a second call would take nobody's place and the budget has room for it."""
    return window.has_room and not window.waiting and gate.hedges < max(1, BUDGET * gate.calls)


def start(gate: Gate, first: Call, second: Call) -> None:
    """Count it; whichever is given up says so in the journal."""
    gate.hedges += 1
    first.given_up = second.given_up = "hedged"


async def race(
    first: Callable[[], Coroutine[Any, Any, Completion]],
    second: Callable[[], Coroutine[Any, Any, Completion]],
    hedge_in_s: Callable[[], float | None],
    on_start: Callable[[], None],
) -> Completion:
    """The first good answer of one call, or of two where the first one dawdles."""
    tasks = {asyncio.create_task(first())}
    try:
        await _until_slow(next(iter(tasks)), hedge_in_s)
        if not any(task.done() for task in tasks):
            on_start()
            tasks.add(asyncio.create_task(second()))
        return await _first_good(tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _until_slow(task: "asyncio.Task[Completion]", hedge_in_s: Callable[[], float | None]) -> None:
    while not task.done() and (wait_s := hedge_in_s()) != 0:
        await asyncio.wait({task}, timeout=LOOK_S if wait_s is None else wait_s)


async def _first_good(pending: "set[asyncio.Task[Completion]]") -> Completion:
    while True:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        good = [task for task in done if not task.exception()]
        if good or not pending:
            return (good or list(done))[0].result()
