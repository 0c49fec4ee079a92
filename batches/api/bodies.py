"""The body of an upload as a stream of bounded pieces, inflated where it is gzip."""

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest

from nimbus import inflation
from nimbus.api import check_charset
from nimbus.errors import MediaTypeError, TooLargeError

MEDIA_TYPES = {"application/x-ndjson", "application/ndjson", "application/jsonl"}


def pieces(request: HttpRequest) -> Iterator[bytes]:
    """Refuses the wrong type at once, and a body that is or inflates to too much as soon as it shows."""
    content_type = request.headers.get("Content-Type", "")
    if content_type.partition(";")[0].strip().lower() not in MEDIA_TYPES:
        raise MediaTypeError("Send pages as application/x-ndjson, one a line.", field="Content-Type")
    check_charset(content_type)
    encoding = inflation.encoding_of(request)
    length = request.headers.get("Content-Length", "")
    if length.isdigit() and int(length) > settings.MAX_UPLOAD_BYTES:
        raise too_large()
    return bounded(inflation.pieces(request, encoding))


def bounded(stream: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for piece in stream:
        size += len(piece)
        if size > settings.MAX_UPLOAD_BYTES:
            raise too_large()
        yield piece


def too_large() -> TooLargeError:
    limit = settings.MAX_UPLOAD_BYTES // 2**20
    return TooLargeError(f"An upload is at most {limit} MB, also when inflated. Send the pages in parts.")
