"""Finds the speed of a provider from its refusals alone: growth in small steps, a cut once refusals speak.

A lone refusal says nothing; answering each with a pause of the whole key costs nearly all throughput.
"""

import math
import time
from collections import deque

RECENT = 100
# Refusals speak from this share on; below the second one the pace may grow again.
LOUD, QUIET = 0.12, 0.03
# One that happens to come among the first answers is still a lone one.
GRACE = 1
LARGEST_CUT = 0.7
FAST_GROWTH, SLOW_GROWTH = 1.25, 1.04
NEAR, LOWER = 0.8, 0.9
GROW_EVERY_S = 0.5
# Refusals of calls that were sent before a cut are no verdict on it.
DEAF_S = 0.5


class Pace:
    def __init__(self) -> None:
        self.rate = math.inf
        # Set by whoever has to wait because of the rate: one that binds nobody has no reason to grow.
        self.binds = False
        self._recent: deque[bool] = deque(maxlen=RECENT)
        self._accepted: deque[float] = deque()
        self._cuts = 0
        # Near the rate that was too much it grows slowly, far below it fast.
        self._ceiling = 0.0
        self._deaf_until = self._grown_at = 0.0

    def is_loud(self, under_way: int) -> bool:
        """Whether refusals are more than chance. They come sooner than answers, which are still to come."""
        calls = len(self._recent)
        return sum(self._recent) > GRACE + LOUD * (calls if calls == RECENT else calls + under_way)

    def accept(self) -> bool:
        """Whether the pace grew."""
        now = time.monotonic()
        self._recent.append(False)
        self._accepted.append(now)
        self._forget(now)
        if not self.binds or now - self._grown_at < GROW_EVERY_S or not self._is_quiet():
            return False
        is_near = self._cuts >= 2 and self.rate >= NEAR * self._ceiling
        self.rate *= SLOW_GROWTH if is_near else FAST_GROWTH
        self._grown_at, self.binds = now, False
        return True

    def refuse(self, under_way: int, is_explained: bool = False) -> bool:
        """Whether the pace was cut; it is not where the provider itself says how long to wait."""
        now = time.monotonic()
        self._recent.append(True)
        if is_explained or not self.is_loud(under_way) or now < self._deaf_until:
            return False
        self._forget(now)
        old = self.rate if self.rate < math.inf else 0.0
        self._ceiling = LOWER * old
        self.rate = max(1.0, float(len(self._accepted)), LARGEST_CUT * old)
        self._cuts += 1
        self._deaf_until, self._grown_at = now + DEAF_S, now
        self._recent.clear()
        return True

    def learn(self, rate: float) -> None:
        """What an earlier run found out."""
        self.rate, self._ceiling, self._cuts = rate, rate, 2

    def _is_quiet(self) -> bool:
        return sum(self._recent) < QUIET * max(len(self._recent), RECENT // 2)

    def _forget(self, now: float) -> None:
        while self._accepted and self._accepted[0] < now - 1.0:
            self._accepted.popleft()
