"""Rate limits, exact however many processes ask at once: one Lua script in Valkey decides and counts.

The generic cell rate algorithm: a bucket is one moment, at which it would be full again. Headers after the
IETF's ratelimit-headers draft. Where Valkey does not answer, requests pass: a limit must not break things.
"""

import functools
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass

import redis
from django.conf import settings

from nimbus.errors import NimbusError

logger = logging.getLogger(__name__)
PREFIX = "nimbus:limit:"
# Asks all buckets before it takes from any, in microseconds of the server's clock. Answers the number of the
# bucket that decides, the requests left there, and how long until it is full and until the next request.
TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local moments, decides, left, full, wait = {}, 1, math.huge, 0, 0
for i, name in ipairs(KEYS) do
    local quota, span = tonumber(ARGV[2 * i - 1]), ARGV[2 * i] * 1000000
    local step = span / quota
    local before = math.max(now, tonumber(redis.call('GET', name) or 0))
    local moment = before + step
    moments[i] = {moment, math.ceil(span / 1000) + 1000}
    local over = moment - now - span
    if over > 0.5 and over > wait then
        decides, left, wait, full = i, 0, over, before - now
    elseif wait == 0 and math.floor((now + span - moment) / step + 0.001) < left then
        decides, left, full = i, math.floor((now + span - moment) / step + 0.001), moment - now
    end
end
if wait == 0 then
    for i, name in ipairs(KEYS) do
        redis.call('SET', name, string.format('%.0f', moments[i][1]), 'PX', moments[i][2])
    end
end
return {decides, left, math.ceil(full), math.ceil(wait)}
"""


@dataclass(frozen=True)
class Bucket:
    """`quota` requests in `seconds`, all of them at once if need be."""

    kind: str
    name: str
    quota: int
    seconds: int = 60

    @property
    def key(self) -> str:
        return f"{PREFIX}{self.kind}:{self.name}"


@dataclass(frozen=True)
class Allowance:
    """What is left in the bucket that comes first to its end."""

    bucket: Bucket
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        bucket = self.bucket
        return {
            "RateLimit-Policy": f'"{bucket.kind}";q={bucket.quota};w={bucket.seconds}',
            "RateLimit": f'"{bucket.kind}";r={self.remaining};t={self.reset_s}',
        }


class RateLimitedError(NimbusError):
    code = "rate_limited"
    status = 429

    def __init__(self, allowance: Allowance, wait_s: int) -> None:
        bucket = allowance.bucket
        super().__init__(
            f"More than {bucket.quota} requests in {bucket.seconds} seconds for one {bucket.kind}. "
            f"Try again in {wait_s} s."
        )
        self.allowance, self.wait = allowance, wait_s


def take(buckets: Sequence[Bucket]) -> Allowance | None:
    """One request out of each bucket, or out of none. None where Valkey does not answer.

    Raises RateLimitedError, whose `wait` is in whole seconds.
    """
    sizes = [number for bucket in buckets for number in (bucket.quota, bucket.seconds)]
    try:
        decides, left, full, wait = script()(keys=[bucket.key for bucket in buckets], args=sizes)
    except redis.RedisError as error:
        logger.warning("Rate limits are off while Valkey does not answer: %s", error)
        return None
    allowance = Allowance(buckets[decides - 1], left, math.ceil(full / 1e6))
    if wait:
        raise RateLimitedError(allowance, math.ceil(wait / 1e6))
    return allowance


@functools.cache
def script() -> "redis.commands.core.Script":
    # A cache that hangs must not hold up every request.
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)
    return client.register_script(TAKE)
