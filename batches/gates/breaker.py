"""Stops asking a provider that is down, and looks after a while with one call whether it is back."""

import random
import time
from collections import deque

RECENT, MOST = 20, 10
FIRST_REST_S, LONGEST_REST_S = 1.0, 30.0


class Breaker:
    def __init__(self) -> None:
        self.open_until = 0.0
        self.is_closed = True
        self._recent: deque[bool] = deque(maxlen=RECENT)
        self._rests = 0

    def succeed(self) -> bool:
        """Whether this good answer ended an outage."""
        self._recent.append(False)
        if self.is_closed:
            return False
        self.is_closed, self._rests, self.open_until = True, 0, 0.0
        self._recent.clear()
        return True

    def fail(self) -> None:
        """One failure of the provider; too many of late, or one of the call that looks, and it rests."""
        self._recent.append(True)
        now = time.monotonic()
        # Calls that were under way when it opened say nothing new.
        if now < self.open_until or (self.is_closed and sum(self._recent) < MOST):
            return
        longest = min(LONGEST_REST_S, FIRST_REST_S * 2.0**self._rests)
        self._rests += 1
        self.trip(now + longest * random.uniform(0.5, 1.0))  # noqa: S311

    def trip(self, until: float) -> None:
        """Rest until then; also on another worker's word."""
        self.is_closed, self.open_until = False, max(self.open_until, until)
