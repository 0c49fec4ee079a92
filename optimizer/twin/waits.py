"""Who was told to wait, and who came back too early all the same."""

from __future__ import annotations

import time
from collections import Counter


class Waits:
    """Counts `early_repeats` of a refused request, and calls `inside_retry_after` of any with this key."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._repeats: dict[str, float] = {}
        self._from, self._until = 0.0, 0.0

    def arrive(self, request: str) -> None:
        now = time.monotonic()
        if now < self._repeats.pop(request, 0.0):
            self._counts["early_repeats"] += 1
        if self._from < now < self._until:
            self._counts["inside_retry_after"] += 1

    def refuse(self, request: str, seconds: float, travel_s: float) -> None:
        now = time.monotonic()
        self._repeats[request] = now + seconds
        if now >= self._until:
            self._from = now + travel_s
        self._until = max(self._until, now + seconds)

    def clear(self) -> None:
        self._repeats.clear()
        self._from = self._until = 0.0
