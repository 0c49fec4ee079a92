"""What the workers tell each other about a key, in Valkey: closures, limits, and how much each one asks.

Each worker writes a field of its own and reads the others', so nothing has to be locked. Without Valkey a
worker goes on alone with what it knows.
"""

import logging
import math
import time
from collections.abc import Iterable
from dataclasses import astuple
from typing import Any

import orjson
import redis.asyncio
from redis.exceptions import RedisError

from batches.gates.gate import Gate
from optimizer.limits import RateLimit

logger = logging.getLogger(__name__)

SYNC_S = 0.1
# Every key's gate, by when a worker last wrote about it.
KNOWN = "gates"
# A worker that was silent for longer shares nothing; what it found out about the key is kept for a while.
PRESENT_S = 2.0
KEEP_S = 3600


class Board:
    def __init__(self, url: str, worker: str) -> None:
        self._worker = worker
        self._client = redis.asyncio.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)
        self._is_alone = False

    async def sync(self, gates: Iterable[Gate], waiting: int) -> None:
        """Write what we know about each gate and how many calls wait, and read what others know."""
        for gate in list(gates):
            try:
                await self._sync(gate, waiting)
                self._is_alone = False
            except (RedisError, OSError, TimeoutError) as error:
                if not self._is_alone:
                    logger.warning("The gate works alone, Valkey does not answer: %s", error)
                self._is_alone = True
                return

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _sync(self, gate: Gate, waiting: int) -> None:
        key = f"gate:{gate.id}"
        seconds, micros = await self._client.time()
        server, local = seconds + micros / 1e6, time.monotonic()
        note = {
            "at": server,
            "name": gate.name,
            "demand": gate.under_way + waiting,
            "closed_until": server + gate.closed_until - local,
            "down_until": 0 if gate.breaker.is_closed else server + gate.breaker.open_until - local,
            "pace": gate.pace.rate if gate.pace.rate < math.inf else None,
            "limits": astuple(gate.limits),
        }
        pipeline = self._client.pipeline(transaction=False)
        pipeline.hset(key, self._worker, orjson.dumps(note))
        pipeline.expire(key, KEEP_S)
        pipeline.zadd(KNOWN, {key: server})
        pipeline.hgetall(key)
        fields: dict[bytes, bytes] = (await pipeline.execute())[-1]
        notes = {name: orjson.loads(text) for name, text in fields.items() if name != self._worker.encode()}
        await self._drop([name for name, other in notes.items() if other["at"] < server - KEEP_S], key)
        take_over(gate, note, list(notes.values()), local - server)

    async def _drop(self, names: list[bytes], key: str) -> None:
        if names:
            await self._client.hdel(key, *names)


def take_over(gate: Gate, mine: dict[str, Any], others: list[dict[str, Any]], offset: float) -> None:
    """What the others' notes mean for this gate; `offset` turns the server's time into ours."""
    now = time.monotonic()
    for other in others:
        if other["closed_until"] + offset > now:
            gate.close(other["closed_until"] + offset - now)
        if other["down_until"] + offset > now:
            gate.breaker.trip(other["down_until"] + offset)
    newest = sorted(others, key=lambda other: float(other["at"]))
    announced = [other["limits"] for other in newest if any(other["limits"])]
    if announced and gate.limits == RateLimit():
        # What was left then may be less now; the first answer tells, and until then few calls are made.
        gate.announce(RateLimit(*announced[-1]))
    present = [other for other in others if other["at"] > mine["at"] - PRESENT_S]
    demand = mine["demand"] + sum(other["demand"] for other in present)
    share = mine["demand"] / demand if mine["demand"] and demand else 1 / (len(present) + 1)
    if abs(share - gate.share) > 0.02:
        gate.divide(share)
    paces = [other["pace"] for other in newest if other["pace"]]
    if paces and gate.pace.rate == math.inf and not gate.calls:
        gate.learn(paces[-1])
