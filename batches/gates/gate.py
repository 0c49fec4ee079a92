"""One provider key's gate: whether a call may be made now, and what each answer says about the next."""

import hashlib
import math
import time

from batches.gates.breaker import Breaker
from batches.gates.bucket import Bucket
from batches.gates.pace import Pace
from batches.gates.patience import Patience
from optimizer.limits import RateLimit

# Calls at once to a provider that nobody has heard of yet; each good answer admits one more.
FIRST_CALLS = 8
# A little below what is announced, since its clock and ours differ.
MARGIN = 0.998
# As long as so many times what is under way is left, nothing has to be spread over the minute.
PLENTY = 10
# After the key was turned down its batches are paused; until then nobody need ask again.
BLOCKED_S = 2.0
# So many refusals in a row that nothing can come of asking on.
ROW, ROW_REST_S = 20, 1.0


class Gate:
    def __init__(self, secret: str, name: str = "") -> None:
        # Names the key to other workers without telling it.
        self.id = hashlib.sha256(secret.encode()).hexdigest()[:32]
        # For people: whose key it is, and for which model.
        self.name = name
        self.under_way = 0
        self.closed_until = 0.0
        self.limits = RateLimit()
        self.pace, self.breaker, self.patience = Pace(), Breaker(), Patience()
        # How much of the announced limits is ours; the other workers have the rest.
        self.share = 1.0
        self.calls = self.hedges = 0
        self._most = float(FIRST_CALLS)
        self._requests, self._tokens, self._learned = Bucket(), Bucket(), Bucket()
        self._in_a_row = 0
        # Another run's word on what is left is no good answer of this one.
        self._is_answered = False

    def wait_s(self, tokens: int) -> float:
        """Seconds until a call may be made; infinite where only an answer can tell."""
        now = time.monotonic()
        if (closed_s := max(self.closed_until, self.breaker.open_until) - now) > 0:
            return closed_s
        if self.under_way >= (self._most if self.breaker.is_closed else 1):
            return math.inf
        learned_s = self._learned.wait_s(1)
        self.pace.binds |= learned_s > 0
        limits, room = self.limits, PLENTY * (self.under_way + 1) / self.share
        requests_s = 0.0 if (limits.remaining_requests or 0) > room else self._requests.wait_s(1)
        tokens_s = 0.0 if (limits.remaining_tokens or 0) > room * tokens else self._tokens.wait_s(tokens)
        return max(learned_s, requests_s, tokens_s)

    @property
    def closed_s(self) -> float:
        """How long the whole key still waits."""
        return max(0.0, max(self.closed_until, self.breaker.open_until) - time.monotonic())

    def enter(self, tokens: int) -> None:
        self.under_way += 1
        self.calls += 1
        for bucket, amount in ((self._learned, 1), (self._requests, 1), (self._tokens, tokens)):
            bucket.take(amount)

    def leave(self) -> None:
        self.under_way -= 1

    def close(self, seconds: float) -> None:
        """Nobody asks with this key before the time is over."""
        self.closed_until = max(self.closed_until, time.monotonic() + seconds)

    def succeed(self, limits: RateLimit, unused_tokens: int) -> None:
        self._in_a_row, self._is_answered = 0, True
        self._tokens.give_back(unused_tokens)
        self._most += 1
        self.announce(limits)
        if self.breaker.succeed():
            # What was down is met with as few calls as what is unknown.
            self._most = FIRST_CALLS
        if self.pace.accept():
            self._learned.set_rate(self.pace.rate)

    def refuse(self, limits: RateLimit, retry_after: float | None) -> None:
        """A 429. A lone one is its own page's affair; with others, or with no quota left, all pages'."""
        is_empty = limits.is_empty and not self._has_plenty()
        announced = limits.limit_requests or self.limits.limit_requests
        is_explained = retry_after is not None and announced is not None
        if self.pace.refuse(self.under_way, is_explained):
            self._learned.set_rate(self.pace.rate)
            speaks = True
        else:
            speaks = self.pace.is_loud(self.under_way)
        if retry_after and (speaks or is_empty):
            self.close(retry_after)
        self._in_a_row += 1
        if self._in_a_row >= ROW:
            self._in_a_row = 0
            self.close(ROW_REST_S)
        if not limits.is_empty or is_empty:
            self.announce(limits)

    def fail(self) -> bool:
        """A failure that is the provider's; whether it is down, so that no page is to blame."""
        self.breaker.fail()
        return not self.breaker.is_closed

    def block(self) -> None:
        self.close(BLOCKED_S)

    def announce(self, limits: RateLimit) -> None:
        """Take over what the provider says about its limits."""
        if limits.limit_requests is None and limits.limit_tokens is None:
            return
        is_news = (limits.limit_requests, limits.limit_tokens) != (
            self.limits.limit_requests,
            self.limits.limit_tokens,
        )
        self.limits = limits
        if self.breaker.is_closed:
            self._most = math.inf
        if is_news:
            self.divide(self.share)
        if limits.remaining_requests == 0:
            self._requests.drain()
        if limits.remaining_tokens == 0:
            self._tokens.drain()

    def divide(self, share: float) -> None:
        """Keep to this part of what the provider allows the key."""
        self.share = share
        for bucket, limit in (
            (self._requests, self.limits.limit_requests),
            (self._tokens, self.limits.limit_tokens),
        ):
            bucket.set_rate(limit / 60 * MARGIN * share if limit else math.inf)

    def learn(self, rate: float) -> None:
        """The pace that an earlier run found."""
        self.pace.learn(rate)
        self._learned.set_rate(rate)

    def _has_plenty(self) -> bool:
        """Whether the last good answer left more than what is under way could have used up."""
        left = self.limits.remaining_requests
        return self._is_answered and left is not None and left > 2 * self.under_way + 1
