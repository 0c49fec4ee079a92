"""Waiting for a batch, over a real ASGI handler and real commits."""

import asyncio
import time

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import AsyncClient

from batches import uploads, wakeups
from batches.api import events
from batches.models import Batch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def batch(project, alice):
    return uploads.create_batch(project, tier="full", by=alice)


@pytest.fixture
def client_of(project, make_key):
    _, secret = make_key(project)

    class Caller:
        def get(self, path, headers=None):
            return AsyncClient().get(path, headers={"authorization": f"Bearer {secret}"} | (headers or {}))

    return Caller


def move(batch, **fields):
    Batch.objects.filter(id=batch.id).update(**fields)
    wakeups.notify([batch.id])


async def test_waiter_is_woken_by_the_change(batch, client_of, monkeypatch):
    # Only the notice can wake it in time.
    monkeypatch.setattr(events, "LOOK_AGAIN_S", 30.0)
    path, client = f"/api/v1/batches/{batch.id}", client_of()
    tag = (await client.get(path))["ETag"]
    started = time.monotonic()

    waiting = asyncio.create_task(client_of().get(f"{path}?wait=20", headers={"if-none-match": tag}))
    await asyncio.sleep(1)
    assert not waiting.done()
    await sync_to_async(move)(batch, label="Changed")
    answer = await waiting

    assert (answer.status_code, answer.json()["label"]) == (200, "Changed")
    assert time.monotonic() - started < 8


async def test_waiter_hears_that_nothing_changed(batch, client_of):
    path, client = f"/api/v1/batches/{batch.id}", client_of()
    tag = (await client.get(path))["ETag"]

    answer = await client.get(f"{path}?wait=1", headers={"if-none-match": tag})

    assert answer.status_code == 304


async def test_final_batch_is_answered_at_once(batch, client_of):
    await sync_to_async(move)(batch, status="completed")
    started = time.monotonic()

    answer = await client_of().get(f"/api/v1/batches/{batch.id}?wait=30")

    assert answer.json()["status"] == "completed"
    assert time.monotonic() - started < 5


async def test_unknown_tag_is_answered_at_once(batch, client_of):
    started = time.monotonic()

    answer = await client_of().get(f"/api/v1/batches/{batch.id}?wait=30", headers={"if-none-match": '"old"'})

    assert answer.status_code == 200
    assert time.monotonic() - started < 5


async def test_events_tell_each_change_and_the_end(batch, client_of, monkeypatch):
    monkeypatch.setattr(events, "LOOK_AGAIN_S", 30.0)
    answer = await client_of().get(f"/api/v1/batches/{batch.id}/events")
    assert answer["Content-Type"] == "text/event-stream"
    stream = aiter(answer.streaming_content)

    first = await anext(stream)
    await sync_to_async(move)(batch, status="completed")
    rest = [piece async for piece in stream]

    assert orjson.loads(first.split(b"data: ")[1])["status"] == "uploading"
    assert b'"status":"completed"' in rest[-2]
    assert rest[-1].startswith(b"event: finished")


async def test_waiter_holds_no_connection(batch, client_of):
    path, client = f"/api/v1/batches/{batch.id}", client_of()
    tag = (await client.get(path))["ETag"]

    waiting = asyncio.create_task(client_of().get(f"{path}?wait=3", headers={"if-none-match": tag}))
    await asyncio.sleep(1)
    held = await sync_to_async(lambda: connection.connection)()
    await waiting

    assert held is None
