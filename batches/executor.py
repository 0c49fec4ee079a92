"""The executor: keeps a window of calls full, and starts the next page as one ends.

It claims ahead, so that the next pages are prepared and in the journal when a slot gets free; it renews
its leases until their results are committed; it hands back what it can't finish.
"""

import asyncio
import contextlib
import logging
import os
import socket
import sys
import time
import uuid
from collections.abc import Callable

from django.conf import settings

from batches import attempts, faults, queue, wakeups
from batches.attempts import Attempt
from batches.claims import Claim
from batches.committer import Committer, Database
from batches.contexts import Context, Pool
from batches.gates import Gate, board
from batches.gates.board import Board
from batches.hands import Hands
from batches.results import Outcome
from batches.turns import Turns
from batches.window import Window
from nimbus import logs

logger = logging.getLogger(__name__)

TICK_S = 0.05
# How often an idle executor looks for work, and how long it does so before it ends.
LOOK_S = 0.25
LINGER_S = 1.0
# A page that is back sooner than this is waited for.
SHORT_WAIT_S = 10.0
WATCH_S = 2.0
FIRST_CLAIM = 32
# The database's thread asks for the interpreter after each of its statements. Where answers come in crowds
# it would wait the usual five milliseconds each time, and a group commit has dozens.
SWITCH_S = 0.001
# Calls under way get this long to end when the worker is told to stop.
GRACE_S = 20.0
# A run whose pages wait for a provider hands them back when its time is over.
OVERTIME_S = 3.0
CONTEXT_AGE_S = 10.0
# Pages of a key that is closed for longer than this go back, so that other keys' pages can be claimed.
HOLD_S = 2.0


