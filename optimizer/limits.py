"""What a provider says about its limits, in the headers of each answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Models that think first: a little thought is enough for copy, and they take no temperature.
THINKING = ("gpt-5", "o1", "o3", "o4")
LONGEST_WAIT_S = 3600.0
NAMES = ("limit-requests", "remaining-requests", "limit-tokens", "remaining-tokens")


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What the provider last announced; None where it said nothing."""

    limit_requests: int | None = None
    remaining_requests: int | None = None
    limit_tokens: int | None = None
    remaining_tokens: int | None = None

    @property
    def is_empty(self) -> bool:
        return self.remaining_requests == 0 or self.remaining_tokens == 0


def read_limits(headers: Mapping[str, str]) -> RateLimit:
    return RateLimit(*(_integer(headers.get(f"x-ratelimit-{name}")) for name in NAMES))


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds; a date, which no provider of models sends, counts as nothing said."""
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return min(LONGEST_WAIT_S, max(0.0, float(headers.get(name, "")) * unit_s))
        except ValueError:
            continue
    return None


def _integer(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None
