import asyncio
import contextlib

import pytest

from batches import window as window_module
from batches.gates import Gate
from batches.window import Window


class Calls:
    """Keeps calls open and notes in which order they were let in."""

    def __init__(self, window):
        self.window, self.order, self.tasks = window, [], []
        self.ends = asyncio.Semaphore(0)

    def ask(self, organization, count=1, project=None, gate=None, concurrency=100, tokens=1000):
        for _ in range(count):
            self.tasks.append(
                asyncio.create_task(
                    self._call(organization, project or organization, gate or GATES[0], concurrency, tokens)
                )
            )

    async def _call(self, organization, project, gate, concurrency, tokens):
        async with self.window.slot(organization, project, concurrency, gate, tokens):
            self.order.append(organization)
            await self.ends.acquire()

    async def end(self, count=1):
        for _ in range(count):
            self.ends.release()
            await asyncio.sleep(0.001)

    async def stop(self):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


GATES = []


@pytest.fixture
async def calls():
    GATES[:] = [Gate("a"), Gate("b")]
    for gate in GATES:
        gate._most = 1e9
    calls = Calls(Window(4))
    yield calls
    await calls.stop()
    assert calls.window.calls == 0


async def test_window_holds_no_more_than_its_size(calls):
    calls.ask("acme", 10)
    await asyncio.sleep(0.01)

    assert (len(calls.order), calls.window.calls, calls.window.waiting) == (4, 4, 6)


async def test_organizations_take_turns_however_many_calls_wait(calls):
    calls.ask("large", 40)
    await asyncio.sleep(0.01)
    calls.ask("small", 3)
    await asyncio.sleep(0.01)

    await calls.end(30)

    assert calls.order.count("small") == 3
    assert "small" in calls.order[4:10]


async def test_long_calls_get_fewer_turns_than_short_ones(calls, monkeypatch):
    monkeypatch.setattr(window_module, "QUANTUM", 1000)
    calls.ask("warm", 4)
    await asyncio.sleep(0.01)
    calls.ask("long", 40, tokens=4000)
    calls.ask("short", 40, tokens=1000)
    await asyncio.sleep(0.01)

    await calls.end(24)

    assert calls.order.count("short") >= 3 * calls.order.count("long")


async def test_closed_key_holds_up_no_other(calls):
    GATES[0].close(60)
    calls.ask("acme", 10)
    calls.ask("bobs", 2, gate=GATES[1])
    await asyncio.sleep(0.01)

    assert calls.order == ["bobs", "bobs"]


async def test_full_project_holds_up_no_other(calls):
    calls.ask("acme", 10, concurrency=1)
    calls.ask("acme", 2, project="another")
    await asyncio.sleep(0.01)

    assert len(calls.order) == 3


async def test_calls_go_on_once_a_key_opens(calls):
    GATES[0].close(0.2)
    calls.ask("acme", 2)
    await asyncio.sleep(0.1)
    early = len(calls.order)
    await asyncio.sleep(0.3)

    assert (early, len(calls.order)) == (0, 2)


async def test_waiting_call_that_is_given_up_takes_no_slot(calls):
    calls.ask("acme", 6)
    await asyncio.sleep(0.01)
    calls.tasks[4].cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await calls.tasks[4]

    await calls.end(2)

    assert (len(calls.order), calls.window.waiting) == (5, 0)
