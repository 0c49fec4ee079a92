"""The body of an upload as a stream of bounded pieces, inflated where it is gzip."""

import zlib
from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest

from nimbus.api import MediaTypeError, TooLargeError, check_charset
from nimbus.strictjson import MalformedError

MEDIA_TYPES = {"application/x-ndjson", "application/ndjson", "application/jsonl"}
PIECE = 64 * 1024


def pieces(request: HttpRequest) -> Iterator[bytes]:
    """Refuses the wrong type at once, and a body that is or inflates to too much as soon as it shows."""
    content_type = request.headers.get("Content-Type", "")
    if content_type.partition(";")[0].strip().lower() not in MEDIA_TYPES:
        raise MediaTypeError("Send pages as application/x-ndjson, one a line.", field="Content-Type")
    check_charset(content_type)
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower() or "identity"
    if encoding not in {"identity", "gzip"}:
        raise MediaTypeError("Send the body as it is or as gzip.", field="Content-Encoding")
    length = request.headers.get("Content-Length", "")
    if length.isdigit() and int(length) > settings.MAX_UPLOAD_BYTES:
        raise too_large()
    return bounded(inflate(raw(request)) if encoding == "gzip" else raw(request))


def raw(request: HttpRequest) -> Iterator[bytes]:
    while piece := request.read(PIECE):
        yield piece


def bounded(stream: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for piece in stream:
        size += len(piece)
        if size > settings.MAX_UPLOAD_BYTES:
            raise too_large()
        yield piece


def inflate(stream: Iterator[bytes]) -> Iterator[bytes]:
    """One or more gzip members, never more than a megabyte of text at a time."""
    member = zlib.decompressobj(wbits=31)
    started = False
    for data in stream:
        while data:
            try:
                piece = member.decompress(data, 2**20)
            except zlib.error:
                raise MalformedError("The body is not gzip.", field="Content-Encoding") from None
            started = True
            if piece:
                yield piece
            data = member.unconsumed_tail
            if member.eof:
                data, member, started = member.unused_data, zlib.decompressobj(wbits=31), False
    if started:
        raise MalformedError("The gzip body ends too early. Send it again.", field="Content-Encoding")


def too_large() -> TooLargeError:
    limit = settings.MAX_UPLOAD_BYTES // 2**20
    return TooLargeError(f"An upload is at most {limit} MB, also when inflated. Send the pages in parts.")
