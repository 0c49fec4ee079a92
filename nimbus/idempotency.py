"""A write that is sent twice with the same `Idempotency-Key` happens once and is answered twice.

The act and the record of its answer are one transaction, so there is never one without the other. What failed
has changed nothing, leaves no record, and may be sent again. After the IETF's httpapi-idempotency-key-header.
"""

import contextlib
import functools
import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, Concatenate

import orjson
from django.db import InterfaceError, OperationalError, connection, transaction
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from nimbus import clock
from nimbus.errors import InvalidError, NimbusError
from nimbus.models import IdempotencyRecord

HEADER, REPLAYED = "Idempotency-Key", "Idempotent-Replayed"
KEPT = timedelta(hours=48)
MAX_LENGTH = 255


class StillRunningError(NimbusError):
    code = "idempotency_running"
    status = 409
    message = "The first request with this Idempotency-Key is still running. Ask again in a second."
    wait = 1


class OtherRequestError(InvalidError):
    code = "idempotency_mismatch"
    message = "This Idempotency-Key was used for another request. Take a new key for each new request."


def idempotent[View, **P](
    handler: Callable[Concatenate[View, Request, P], Response],
) -> Callable[Concatenate[View, Request, P], Response]:
    """For the write methods of a view whose `request.auth` is an API key."""

    @functools.wraps(handler)
    def once(view: View, request: Request, /, *args: P.args, **kwargs: P.kwargs) -> Response:
        name = request.headers.get(HEADER)
        if name is None:
            return handler(view, request, *args, **kwargs)
        check_name(name)
        with transaction.atomic():
            return answer(request, name, lambda: handler(view, request, *args, **kwargs))

    once.is_idempotent = True  # type: ignore[attr-defined]
    return once


def check_name(name: str) -> None:
    if not (0 < len(name) <= MAX_LENGTH and name.isascii() and name.isprintable()):
        raise InvalidError(f"`{HEADER}` is 1 to {MAX_LENGTH} printable ASCII characters.", field=HEADER)


def answer(request: Request, name: str, act: Callable[[], Response]) -> Response:
    key: Any = request.auth
    body_hash = hash_of(request.method, request.get_full_path(), request.data or None)
    if record := find(key, name, body_hash):
        return Response(record.answer or None, status=record.status, headers={REPLAYED: "true"})
    response = act()
    # An answer without a body, such as 204, is kept as an empty object.
    answered = orjson.loads(JSONRenderer().render(response.data) or b"{}")
    keep(key, name, body_hash, response.status_code, answered)
    return response


def find(key: Any, name: str, body_hash: str) -> IdempotencyRecord | None:
    """What was answered the first time. Holds back a second request until this transaction ends."""
    lock(key.id, name)
    record = newest(key, name)
    if record and record.body_hash != body_hash:
        raise OtherRequestError(field=HEADER)
    return record


def newest(key: Any, name: str) -> IdempotencyRecord | None:
    """What was kept and still holds."""
    record = IdempotencyRecord.objects.filter(api_key=key.id, key=name).first()
    if record and record.expires_at <= clock.now():
        record.delete()
        return None
    return record


def keep(key: Any, name: str, body_hash: str, status: int, answer: Any) -> None:
    IdempotencyRecord.objects.create(
        organization_id=key.organization_id,
        api_key=key.id,
        key=name,
        body_hash=body_hash,
        status=status,
        answer=answer,
        expires_at=clock.now() + KEPT,
    )


def hash_of(*sent: Any) -> str:
    """Of the method, the address and the body, whatever the order of its fields."""
    return hashlib.sha256(orjson.dumps(sent, option=orjson.OPT_SORT_KEYS)).hexdigest()


def lock(key_id: str, name: str) -> None:
    """Until the end of this transaction; a crash ends it too."""
    if not ask("SELECT pg_try_advisory_xact_lock(%s)", number_of(key_id, name)):
        raise StillRunningError


@contextlib.contextmanager
def held(key_id: str, name: str) -> Iterator[None]:
    """The same for work of several transactions: the lock is the connection's, and ends with it."""
    number = number_of(key_id, name)
    if not ask("SELECT pg_try_advisory_lock(%s)", number):
        raise StillRunningError
    try:
        yield
    finally:
        # A connection that broke has let go already.
        with contextlib.suppress(OperationalError, InterfaceError):
            ask("SELECT pg_advisory_unlock(%s)", number)


def number_of(key_id: str, name: str) -> int:
    digest = hashlib.sha256(f"{key_id}\0{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def ask(question: str, number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, [number])
        return bool(cursor.fetchone()[0])


def streamed(
    request: Request, pieces: Iterable[bytes], act: Callable[[Iterable[bytes]], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """What `act` makes of a body that is never whole in memory, and whether that was told before.

    The body is compared by its hash. An act of several transactions that breaks off leaves no answer, so it
    has to be safe to repeat by its own nature.
    """
    name = request.headers.get(HEADER)
    if name is None:
        return act(pieces), False
    check_name(name)
    key: Any = request.auth
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())

    def read() -> Iterator[bytes]:
        for piece in pieces:
            digest.update(piece)
            yield piece

    with held(key.id, name):
        if record := newest(key, name):
            for _ in read():
                pass
            if record.body_hash != digest.hexdigest():
                raise OtherRequestError(field=HEADER)
            return dict(record.answer or {}), True
        answered = act(read())
        keep(key, name, digest.hexdigest(), 200, answered)
    return answered, False


def forget_old() -> int:
    """Drop the records whose time is over; how many there were."""
    return IdempotencyRecord.objects.filter(expires_at__lte=clock.now()).delete()[0]
