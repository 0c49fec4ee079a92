"""No body larger than the limit is kept, whoever sends it."""

import asyncio
import contextlib
import json
import socket
import threading
import time

import pytest
import uvicorn
from django.core.asgi import get_asgi_application

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


@pytest.fixture
def server():
    """Django behind the bounds at a real server, with little patience."""
    pace = bodies.Pace(seconds=0.4, bytes_a_second=100)
    application = bodies.bounded(get_asgi_application(), 10_000, pace)
    config = uvicorn.Config(application, port=0, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()
    server.should_exit = True
    thread.join(10)


def talk(server, *pieces, pause=0.0, head=b"Content-Length: 400"):
    """All that the server says, and whether it hung up by itself; sends the pieces with pauses between."""
    with socket.create_connection(server, timeout=10) as connection:
        connection.sendall(b"POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\n" + head + b"\r\n\r\n")
        with contextlib.suppress(OSError):
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while more := connection.recv(65_536):
                answer += more
                if b"\r\n\r\n" in answer and b"connection: close" not in answer.lower():
                    break
    return answer


def test_client_that_sends_less_than_it_says_is_answered_and_let_go(server):
    answer = talk(server, b"x" * 399)

    assert answer.startswith(b"HTTP/1.1 408")
    assert b"request_timeout" in answer


@pytest.mark.parametrize("head", [b"Content-Length: 400", b"Transfer-Encoding: chunked"])
def test_byte_by_byte_is_no_way_to_hold_a_connection(server, head):
    byte = b"1\r\nx\r\n" if b"chunked" in head else b"x"
    began = time.monotonic()

    answer = talk(server, *[byte] * 60, pause=0.05, head=head)

    # Never silent for long, and yet it does not go on for the three seconds that the client wants.
    assert answer.startswith(b"HTTP/1.1 408")
    assert time.monotonic() - began < 3.5


def test_slow_line_that_keeps_its_pace_is_served(server):
    answer = talk(server, *[b"x" * 40] * 10, pause=0.1)

    assert answer.startswith(b"HTTP/1.1 404")


def test_product_waits_for_a_body_no_longer_than_half_a_minute():
    assert bodies.Pace().left(0, 0) <= 30
    # Nor does what came at once buy more than its share of the time.
    assert bodies.Pace().left(60, 60) < 0
