"""A token bucket that holds little, so that what is sent is spread over the second."""

import math
import time

# Of one second's rate. A provider counts by small windows too, so no burst is worth a refusal.
HOLDS_S = 0.03


class Bucket:
    """Without a rate it lets everything pass."""

    def __init__(self, rate: float = math.inf) -> None:
        self.rate = rate
        self._level, self._filled_at = 1.0, time.monotonic()

    def set_rate(self, rate: float) -> None:
        self._fill()
        self.rate = rate
        self._level = min(self._level, self._capacity)

    def wait_s(self, amount: float) -> float:
        """Seconds until this much may be taken. More than it holds is taken from a full bucket, on credit."""
        if self.rate == math.inf:
            return 0.0
        self._fill()
        lack = min(amount, self._capacity) - self._level
        # What rounding leaves is no reason to wait.
        return lack / self.rate if lack > 1e-6 else 0.0

    def take(self, amount: float) -> None:
        # Calls that were let through because there was plenty leave no debt behind.
        self._level = max(self._level - amount, -amount)

    def give_back(self, amount: float) -> None:
        """What was taken and not used, or, below zero, used beyond what was taken."""
        self._fill()
        self._level = min(self._capacity, self._level + amount)

    def drain(self) -> None:
        self._level = min(self._level, 0.0)

    @property
    def _capacity(self) -> float:
        return max(1.0, self.rate * HOLDS_S)

    def _fill(self) -> None:
        now = time.monotonic()
        if self.rate != math.inf:
            self._level = min(self._capacity, self._level + (now - self._filled_at) * self.rate)
        self._filled_at = now
