"""The live batch page's stream: the same partial again whenever the batch has moved."""

from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.views.decorators.http import require_safe

from accounts.models import User
from batches import scenes
from batches.models import Batch


@require_safe
async def events(request: HttpRequest, batch_id: str) -> HttpResponseBase:
    """Server-sent events for a signed-in visitor; a stranger gets 404."""
    user: Any = await request.auser()
    organization_id = await owner_of(user, batch_id) if user.is_authenticated else None
    if organization_id is None:
        raise Http404
    pieces = stream(request, user.id, batch_id, organization_id, scenes.Telling.of_request())
    response = StreamingHttpResponse(pieces, content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


async def stream(
    request: HttpRequest, user_id: str, batch_id: str, organization_id: str, telling: scenes.Telling
) -> AsyncIterator[bytes]:
    known = -1
    async with scenes.watch(batch_id, organization_id, user_id, telling) as scene:
        shot = scene.shot
        while True:
            shot = await scene.after(shot)
            if user_id not in shot.asked:
                # The look began before this viewer came.
                continue
            if user_id not in shot.allowed:
                return
            if shot.version == known:
                # Proxies close a connection that stays silent.
                yield b": still here\n\n"
            else:
                known = shot.version
                yield message(shot.html.replace(scenes.TOKEN, get_token(request)))
                if shot.is_final:
                    yield b"event: finished\ndata: final\n\n"
                    return


def message(html: str) -> bytes:
    lines = "\n".join(f"data: {line}" for line in html.splitlines() if line.strip())
    return f"{lines}\n\n".encode()


@sync_to_async
def owner_of(user: User, batch_id: str) -> str | None:
    """The batch's organization, where the visitor may see it; a watcher then holds no connection."""
    try:
        found = Batch.objects.for_user(user).filter(id=batch_id)
        return found.values_list("organization_id", flat=True).first()
    finally:
        # A test's transaction must outlive the look.
        if not connection.in_atomic_block:
            connection.close()
