"""Group commit: what many pages have to write goes to the database in one transaction."""

import asyncio
import logging
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from batches import faults, journal, leases, results, spending
from batches.outcomes import HeldError
from batches.paid_calls import Call
from batches.results import Outcome

logger = logging.getLogger(__name__)

FULL = 64
TICK_S = 0.1
# While slots are free, waiting for company only delays the next call.
HURRY_S = 0.01
RECONNECT_S = 1.0


class Database:
    """One thread with one connection, so that the event loop never waits for the database."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="executor-database")

    async def run[T](self, function: Callable[..., T], *arguments: Any) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._call, function, arguments)

    async def persist[T](self, function: Callable[..., T], *arguments: Any) -> T:
        """Try until the database is back: for what must not be lost."""
        while True:
            try:
                return await self.run(function, *arguments)
            except (OperationalError, InterfaceError) as error:
                logger.warning("The database does not answer, trying again: %s", error)
                await asyncio.sleep(RECONNECT_S)

    def _call[T](self, function: Callable[..., T], arguments: tuple[Any, ...]) -> T:
        try:
            return function(*arguments)
        except (OperationalError, InterfaceError):
            connection.close()
            raise

    def close(self) -> None:
        self._thread.submit(connection.close)
        self._thread.shutdown()


@dataclass(slots=True)
class Writes:
    """What waits for the next commit."""

    # Calls that were refused when they were to be written down, and why.
    refused: dict[uuid.UUID, HeldError] = field(default_factory=dict)
    sent: list[tuple[Call, asyncio.Future[None]]] = field(default_factory=list)
    ended: list[Call] = field(default_factory=list)
    spoilt: list[uuid.UUID] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.sent) + len(self.ended) + len(self.spoilt) + len(self.outcomes)


class Committer:
    """Collects for a tick, or until there is enough, and writes all of it in one transaction."""

    def __init__(
        self, database: Database, in_hurry: Callable[[], bool], on_stored: Callable[[Outcome], None]
    ) -> None:
        self._database, self._in_hurry, self._on_stored = database, in_hurry, on_stored
        self._writes = Writes()
        self._some, self._full = asyncio.Event(), asyncio.Event()
        self._is_closing = False

    async def send(self, call: Call) -> None:
        """Returns once the call is in the journal and may be made; HeldError where it may not."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._writes.sent.append((call, done))
        self._touch()
        await done

    def end(self, call: Call) -> None:
        if call.completion:
            faults.strike("after_answer_before_commit")
        self._writes.ended.append(call)
        self._touch()

    def spoil(self, call_ids: list[uuid.UUID]) -> None:
        self._writes.spoilt.extend(call_ids)
        self._touch()

    def store(self, outcome: Outcome) -> None:
        faults.strike("before_result")
        self._writes.outcomes.append(outcome)
        self._touch()

    def close(self) -> None:
        """Write what is left, then end."""
        self._is_closing = True
        self._some.set()
        self._full.set()

    def _touch(self) -> None:
        self._some.set()
        if len(self._writes) >= FULL:
            self._full.set()

    async def run(self) -> None:
        while True:
            await self._some.wait()
            try:
                pause = HURRY_S if self._in_hurry() else TICK_S
                await asyncio.wait_for(self._full.wait(), pause)
            except TimeoutError:
                pass
            writes, self._writes = self._writes, Writes()
            if not self._is_closing:
                self._some.clear()
                self._full.clear()
            if len(writes):
                await self._commit(writes)
            elif self._is_closing:
                return

    async def _commit(self, writes: Writes) -> None:
        outcomes = await self._database.persist(commit, writes)
        faults.strike("after_commit")
        if writes.sent:
            faults.strike("after_journal_before_call")
        for call, done in writes.sent:
            if done.done():
                continue
            if call.id in writes.refused:
                done.set_exception(writes.refused[call.id])
            else:
                done.set_result(None)
        for outcome in outcomes:
            self._on_stored(outcome)


def commit(writes: Writes) -> list[Outcome]:
    """One transaction for everything; one bad page must not sink the others."""
    try:
        write(writes)
        return writes.outcomes
    except (OperationalError, InterfaceError):
        raise
    except (DatabaseError, ValueError):
        logger.exception("A group commit failed; writing its pages one by one")
    write(replace(writes, outcomes=[]))
    return [commit_alone(outcome) for outcome in writes.outcomes]


def commit_alone(outcome: Outcome) -> Outcome:
    try:
        # Whole or not at all, inside another transaction, too.
        with transaction.atomic():
            results.store([outcome])
    except (OperationalError, InterfaceError):
        raise
    except (DatabaseError, ValueError):
        logger.exception("The result of run %s can't be stored", outcome.claim.run_id)
        message = "The result could not be stored. Retry the page."
        outcome = Outcome(outcome.claim, "failed", code="internal", message=message)
        results.store([outcome])
    return outcome


def write(writes: Writes) -> None:
    calls = [call for call, _ in writes.sent] + writes.ended
    claims = [call.claim for call in calls] + [outcome.claim for outcome in writes.outcomes]
    with transaction.atomic():
        results.lock(claim.batch_id for claim in claims)
        refuse(writes)
        may_go = [call for call, _ in writes.sent if call.id not in writes.refused]
        writes.refused |= spending.enter(may_go, writes.ended)
        journal.write(call for call, _ in writes.sent if call.id not in writes.refused)
        journal.complete(writes.ended)
        if writes.spoilt:
            journal.spoil(writes.spoilt)
        results.store(writes.outcomes, [journal.entry(call) for call in writes.ended if call.was_sent])
        faults.strike("inside_commit")


def refuse(writes: Writes) -> None:
    """Who lost the page, or works for a batch that was paused or cancelled, buys nothing any more."""
    claims = {call.claim.run_id: call.claim for call, _ in writes.sent}
    writes.refused.clear()
    if not claims:
        return
    lost, still = leases.watch(list(claims), [claim.token for claim in claims.values()])
    held = (call.id for call, _ in writes.sent if call.claim.run_id in lost | still)
    writes.refused.update((call, HeldError()) for call in held)
