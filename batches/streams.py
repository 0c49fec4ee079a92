"""The live batch page's stream: the same partial again whenever the batch has moved."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from accounts.models import User
from batches import progress
from batches.models import Batch
from batches.watchers import hub

# A notice may be lost, so the stream looks for itself now and then; and not more often than people can read.
LOOK_AGAIN_S, AT_MOST_EVERY_S = 5.0, 0.5


@require_safe
async def events(request: HttpRequest, batch_id: str) -> HttpResponseBase:
    """Server-sent events for a signed-in visitor; a stranger gets 404."""
    user: Any = await request.auser()
    if not user.is_authenticated or await version_of(user, batch_id) is None:
        raise Http404
    response = StreamingHttpResponse(stream(request, user, batch_id), content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


async def stream(request: HttpRequest, user: User, batch_id: str) -> AsyncIterator[bytes]:
    known = -1
    async with hub().watch(batch_id) as woken:
        while True:
            woken.clear()
            version = await version_of(user, batch_id)
            if version is None:
                return
            if version == known:
                # Proxies close a connection that stays silent.
                yield b": still here\n\n"
            else:
                known = version
                html, is_final = await draw(request, user, batch_id)
                yield message(html)
                if is_final:
                    yield b"event: finished\ndata: final\n\n"
                    return
            await asyncio.sleep(AT_MOST_EVERY_S)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), LOOK_AGAIN_S)


def message(html: str) -> bytes:
    lines = "\n".join(f"data: {line}" for line in html.splitlines() if line.strip())
    return f"{lines}\n\n".encode()


@sync_to_async
def version_of(user: User, batch_id: str) -> int | None:
    """One short query; a watcher holds no database connection while it waits."""
    try:
        return Batch.objects.for_user(user).filter(id=batch_id).values_list("version", flat=True).first()
    finally:
        let_go()


@sync_to_async
def draw(request: HttpRequest, user: User, batch_id: str) -> tuple[str, bool]:
    try:
        batch = Batch.objects.for_user(user).select_related("project").get(id=batch_id)
        context = progress.live(batch) | {"project": batch.project}
        return render_to_string("batches/batch_detail.html#live", context, request), batch.is_final
    finally:
        let_go()


def let_go() -> None:
    # A test's transaction must outlive the look.
    if not connection.in_atomic_block:
        connection.close()
