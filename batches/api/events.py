"""Waiting for a batch: plain async views. Between two looks no database connection is held."""

import asyncio
import functools
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import MethodNotAllowed

from batches.api import shapes
from batches.models import Batch, PageRun
from batches.watchers import hub
from nimbus import api, querystring, selection
from projects.authentication import admit, require
from projects.models import APIKey

logger = logging.getLogger(__name__)
READ = ("read", "upload", "apply")
MAX_WAIT_S, MAX_PAGES = 60, 1000
# A notice may be lost, so a waiter looks for itself now and then; and not more often than people can see.
LOOK_AGAIN_S, AT_MOST_EVERY_S, PING_S = 5.0, 0.25, 15.0

type AsyncView = Callable[..., Coroutine[Any, Any, HttpResponseBase]]


def keyed(
    methods: tuple[str, ...] = ("GET", "HEAD"), scopes: tuple[str, ...] = READ
) -> Callable[[AsyncView], AsyncView]:
    """What DRF does for its views: the key, the method, and errors as problem+json."""

    def guard(view: AsyncView) -> AsyncView:
        @csrf_exempt
        @functools.wraps(view)
        async def guarded(request: HttpRequest, **ids: str) -> HttpResponseBase:
            try:
                key = await look(authenticate, request, scopes)
                if request.method not in methods:
                    raise MethodNotAllowed(request.method or "")
                return await view(request, key, **ids)
            except Exception as error:
                return api.problem(error, {"request": request, "view": guarded})

        guarded.allowed_methods = list(methods)  # type: ignore[attr-defined]
        return guarded

    return guard


def authenticate(request: HttpRequest, scopes: tuple[str, ...]) -> APIKey:
    key = admit(request)
    require(key, scopes)
    return key


async def look[**P, T](read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Ask the database and let go of the connection."""

    def ask() -> T:
        try:
            return read(*args, **kwargs)
        finally:
            if not connection.in_atomic_block:
                connection.close()

    return await sync_to_async(ask)()


@keyed()
async def batch_detail(request: HttpRequest, key: APIKey, batch_id: str) -> HttpResponse:
    """BatchData at once, or with `?wait=` when it has changed."""
    seconds = querystring.whole(request, "wait", 0, low=0, high=MAX_WAIT_S)
    known = request.headers.get("If-None-Match", "")
    has_pages = querystring.choice(request, "include", ("pages",)) == "pages"
    tree = selection.wanted(request)
    data = await look(read_batch, request, key, batch_id)
    selection.refuse_unknown(tree, {*data, "pages"})
    # The tag leaves the map of pages out, whose changes show in the rest.
    told: selection.Tree = {} if "pages" in tree else tree
    if seconds and is_awaited(data, known, told):
        read = functools.partial(look, read_batch, request, key, batch_id)
        data = await held(batch_id, seconds, read, lambda data: is_awaited(data, known, told))
    tag = shapes.etag(selection.pick(data, told))
    if tag in known or known.strip() == "*":
        response = HttpResponse(status=304)
    else:
        if has_pages:
            data["pages"] = await look(read_pages, batch_id)
        response = HttpResponse(shapes.dump(selection.pick(data, tree)), content_type="application/json")
    response["ETag"] = tag
    response["Cache-Control"] = "no-cache"
    return response


def is_awaited(data: dict[str, Any], known: str, tree: selection.Tree) -> bool:
    """Nothing new, of what was asked for, to one who knows the batch; not final to one who does not."""
    return shapes.etag(selection.pick(data, tree)) in known if known else data["status"] not in Batch.FINAL


async def held[T](
    batch_id: str, seconds: int, read: Callable[[], Awaitable[T]], waits: Callable[[T], bool]
) -> T:
    """What `read` finds once it is no longer waited for, or as it stands when the time is up."""
    end = time.monotonic() + seconds
    async with hub().watch(batch_id) as woken:
        while True:
            woken.clear()
            found = await read()
            left = end - time.monotonic()
            if left <= 0 or not waits(found):
                return found
            await rest(woken, min(left, LOOK_AGAIN_S))


async def rest(woken: asyncio.Event, seconds: float) -> bool:
    """Until the event or the end of the time; never shorter than AT_MOST_EVERY_S. Whether it was woken."""
    await asyncio.sleep(min(AT_MOST_EVERY_S, seconds))
    try:
        await asyncio.wait_for(woken.wait(), max(seconds - AT_MOST_EVERY_S, 0.001))
    except TimeoutError:
        return False
    return True


@keyed()
async def batch_events(request: HttpRequest, key: APIKey, batch_id: str) -> StreamingHttpResponse:
    # The first look answers 404 while that is still possible.
    tree = selection.wanted(request)
    selection.refuse_unknown(tree, await look(read_batch, request, key, batch_id))
    response = StreamingHttpResponse(events(request, key, batch_id, tree), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"
    return response


async def events(
    request: HttpRequest, key: APIKey, batch_id: str, tree: selection.Tree
) -> AsyncIterator[bytes]:
    """BatchData at each change, a comment now and then so that proxies keep the line open, and an end."""
    sent, spoke = "", time.monotonic()
    async with hub().watch(batch_id) as woken:
        while True:
            woken.clear()
            try:
                data = await look(read_batch, request, key, batch_id)
            except Http404:
                return
            shown = selection.pick(data, tree)
            if (tag := shapes.etag(shown)) != sent:
                sent, spoke = tag, time.monotonic()
                yield (
                    b"event: batch\nid: "
                    + tag.strip('"').encode()
                    + b"\ndata: "
                    + shapes.dump(shown)
                    + b"\n\n"
                )
            if data["status"] in Batch.FINAL:
                yield b"event: finished\ndata: {}\n\n"
                return
            if time.monotonic() - spoke > PING_S:
                spoke = time.monotonic()
                yield b": still here\n\n"
            await rest(woken, LOOK_AGAIN_S)


def read_batch(request: HttpRequest, key: APIKey, batch_id: str) -> dict[str, Any]:
    batch = get_object_or_404(Batch.objects.for_key(key), id=batch_id)
    return shapes.batch_data(batch, request.build_absolute_uri("/").rstrip("/"))


def read_pages(batch_id: str) -> dict[str, Any]:
    runs = PageRun.objects.filter(batch_id=batch_id).order_by("id")[:MAX_PAGES]
    return {run.page_id: shapes.page_entry(run) for run in runs}
