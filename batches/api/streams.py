"""A generator as an HTTP answer that is never whole in memory, on either kind of server."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import StreamingHttpResponse

MEDIA_TYPE = "application/x-ndjson"
# Whoever takes longer over a piece waits without a database connection.
PATIENCE_S = 0.1


def stream(request: Any, pieces: Iterator[bytes]) -> StreamingHttpResponse:
    """The first piece is made at once, so that what goes wrong there is still told by a status."""
    first = next(pieces, b"")
    rest: Iterable[bytes] | AsyncIterator[bytes]
    # Django reads a plain generator to its end before an ASGI server gets the first byte.
    rest = in_thread(first, pieces) if isinstance(request, ASGIRequest) else in_line(first, pieces)
    response = StreamingHttpResponse(rest, content_type=MEDIA_TYPE)
    response["Cache-Control"] = "no-store"
    return response


def in_line(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces


async def in_thread(first: bytes, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    waiting: asyncio.Task[None] | None = None
    try:
        while (piece := await sync_to_async(take)(pieces)) is not None:
            waiting = asyncio.create_task(let_go_of_slow())
            yield piece
            waiting.cancel()
    finally:
        if waiting:
            waiting.cancel()
        await sync_to_async(let_go)()


def take(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)


async def let_go_of_slow() -> None:
    """A quick reader keeps its database connection, since each new one costs as much as some fifty pages."""
    await asyncio.sleep(PATIENCE_S)
    await sync_to_async(let_go)()


def let_go() -> None:
    if not connection.in_atomic_block:
        connection.close()
