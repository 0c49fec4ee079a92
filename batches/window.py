"""How many calls are under way at once: in this process, and for each project."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Window:
    """A slot is held for the time of one call only, so that a page's checks and commits keep none busy."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.calls = 0
        self._slots = asyncio.Semaphore(size)
        self._projects: dict[str, asyncio.Semaphore] = {}

    @property
    def has_room(self) -> bool:
        return self.calls < self.size

    @asynccontextmanager
    async def slot(self, project_id: str, concurrency: int) -> AsyncIterator[None]:
        project = self._projects.setdefault(project_id, asyncio.Semaphore(concurrency))
        async with project, self._slots:
            self.calls += 1
            try:
                yield
            finally:
                self.calls -= 1
