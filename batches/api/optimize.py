"""One page in one request: a batch of its own that goes first; with `Prefer: wait=30` the result itself."""

import re
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from batches import page_data, queue, uploads
from batches.api import shapes
from batches.api.events import MAX_WAIT_S, held, keyed, look
from batches.models import PageRun
from nimbus import idempotency, inflation, strictjson
from nimbus.errors import InvalidError, MediaTypeError
from projects.models import APIKey, Project

WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])", re.IGNORECASE)


@keyed(methods=("POST",), scopes=("upload",))
async def optimize(request: HttpRequest, key: APIKey, project_id: str) -> HttpResponse:
    if request.content_type != "application/json":
        raise MediaTypeError("Send the page as application/json.", field="Content-Type")
    body = inflation.read(request, inflation.encoding_of(request), settings.MAX_PAGE_BYTES)
    run, is_repeat = await look(begin_once, request, key, project_id, body)
    wanted = WAIT.search(request.headers.get("Prefer", ""))
    if wanted:
        seconds = min(int(wanted[1]), MAX_WAIT_S)
        run = await held(run.batch_id, seconds, partial(look, fresh, run.pk), lambda run: not run.is_final)
    response = await look(answer, request, run)
    if is_repeat:
        response[idempotency.REPLAYED] = "true"
    return response


@transaction.atomic
def begin_once(request: HttpRequest, key: APIKey, project_id: str, body: bytes) -> tuple[PageRun, bool]:
    """The run, and whether an earlier request with this Idempotency-Key began it."""
    name = request.headers.get(idempotency.HEADER)
    if name is None:
        return begin(key, project_id, body), False
    idempotency.check_name(name)
    body_hash = idempotency.hash_of(request.method, request.get_full_path(), strictjson.loads(body))
    if record := idempotency.find(key, name, body_hash):
        answered: Any = record.answer
        return fresh(answered["run"]), True
    run = begin(key, project_id, body)
    idempotency.keep(key, name, body_hash, 202, {"run": run.pk})
    return run, False


@transaction.atomic
def begin(key: APIKey, project_id: str, body: bytes) -> PageRun:
    """Upload and submit in one transaction: the page is on its way, or nothing has happened."""
    project = get_object_or_404(Project.objects.for_key(key), id=project_id)
    page = strictjson.loads(body)
    tier = page.pop("tier", None) if isinstance(page, dict) else None
    if tier is not None and not (isinstance(tier, str) and tier):
        raise InvalidError("`tier` is a text.", field="tier")
    batch = uploads.create_batch(project, tier=tier or "", lane="live", label="One page", priority=10, by=key)
    line = uploads.accept(batch, [body], key).outcomes[0]
    if line["outcome"] == "rejected":
        raise InvalidError(line["message"], field=line.get("field", ""), code=line["code"])
    queue.submit(batch, key)
    return batch.runs.select_related("page", "batch").get()


def fresh(run_id: int) -> PageRun:
    runs = PageRun.objects.select_related("page", "batch", "snapshot", "reused_from__batch")
    return runs.get(id=run_id)


def answer(request: HttpRequest, run: PageRun) -> HttpResponse:
    """200 and PageData of a page that is done; 202 and where to look for one that is not."""
    base = request.build_absolute_uri("/").rstrip("/")
    address = base + reverse("api-page-status", args=[run.batch.project_id, run.page_id])
    address += f"?batch={run.batch_id}"
    if run.status in (PageRun.Status.DONE, PageRun.Status.SKIPPED):
        response = HttpResponse(page_data.of_run(run.pk), content_type="application/json")
    else:
        data: dict[str, Any] = {"page_id": run.page_id, "status_url": address} | shapes.status_data(run)
        response = HttpResponse(shapes.dump(data), status=202, content_type="application/json")
    response["Location"] = address
    return response
