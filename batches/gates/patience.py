"""How long an answer may take, learned from those that came: a hung call is given up while there is time."""

from collections import deque

SAMPLES, ENOUGH = 200, 20
# An answer that takes four times as long as nineteen of twenty others will not come any more.
GIVE_UP, HEDGE = 4.0, 3.0
LEAST_S = 6.0
LEAST_HEDGE_S = 2.0
LONGER_FROM, PATIENT_FROM = 3, 5


class Patience:
    """Calls are alike whose answers may be about as long."""

    def __init__(self) -> None:
        self._samples: dict[int, deque[float]] = {}

    def note(self, max_output_tokens: int, seconds: float) -> None:
        size = max_output_tokens.bit_length()
        self._samples.setdefault(size, deque(maxlen=SAMPLES)).append(seconds)

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
