"""The live page's stream, over a real ASGI handler and real commits: one look for all who watch."""

import asyncio
import contextlib
import re

import pytest
from asgiref.sync import sync_to_async
from django.db.models import F
from django.test import AsyncClient
from django.utils.translation import get_language

from accounts.models import Membership, User
from batches import queue, scenes, uploads, wakeups
from batches.models import Batch
from batches.tests.factories import make_run
from tests.cast import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def batch(project, alice):
    return uploads.create_batch(project, tier="full", by=alice)


@pytest.fixture
def looks(monkeypatch):
    """The viewers that each look at the database was for."""
    found, look = [], scenes.look

    async def counted(batch_id, organization_id, viewers, before):
        found.append(viewers)
        return await look(batch_id, organization_id, viewers, before)

    monkeypatch.setattr(scenes, "look", counted)
    monkeypatch.setattr(scenes, "LOOK_AGAIN_S", 30.0)
    return found


@sync_to_async
def colleague(number, organization):
    user = User.objects.create_user(f"viewer-{number}@acme.test")
    Membership.objects.create(organization=organization, user=user, role="viewer")
    return user


@contextlib.asynccontextmanager
async def watching(batch, *users):
    """The drawings that each of these people gets."""
    async with asyncio.timeout(20), contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(contextlib.aclosing(await watch(batch, u))) for u in users]


async def watch(batch, user, language="en"):
    client = AsyncClient()
    await sync_to_async(sign_in)(client, user)
    answer = await client.get(f"/batches/{batch.id}/events", headers={"accept-language": language})
    assert answer.status_code == 200
    return drawings(answer.streaming_content)


async def drawings(pieces):
    async for piece in pieces:
        if not piece.startswith(b":"):
            yield piece


@sync_to_async
def change(batch, **fields):
    Batch.objects.filter(id=batch.id).update(version=F("version") + 1, **fields)
    wakeups.notify([batch.id])


async def test_a_change_costs_one_look_however_many_watch(batch, alice, project, looks):
    viewers = [alice] + [await colleague(n, project.organization) for n in range(11)]
    async with watching(batch, *viewers) as streams:
        first = await asyncio.gather(*map(anext, streams))
        before = len(looks)
        await change(batch, label="Changed")
        second = await asyncio.gather(*map(anext, streams))

    assert all(b"Changed" in html for html in second)
    assert not any(b"Changed" in html for html in first)
    assert len(looks) - before <= 2
    assert looks[-1] == {viewer.id for viewer in viewers}


async def test_stream_of_a_removed_member_ends_and_the_others_go_on(batch, alice, project, looks):
    removed = await colleague(0, project.organization)
    async with watching(batch, alice, removed) as streams:
        await asyncio.gather(*map(anext, streams))
        await Membership.objects.filter(user=removed).adelete()
        await change(batch, label="Secret")

        assert b"Secret" in await anext(streams[0])
        with pytest.raises(StopAsyncIteration):
            await anext(streams[1])


async def test_each_viewer_gets_a_token_of_their_own(batch, alice, project, looks):
    await change(batch, status="processing")
    async with watching(batch, alice, await colleague(0, project.organization)) as streams:
        drawn = await asyncio.gather(*map(anext, streams))

    tokens = [set(re.findall(rb'csrfmiddlewaretoken" value="(\w+)"', html)) for html in drawn]
    assert [len(found) for found in tokens] == [1, 1]
    assert tokens[0] != tokens[1]
    assert not any(scenes.TOKEN.encode() in html for html in drawn)


async def test_last_viewer_takes_the_scene_along(batch, alice, looks):
    async with watching(batch, alice) as [stream]:
        await anext(stream)
        await change(batch, status="completed")
        rest = [piece async for piece in stream]

    assert rest[-1].startswith(b"event: finished")
    assert scenes.SCENES[asyncio.get_running_loop()] == {}


async def test_each_viewer_reads_times_in_their_own_zone(batch, alice, project, looks):
    await sync_to_async(make_run)(batch, "/p")
    await sync_to_async(queue.submit)(batch, by=alice)
    other = await colleague(0, project.organization)
    for user, zone in ((alice, "Asia/Tokyo"), (other, "Pacific/Honolulu")):
        await User.objects.filter(id=user.id).aupdate(time_zone=zone)
    async with watching(batch, alice, other) as streams:
        drawn = await asyncio.gather(*map(anext, streams))

    # The zone's distance from UTC, in the attribute that programs read.
    assert [set(re.findall(rb'datetime="[^"]+([+-]\d\d:00)"', html)) for html in drawn] == [
        {b"+09:00"}, {b"-10:00"}
    ]  # fmt: skip


async def test_each_viewer_reads_their_own_language(batch, alice, looks, settings, monkeypatch):
    settings.LANGUAGES = [("en", "English"), ("de", "German")]
    monkeypatch.setattr(scenes, "draw", lambda batch: f"<p>{get_language()}</p>")
    async with asyncio.timeout(20), contextlib.AsyncExitStack() as stack:
        streams = [
            await stack.enter_async_context(contextlib.aclosing(await watch(batch, alice, language)))
            for language in ("en", "de")
        ]
        drawn = await asyncio.gather(*map(anext, streams))

    assert [re.findall(rb"<p>(\w+)", html) for html in drawn] == [[b"en"], [b"de"]]
