"""Who looks at which part of a review right now: names in Valkey that fade when nobody renews them."""

import contextlib
import functools
import json
import time
from dataclasses import dataclass
from typing import Any

import redis
from django.conf import settings

PREFIX = "nimbus:here:"
# Screens say so every few seconds; two missed signs and somebody is gone.
FADES_S = 25
# Of more people at once only the newest are named.
MOST = 5


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    place: str

    @property
    def initials(self) -> str:
        return "".join(part[0] for part in self.name.split()[:2]).upper()


def note(batch_id: str, user: Any, place: str) -> list[Person]:
    """Say that this person is here, and hear who else is. Without Valkey everybody is alone."""
    with contextlib.suppress(redis.RedisError):
        line, now = client().pipeline(), time.time()
        told = json.dumps({"name": str(user), "place": place[:200], "at": now})
        line.hset(PREFIX + batch_id, user.id, told)
        line.expire(PREFIX + batch_id, FADES_S)
        line.hgetall(PREFIX + batch_id)
        return others(line.execute()[-1], user.id, now)
    return []


def others(told: dict[bytes, bytes], own: str, now: float) -> list[Person]:
    people = [json.loads(line) for name, line in told.items() if name.decode() != own]
    here = [person for person in people if now - person["at"] < FADES_S]
    here.sort(key=lambda person: -person["at"])
    return [Person(person["name"], person["place"]) for person in here[:MOST]]


@functools.cache
def client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)
