"""What is kept for a while in Valkey so that it need not be counted again; without Valkey it is counted."""

import contextlib
import contextvars
import hashlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import redis
from django.core.cache import cache
from django.db import connection

# Counting that takes longer than this is kept. It is new for that many times as long; then it is counted anew
# beside somebody's request, and shown until that is done, for OLD_S at most.
SLOW_S, GOOD_FOR, LONGEST_S, OLD_S = 0.05, 20, 10.0, 60.0

logger = logging.getLogger(__name__)


def kept(name: str) -> Any:
    with contextlib.suppress(redis.RedisError):
        return cache.get(name)
    return None


def keep(name: str, value: Any, seconds: float) -> None:
    with contextlib.suppress(redis.RedisError):
        cache.set(name, value, seconds)


def slow[T](name: str, filters: str, count: Callable[[], T]) -> T:
    """What `count` finds of these filters; where it takes long, only the first to look waits for it."""
    name = f"{name}:{hashlib.sha256(filters.encode()).hexdigest()[:32]}"
    known: tuple[T, float] | None = kept(name)
    if known is None:
        return counted(name, count, SLOW_S)
    found, new_until = known
    if time.time() > new_until and is_mine(name):
        beside(lambda: counted(name, count, 0))
    return found


def counted[T](name: str, count: Callable[[], T], longer_than: float) -> T:
    began = time.monotonic()
    found = count()
    if (took := time.monotonic() - began) > longer_than:
        new = min(took * GOOD_FOR, LONGEST_S)
        keep(name, (found, time.time() + new), new + OLD_S)
    return found


def is_mine(name: str) -> bool:
    """Whether nobody else counts it at the moment."""
    with contextlib.suppress(redis.RedisError):
        return bool(cache.add(f"{name}:mine", 1, LONGEST_S))
    return False


def beside(work: Callable[[], Any]) -> None:
    """Do it beside the request, seeing what its sender may see, on a connection of its own."""

    def run() -> None:
        try:
            work()
        except Exception:
            logger.exception("Counting beside a request failed; the next one counts again")
        finally:
            connection.close()

    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()
