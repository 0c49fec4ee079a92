"""Bounds for every request body, in bytes and in time, kept while it arrives.

Django writes a body to the disk before any view, and so before any key, is looked at.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

type Message = Mapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


class BodyTooLargeError(Exception):
    """More arrived than any address takes."""


class BodyTooSlowError(Exception):
    """Too little arrived in too long a time."""


@dataclass(frozen=True)
class Pace:
    """No silence longer than `seconds`; and after so long, at least `bytes_a_second` on the average.

    A person's worst line is faster; whoever sends a byte a second holds a connection and a temporary file.
    """

    seconds: float = 25.0
    bytes_a_second: float = 1024.0

    def left(self, passed: float, taken: int) -> float:
        """How long the next piece may take."""
        return min(self.seconds, self.seconds + taken / self.bytes_a_second - passed)


def bounded(app: App, largest: int, pace: Pace = Pace()) -> App:
    """The same application for bodies up to `largest` bytes; others are answered 413 or 408 and not kept."""

    async def answer(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        began, taken, is_whole = loop.time(), 0, False

        async def count() -> Message:
            nonlocal taken, is_whole
            if is_whole:
                # What may still come is that the client hangs up, whenever it likes.
                return await receive()
            try:
                async with asyncio.timeout(pace.left(loop.time() - began, taken)):
                    message = await receive()
            except TimeoutError:
                raise BodyTooSlowError from None
            taken += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            if taken > largest:
                raise BodyTooLargeError
            return message

        try:
            if declared(scope) > largest:
                raise BodyTooLargeError
            await app(scope, count, send)
        except BodyTooLargeError:
            megabytes = largest // 2**20
            detail = f"A request is at most {megabytes} MB. Send the pages in parts."
            await refuse(send, 413, "Content Too Large", "too_large", detail)
        except BodyTooSlowError:
            detail = "The body came too slowly or not whole. Send it again."
            await refuse(send, 408, "Request Timeout", "request_timeout", detail)

    return answer


def declared(scope: Message) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"")
    return int(length) if length.isdigit() else 0


async def refuse(send: Send, status: int, title: str, code: str, detail: str) -> None:
    request_id = f"req_{secrets.token_hex(10)}"
    problem = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": request_id,
    }
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"x-request-id", request_id.encode()),
        # What is still on its way is never read.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps(problem)})
