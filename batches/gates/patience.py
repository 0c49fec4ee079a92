"""How long an answer may take, learned from those that came: a hung call is given up while there is time."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

SAMPLES, ENOUGH = 200, 20
# An answer that takes four times as long as nineteen of twenty others will not come any more.
GIVE_UP, HEDGE = 4.0, 3.0
LEAST_S = 6.0
LEAST_HEDGE_S = 2.0
LONGER_FROM, PATIENT_FROM = 3, 5


class Waiting(NamedTuple):
    """A call under way, as it was begun."""

    began: float
    max_output_tokens: int
    most_s: float
    attempt: int


class Patience:
    """Calls are alike whose answers may be about as long."""

    def __init__(self) -> None:
        self._samples: dict[int, deque[float]] = {}
        self._waiting: dict[asyncio.Timeout, Waiting] = {}

    def note(self, max_output_tokens: int, seconds: float) -> None:
        size = max_output_tokens.bit_length()
        samples = self._samples.setdefault(size, deque(maxlen=SAMPLES))
        samples.append(seconds)
        if len(samples) == ENOUGH:
            # Those that began when nothing was known need not wait for all the time there is.
            for timeout, call in self._waiting.items():
                timeout.reschedule(call.began + self.limit_s(*call[1:]))

    @asynccontextmanager
    async def deadline(self, max_output_tokens: int, most_s: float, attempt: int) -> AsyncIterator[None]:
        """Give up what is inside after `limit_s`; raises TimeoutError."""
        call = Waiting(asyncio.get_running_loop().time(), max_output_tokens, most_s, attempt)
        async with asyncio.timeout(self.limit_s(*call[1:])) as timeout:
            self._waiting[timeout] = call
            try:
                yield
            finally:
                del self._waiting[timeout]

    def limit_s(self, max_output_tokens: int, most_s: float, attempt: int = 1) -> float:
        """Seconds for this try: the first ones give a hung call up early, the last has all there is."""
        slow = self._slow(max_output_tokens)
        if slow is None or attempt >= PATIENT_FROM:
            return most_s
        return min(most_s, max(LEAST_S, GIVE_UP * slow) * (1 if attempt < LONGER_FROM else 2))

    def hedge_after_s(self, max_output_tokens: int) -> float | None:
        """When a second call may be worth its price; None as long as too little is known."""
        slow = self._slow(max_output_tokens)
        return None if slow is None else max(LEAST_HEDGE_S, HEDGE * slow)

    def _slow(self, max_output_tokens: int) -> float | None:
        samples = self._samples.get(max_output_tokens.bit_length(), ())
        return sorted(samples)[len(samples) * 19 // 20] if len(samples) >= ENOUGH else None
