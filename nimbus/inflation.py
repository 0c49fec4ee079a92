"""Bodies that come as gzip, inflated a piece at a time, so that a bomb is noticed before it is memory."""

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from nimbus.errors import MediaTypeError, TooLargeError
from nimbus.strictjson import MalformedError

PIECE = 64 * 1024
FIELD = "Content-Encoding"


def encoding_of(request: Any) -> str:
    """`identity` or `gzip`; anything else is refused."""
    encoding: str = request.headers.get(FIELD, "").strip().lower() or "identity"
    if encoding not in {"identity", "gzip"}:
        raise MediaTypeError("Send the body as it is or as gzip.", field=FIELD)
    return encoding


def pieces(stream: Any, encoding: str) -> Iterator[bytes]:
    """What a body says, whatever it came as."""
    raw = iter(lambda: stream.read(PIECE), b"")
    return inflate(raw) if encoding == "gzip" else raw


def read(stream: Any, encoding: str, limit: int) -> bytes:
    """A whole JSON body of at most so many bytes, inflated."""
    found, size = [], 0
    for piece in pieces(stream, encoding):
        size += len(piece)
        if size > limit:
            raise TooLargeError(f"A JSON body is at most {limit // 2**20} MB, also when inflated.")
        found.append(piece)
    return b"".join(found)


def inflate(stream: Iterable[bytes]) -> Iterator[bytes]:
    """One or more gzip members, never more than a megabyte of text at a time."""
    member = zlib.decompressobj(wbits=31)
    started = False
    for data in stream:
        while data:
            try:
                piece = member.decompress(data, 2**20)
            except zlib.error:
                raise MalformedError("The body is not gzip.", field=FIELD) from None
            started = True
            if piece:
                yield piece
            data = member.unconsumed_tail
            if member.eof:
                data, member, started = member.unused_data, zlib.decompressobj(wbits=31), False
    if started:
        raise MalformedError("The gzip body ends too early. Send it again.", field=FIELD)
