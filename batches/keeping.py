"""What is kept for seconds in Valkey so that it need not be counted again; without Valkey it is counted."""

import contextlib
from typing import Any

import redis
from django.core.cache import cache


def kept(name: str) -> Any:
    with contextlib.suppress(redis.RedisError):
        return cache.get(name)
    return None


def keep(name: str, value: Any, seconds: float) -> None:
    with contextlib.suppress(redis.RedisError):
        cache.set(name, value, seconds)
