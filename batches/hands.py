"""The pages in an executor's hands: every lease that is not yet committed, with its task while that runs."""

import asyncio
from collections.abc import Iterable

from batches import faults, queue
from batches.attempts import Attempt
from batches.claims import Claim
from batches.committer import Database


class Hands:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._claims: dict[int, Claim] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._attempts: dict[int, Attempt] = {}

    def __len__(self) -> int:
        return len(self._claims)

    @property
    def claims(self) -> list[Claim]:
        return list(self._claims.values())

    @property
    def batches(self) -> set[str]:
        return {claim.batch_id for claim in self._claims.values()}

    def take(self, claims: Iterable[Claim]) -> None:
        for claim in claims:
            self._claims[claim.run_id] = claim

    def work_on(self, claim: Claim, task: "asyncio.Task[None]") -> None:
        self._tasks[claim.run_id] = task

    def begin(self, attempt: Attempt) -> None:
        self._attempts[attempt.claim.run_id] = attempt

    def end(self, claim: Claim) -> None:
        """The attempt is over; the lease stays until its outcome is committed."""
        self._attempts.pop(claim.run_id, None)

    def rest(self, claim: Claim) -> None:
        self.end(claim)
        self._tasks.pop(claim.run_id, None)

    def holds(self, claim: Claim) -> bool:
        return self._claims.get(claim.run_id) == claim

    def drop(self, claim: Claim) -> None:
        """Its outcome is committed."""
        if self.holds(claim):
            del self._claims[claim.run_id]

    def is_calling(self, claim: Claim) -> bool:
        attempt = self._attempts.get(claim.run_id)
        # Without an attempt its outcome is on its way to the database.
        return attempt is None or attempt.is_calling

    async def let_go(self, claims: Iterable[Claim]) -> list[Claim]:
        """End the tasks of these pages; those that had one."""
        ended = []
        for claim in claims:
            task = self._tasks.get(claim.run_id)
            if task and self.holds(claim):
                task.cancel()
                ended.append(claim)
        running = [self._tasks[c.run_id] for c in ended if c.run_id in self._tasks]
        await asyncio.gather(*running, return_exceptions=True)
        for claim in ended:
            self._claims.pop(claim.run_id, None)
        return ended

    async def hand_back(self, claims: Iterable[Claim]) -> None:
        """Release the leases of those that are not committed, so that another worker can go on at once."""
        ended = await self.let_go(claims)
        if ended:
            await self._database.persist(queue.release, ended)
            faults.strike("after_release")
