"""A bound for every request body, kept while it arrives.

Django writes a body to the disk before any view, and so before any key, is looked at.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

type Message = Mapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


class BodyTooLargeError(Exception):
    """More arrived than any address takes."""


def bounded(app: App, largest: int) -> App:
    """The same application for bodies up to `largest` bytes; others are answered 413 and not kept."""

    async def answer(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        taken = 0

        async def count() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > largest:
                raise BodyTooLargeError
            return message

        try:
            if declared(scope) > largest:
                raise BodyTooLargeError
            await app(scope, count, send)
        except BodyTooLargeError:
            await refuse(send, largest)

    return answer


def declared(scope: Message) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"")
    return int(length) if length.isdigit() else 0


async def refuse(send: Send, largest: int) -> None:
    request_id = f"req_{secrets.token_hex(10)}"
    problem = {
        "type": "about:blank",
        "title": "Content Too Large",
        "status": 413,
        "code": "too_large",
        "detail": f"A request is at most {largest // 2**20} MB. Send the pages in parts.",
        "request_id": request_id,
    }
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"x-request-id", request_id.encode()),
        # What is still on its way is never read.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps(problem)})
