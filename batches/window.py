"""How many calls are under way at once, and whose turn it is when one ends.

Organizations take turns by deficit round robin: each turn is worth the same number of tokens, so that one
with long pages gets no more than one with short ones. A closed gate or a full project holds up no other.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from batches.gates import Gate

# Tokens a turn; about one call's.
QUANTUM = 4000.0


@dataclass(slots=True, eq=False)
class Waiter:
    ready: asyncio.Future[None]
    tokens: int


@dataclass(slots=True, eq=False)
class Lane:
    """The waiting calls of one project, all through the same gate."""

    organization_id: str
    project_id: str
    gate: Gate
    concurrency: int = 1
    credit: float = 0.0
    waiters: deque[Waiter] = field(default_factory=deque)


class Window:
    """A slot is held for the time of one call only, so that a page's checks and commits keep none busy."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.calls = 0
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._turns: deque[Lane] = deque()
        self._by_project: Counter[str] = Counter()
        self._by_organization: Counter[str] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def has_room(self) -> bool:
        return self.calls < self.size

    @property
    def waiting(self) -> int:
        return sum(len(lane.waiters) for lane in self._turns)

    @asynccontextmanager
    async def slot(
        self, organization_id: str, project_id: str, concurrency: int, gate: Gate, tokens: int
    ) -> AsyncIterator[None]:
        lane = self._lanes.get((project_id, gate.id))
        if lane is None:
            lane = self._lanes[project_id, gate.id] = Lane(organization_id, project_id, gate)
        lane.concurrency = concurrency
        await self._enter(lane, tokens)
        try:
            yield
        finally:
            self._leave(lane)

    async def _enter(self, lane: Lane, tokens: int) -> None:
        waiter = Waiter(asyncio.get_running_loop().create_future(), tokens)
        if not lane.waiters:
            self._turns.append(lane)
            self._by_organization[lane.organization_id] += 1
        lane.waiters.append(waiter)
        self.pump()
        try:
            await waiter.ready
        except asyncio.CancelledError:
            if waiter in lane.waiters:
                lane.waiters.remove(waiter)
                self._close_if_empty(lane)
            elif not waiter.ready.cancelled():
                # It was let in at the very moment it was given up.
                self._leave(lane)
            raise

    def _leave(self, lane: Lane) -> None:
        self.calls -= 1
        self._by_project[lane.project_id] -= 1
        lane.gate.leave()
        self.pump()

    def pump(self) -> None:
        """Let in whoever may; where only time can tell, look again then."""
        soonest, blocked = float("inf"), 0
        while self.has_room and blocked < len(self._turns):
            lane = self._turns[0]
            self._turns.rotate(-1)
            lane.credit += QUANTUM / self._by_organization[lane.organization_id]
            wait_s = self._serve(lane)
            if wait_s is None:
                blocked = 0
            else:
                blocked += 1
                soonest = min(soonest, wait_s)
        self._look_again(soonest)

    def _serve(self, lane: Lane) -> float | None:
        """Let in what the lane's credit pays for; the seconds it has to wait, None where it need not."""
        while lane.waiters and self.has_room:
            waiter = lane.waiters[0]
            if waiter.ready.cancelled():
                lane.waiters.popleft()
                continue
            if self._by_project[lane.project_id] >= lane.concurrency:
                return self._block(lane, float("inf"))
            if (wait_s := lane.gate.wait_s(waiter.tokens)) > 0:
                return self._block(lane, wait_s)
            if lane.credit < waiter.tokens:
                return None
            lane.credit -= waiter.tokens
            lane.waiters.popleft()
            self._by_project[lane.project_id] += 1
            self.calls += 1
            lane.gate.enter(waiter.tokens)
            waiter.ready.set_result(None)
        self._close_if_empty(lane)
        return None

    def _block(self, lane: Lane, wait_s: float) -> float:
        # Turns that could not be taken are not saved up.
        lane.credit = 0.0
        return wait_s

    def _close_if_empty(self, lane: Lane) -> None:
        if not lane.waiters and lane in self._turns:
            self._turns.remove(lane)
            self._by_organization[lane.organization_id] -= 1
            lane.credit = 0.0

    def _look_again(self, wait_s: float) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if wait_s < float("inf"):
            # A closed key may be opened by another worker's word, so none is waited for long.
            self._timer = asyncio.get_running_loop().call_later(min(wait_s, 0.5), self.pump)