def run(worker: str, window: int, run_s: float, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Work until the queue is dry or the time is up; pages stored."""
    sys.setswitchinterval(SWITCH_S)
    return asyncio.run(Executor(worker, window, should_stop).run(run_s))


def worker_id() -> str:
    """A new one for every run, so that a worker never takes an earlier life's lease for its own."""
    return f"{socket.gethostname()[:30]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


class Executor:
    def __init__(self, worker: str, window: int, should_stop: Callable[[], bool]) -> None:
        self.worker, self._should_stop = worker, should_stop
        self._window, self._turns = Window(window), Turns()
        self._database = Database()
        self._committer = Committer(self._database, lambda: self._window.has_room, self._stored)
        # Half as many again as can be called at once wait, prepared and in the journal.
        self._capacity = window + max(2, window // 2)
        self._freed = asyncio.Event()
        self._hands = Hands(self._database)
        self._contexts: dict[str, Context] = {}
        self._pool = Pool()
        self._board = Board(settings.REDIS_URL, worker)
        # One suspect at a time, so that a death has one cause.
        self._quarantine = asyncio.Lock()
        self._stored_count = 0
        self._wait_until = 0.0

    async def run(self, run_s: float) -> int:
        deadline = time.monotonic() + run_s
        committer = asyncio.create_task(self._committer.run())
        watchers = [asyncio.create_task(watch()) for watch in (self._watch, self._share)]
        try:
            await self._work(deadline, committer)
        finally:
            for watcher in watchers:
                watcher.cancel()
            await self._hands.hand_back(self._hands.claims)
            self._committer.close()
            for error in await asyncio.gather(committer, *watchers, return_exceptions=True):
                if isinstance(error, Exception):
                    logger.error("The executor lost a part of itself", exc_info=error)
            await self._close()
        return self._stored_count

    async def _work(self, deadline: float, committer: "asyncio.Task[None]") -> None:
        idle_since, next_claim = time.monotonic(), 0.0
        while not committer.done():
            now = time.monotonic()
            if self._should_stop() or now >= deadline + OVERTIME_S:
                await self._stop()
                return
            is_over = now >= deadline
            if not is_over and now >= next_claim and self._has_place():
                got = await self._claim()
                next_claim = time.monotonic() + (0 if got else LOOK_S)
            if self._hands:
                idle_since = time.monotonic()
            elif is_over or time.monotonic() > max(idle_since + LINGER_S, self._wait_until):
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._freed.wait(), TICK_S)
            self._freed.clear()

    def _has_place(self) -> bool:
        """Whether a claim is worth its transaction: for many pages, or for a window that is not full."""
        places = self._capacity - len(self._hands)
        return places > self._capacity // 8 or (places > 0 and self._window.has_room)

    async def _claim(self) -> int:
        # The first ones are few, so that their calls begin while the next are claimed and prepared.
        room = min(self._capacity - len(self._hands), max(FIRST_CLAIM, len(self._hands)))
        claims = await self._database.persist(
            queue.claim, self.worker, room, self._held_back(), self._on_probation()
        )
        faults.strike("after_claim")
        self._hands.take(claims)
        await self._load({claim.batch_id for claim in claims})
        for claim in claims:
            self._hands.work_on(claim, asyncio.create_task(self._process(claim)))
        return len(claims)

    async def _load(self, batch_ids: set[str]) -> None:
        """The brief, the provider and the concurrency of these batches, no older than some seconds."""
        for batch_id in batch_ids:
            context = self._contexts.get(batch_id)
            if context and time.monotonic() - context.loaded_at < CONTEXT_AGE_S:
                continue
            try:
                context = await self._database.persist(self._pool.load, batch_id)
                if context.choice.is_paid and not context.gate.calls:
                    # Another worker may know that it is closed, or how fast it may be asked.
                    await self._board.sync([context.gate], 0)
                self._contexts[batch_id] = context
            except Exception:
                # A key that can't be decrypted, for one; its pages say so, and other batches go on.
                self._contexts.pop(batch_id, None)
                logger.exception("Batch %s can't be prepared", batch_id)

    async def _process(self, claim: Claim) -> None:
        logs.speak_of(batch_id=claim.batch_id, organization_id=claim.organization_id)
        context = self._contexts.get(claim.batch_id)
        if context is None:
            self._hands.rest(claim)
            self._committer.store(attempts.stumble(claim))
            return
        attempt = Attempt(claim, context, self._window, self._turns, self._committer, self._database)
        self._hands.begin(attempt)
        try:
            async with self._quarantine if claim.is_suspect else contextlib.nullcontext():
                if claim.is_suspect:
                    await self._database.persist(queue.isolate, claim.run_id, claim.token)
                self._committer.store(await attempt.run())
                self._hands.end(claim)
                while claim.is_suspect and self._hands.holds(claim):
                    # Until it is committed, a death would still be laid at its door.
                    await asyncio.sleep(TICK_S)
        finally:
            self._hands.rest(claim)

    def _stored(self, outcome: Outcome) -> None:
        """Called once the outcome is committed."""
        self._hands.drop(outcome.claim)
        self._freed.set()
        self._stored_count += outcome.status != "queued"
        if outcome.status == "queued" and outcome.delay_s < SHORT_WAIT_S and not outcome.pause_reason:
            self._wait_until = max(self._wait_until, time.monotonic() + outcome.delay_s + LOOK_S * 2)

    async def _watch(self) -> None:
        """Keep the leases alive, and let go of pages that were taken away, cancelled or paused."""
        renewed_at = time.monotonic()
        while True:
            await asyncio.sleep(min(WATCH_S, settings.LEASE_S / 3))
            held = self._hands.claims
            if not held:
                continue
            ids, tokens = [c.run_id for c in held], [c.token for c in held]
            if time.monotonic() - renewed_at >= settings.LEASE_S / 3:
                await self._database.persist(queue.renew, ids, tokens)
                renewed_at = time.monotonic()
            lost, paused = await self._database.persist(queue.watch, ids, tokens)
            await self._hands.let_go([c for c in held if c.run_id in lost])
            back = set(self._held_back())
            waiting = [c for c in held if c.run_id in paused or c.batch_id in back]
            await self._hands.hand_back([c for c in waiting if not self._hands.is_calling(c)])

    async def _share(self) -> None:
        """Tell the other workers about our gates, and hear about theirs."""
        try:
            while True:
                await asyncio.sleep(board.SYNC_S)
                await self._board.sync(self._paid_gates(), self._window.waiting)
                self._window.pump()
        finally:
            # The next run begins with what this one knows.
            await self._board.sync(self._paid_gates(), 0)

    def _paid_gates(self) -> list[Gate]:
        return [gate for choice, gate in self._pool.gates.items() if choice.is_paid]

    def _held_back(self) -> list[str]:
        """Batches whose key is closed for a while; nothing of them is claimed."""
        closed = {b: c.gate.closed_s for b, c in self._contexts.items() if c.gate.closed_s > HOLD_S}
        if closed:
            # Their pages are waited for, rather than asked for in run after run.
            self._wait_until = max(self._wait_until, time.monotonic() + max(closed.values()) + LOOK_S)
        probing = self._on_probation() & self._hands.batches
        return [*closed, *probing]

    def _on_probation(self) -> set[str]:
        """Batches whose provider was down and gets its first calls again: a few pages find out."""
        return {b for b, c in self._contexts.items() if not c.gate.breaker.is_closed}

    async def _stop(self) -> None:
        """The worker is told to end: hand back what waits, give calls under way a while."""
        logger.info("Executor %s stops with %s pages in hand", self.worker, len(self._hands))
        await self._hands.hand_back([c for c in self._hands.claims if not self._hands.is_calling(c)])
        end = time.monotonic() + GRACE_S
        while self._hands and time.monotonic() < end:
            await asyncio.sleep(TICK_S)

    async def _close(self) -> None:
        await self._pool.aclose()
        await self._board.aclose()
        try:
            if await self._database.run(queue.has_work):
                wakeups.send()
        except Exception:
            # The sweep offers it again.
            logger.exception("The next run could not be asked for")
        self._database.close()
