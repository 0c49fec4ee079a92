"""Waiting for changes of a batch: one LISTEN connection a process wakes everybody who waits."""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection
from psycopg import conninfo

from batches.wakeups import CHANNEL

logger = logging.getLogger(__name__)
RECONNECT_S = 1.0


class Hub:
    """Those who wait in one event loop. It listens only while somebody does."""

    def __init__(self) -> None:
        self.waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self.listener: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def watch(self, batch_id: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever the batch may have changed."""
        event = asyncio.Event()
        self.waiting[batch_id].add(event)
        if self.listener is None or self.listener.done():
            self.listener = asyncio.create_task(self.listen())
        try:
            yield event
        finally:
            self.waiting[batch_id].discard(event)
            if not self.waiting[batch_id]:
                del self.waiting[batch_id]
            if not self.waiting and self.listener:
                self.listener.cancel()

    async def listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(dsn(), autocommit=True) as database:
                    await database.execute(f"LISTEN {CHANNEL}")
                    # What was told before the connection stood is found by looking.
                    self.wake_all()
                    async for note in database.notifies():
                        self.wake(note.payload)
            except psycopg.OperationalError:
                logger.warning("The connection that listens for batches was lost; trying again")
            self.wake_all()
            await asyncio.sleep(RECONNECT_S)

    def wake(self, batch_id: str) -> None:
        for event in self.waiting.get(batch_id, ()):
            event.set()

    def wake_all(self) -> None:
        for batch_id in list(self.waiting):
            self.wake(batch_id)


HUBS: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    return HUBS.setdefault(asyncio.get_running_loop(), Hub())


def dsn() -> str:
    """Django's own database, in libpq's words."""
    values = connection.settings_dict
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    given = {name: str(values[key]) for name, key in names.items() if values.get(key)}
    options = {name: value for name, value in values["OPTIONS"].items() if isinstance(value, str)}
    return conninfo.make_conninfo(**options, **given)
