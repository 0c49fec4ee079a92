"""No body larger than the limit is kept, whoever sends it."""

import asyncio
import json

import pytest

from nimbus import bodies

SCOPE = {"type": "http", "headers": []}


def ask(pieces, largest, scope=SCOPE):
    """What the client is answered, and how many bytes the application was given."""
    sent, given = [], []
    arriving = iter(pieces)

    async def app(scope, receive, send):
        while message := await receive():
            given.append(message["body"])
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive():
        piece = next(arriving, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def send(message):
        sent.append(message)

    asyncio.run(bodies.bounded(app, largest)(scope, receive, send))
    return sent, sum(map(len, given))


def test_body_up_to_the_limit_passes():
    sent, given = ask([b"x" * 10] * 10, largest=100)

    assert (sent[0]["status"], given) == (200, 100)


def test_endless_body_is_refused_once_it_is_too_much():
    def endless():
        while True:
            yield b"x" * 10

    sent, given = ask(endless(), largest=100)

    assert (sent[0]["status"], given) == (413, 100)
    problem = json.loads(sent[1]["body"])
    assert (problem["code"], problem["status"]) == ("too_large", 413)
    assert (b"x-request-id", problem["request_id"].encode()) in sent[0]["headers"]


@pytest.mark.parametrize(("length", "status"), [(b"101", 413), (b"100", 200), (b"nonsense", 200)])
def test_declared_length_is_believed_before_a_byte_is_read(length, status):
    sent, given = ask([b"x"], largest=100, scope=SCOPE | {"headers": [(b"content-length", length)]})

    assert sent[0]["status"] == status
    assert given == (0 if status == 413 else 1)


def test_other_than_requests_pass_untouched():
    seen = []

    async def app(scope, receive, send):
        seen.append((receive, send))

    asyncio.run(bodies.bounded(app, 1)({"type": "lifespan"}, "receive", "send"))

    assert seen == [("receive", "send")]
