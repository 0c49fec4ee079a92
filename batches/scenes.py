"""A live batch as its viewers see it: one look at the database for all of them, in each process.

Two hundred people may watch one batch. Each drawing is made once for a language and a time zone, and each
look asks which of the viewers may still see it, so that a removed member's stream ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import NamedTuple
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from asgiref.sync import sync_to_async
from django.db import connection
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.models import Membership
from batches import progress
from batches.models import Batch
from batches.watchers import hub
from nimbus import walls

# A notice may be lost, so a scene looks for itself now and then; and not more often than people can read.
LOOK_AGAIN_S, AT_MOST_EVERY_S = 5.0, 0.5
# Stands where each viewer's own token against forged forms has to be.
TOKEN = secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class Shot:
    """What a look found; `asked` are the viewers it asked about, `allowed` those who may see it."""

    version: int = -1
    html: str = ""
    is_final: bool = False
    asked: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()


class Telling(NamedTuple):
    """In which language a drawing speaks, and in which zone it tells times."""

    language: str
    zone: str

    @classmethod
    def of_request(cls) -> Telling:
        return cls(translation.get_language(), str(timezone.get_current_timezone()))


class Scene:
    """One batch that somebody watches."""

    def __init__(self, batch_id: str, organization_id: str, telling: Telling) -> None:
        self.batch_id, self.organization_id, self.telling = batch_id, organization_id, telling
        self.viewers: Counter[str] = Counter()
        self.shot = Shot()
        self.newcomer = asyncio.Event()
        self._next: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def after(self, seen: Shot) -> Shot:
        """The newest look, once it is another than this; raises what makes the next one fail."""
        if self.shot is seen:
            await asyncio.shield(self._next)
        return self.shot

    async def run(self) -> None:
        async with hub().watch(self.batch_id) as woken:
            # A newcomer needs no change to get a first picture.
            self.newcomer = woken
            while True:
                woken.clear()
                told, self._next = self._next, asyncio.get_running_loop().create_future()
                try:
                    self.shot = await self._look()
                except Exception as error:
                    told.set_exception(error)
                    # Heard by those who wait; nobody else has to.
                    told.exception()
                else:
                    told.set_result(None)
                await asyncio.sleep(AT_MOST_EVERY_S)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), LOOK_AGAIN_S)

    async def _look(self) -> Shot:
        # As somebody who may see this organization: which of the viewers may is asked, not assumed.
        sight = walls.Sight(tenants=frozenset({self.organization_id}))
        viewers = frozenset(self.viewers)
        with (
            walls.asked_by(walls.Fixed(sight)),
            translation.override(self.telling.language),
            timezone.override(ZoneInfo(self.telling.zone)),
        ):
            return await look(self.batch_id, self.organization_id, viewers, self.shot)


@sync_to_async
def look(batch_id: str, organization_id: str, viewers: frozenset[str], before: Shot) -> Shot:
    """Three short queries, and the drawing's own where the batch has moved."""
    try:
        batch = Batch.objects.filter(id=batch_id, project__deleted_at=None).select_related("project").first()
        if batch is None:
            return Shot(asked=viewers)
        members = Membership.objects.filter(organization_id=organization_id, user__is_active=True)
        allowed = frozenset(members.filter(user_id__in=viewers).values_list("user_id", flat=True))
        html = before.html if batch.version == before.version else draw(batch)
        return Shot(batch.version, html, batch.is_final, viewers, allowed)
    finally:
        # Nobody holds a connection while waiting; a test's transaction must outlive the look.
        if not connection.in_atomic_block:
            connection.close()


def draw(batch: Batch) -> str:
    context = progress.live(batch) | {"project": batch.project, "csrf_token": TOKEN}
    return render_to_string("batches/batch_detail.html#live", context)


Kept = dict[tuple[str, Telling], tuple[Scene, asyncio.Task[None]]]
SCENES: WeakKeyDictionary[asyncio.AbstractEventLoop, Kept] = WeakKeyDictionary()


@contextlib.asynccontextmanager
async def watch(batch_id: str, organization_id: str, user_id: str, telling: Telling) -> AsyncIterator[Scene]:
    """The scene of this batch in these words, which lasts while somebody watches it."""
    scenes = SCENES.setdefault(asyncio.get_running_loop(), {})
    key = batch_id, telling
    if key not in scenes:
        scene = Scene(batch_id, organization_id, telling)
        scenes[key] = scene, asyncio.create_task(scene.run())
    scene, task = scenes[key]
    scene.viewers[user_id] += 1
    scene.newcomer.set()
    try:
        yield scene
    finally:
        scene.viewers[user_id] -= 1
        scene.viewers += Counter()
        if not scene.viewers:
            task.cancel()
            del scenes[key]
