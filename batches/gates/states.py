"""What the workers' notes say of each provider key, for people: is its breaker open, and until when?"""

import math
from dataclasses import dataclass
from typing import Any

import orjson
import redis
from django.conf import settings
from redis.exceptions import RedisError

from batches.gates.board import KEEP_S, KNOWN, PRESENT_S

# Keys on the board at once; whoever has more looks at the newest.
MOST = 200


@dataclass(frozen=True, slots=True)
class State:
    """One key as all its workers together know it."""

    name: str
    # Of workers that spoke in the last seconds, and the calls they make or wait for.
    workers: int
    calls: int
    is_down: bool
    # Seconds until the breaker lets a call look whether the provider is back.
    down_s: float
    # Seconds until a key that was refused may be asked again.
    closed_s: float
    seen_s: float

    @property
    def words(self) -> str:
        if self.is_down:
            return f"open, looks again in {self.down_s:.0f} s" if self.down_s else "open, one call looks"
        return f"closed; the key rests for {self.closed_s:.0f} s" if self.closed_s else "closed"


def states() -> list[State] | None:
    """Of the keys that were worked with in the last hour, those in trouble first; None without Valkey."""
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)
    try:
        seconds, micros = client.time()
        now = seconds + micros / 1e6
        client.zremrangebyscore(KNOWN, 0, now - KEEP_S)
        keys: Any = client.zrevrange(KNOWN, 0, MOST - 1)
        pipeline = client.pipeline(transaction=False)
        for key in keys:
            pipeline.hvals(key)
        found = [state([orjson.loads(note) for note in notes], now) for notes in pipeline.execute() if notes]
    except (RedisError, OSError):
        return None
    finally:
        client.close()
    return sorted(found, key=lambda one: (not one.is_down, -one.closed_s, one.name))


def state(notes: list[dict[str, Any]], now: float) -> State:
    newest = max(notes, key=lambda note: float(note["at"]))
    present = [note for note in notes if note["at"] > now - PRESENT_S]
    # Who has gone says no more whether the provider is down, unless its rest still lasts.
    down = [note["down_until"] for note in notes if note["down_until"] > now or note in present]
    until = max(down, default=0.0)
    return State(
        name=newest.get("name") or "unnamed",
        workers=len(present),
        calls=sum(note["demand"] for note in present),
        is_down=until > 0,
        down_s=math.ceil(max(0.0, until - now)),
        closed_s=math.ceil(max(0.0, max(note["closed_until"] for note in notes) - now)),
        seen_s=max(0.0, now - newest["at"]),
    )
