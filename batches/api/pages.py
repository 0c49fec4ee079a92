"""The pages of a batch, and one page: its data, status and log."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import AuditEvent
from batches import page_data
from batches.api import shapes
from batches.api.batches import BatchUploadView, batch_for
from batches.models import Page, PageRun
from nimbus import querystring
from nimbus.errors import NotFoundError
from nimbus.selection import selectable
from projects.api import READ, KeyView
from projects.authentication import auth_of
from projects.models import APIKey


class BatchPagesView(BatchUploadView):
    """GET lists the pages, POST uploads more."""

    scope = {"GET": READ, "POST": "upload"}

    @extend_schema(
        operation_id="batch_pages", summary="List the pages of a batch", responses=OpenApiTypes.OBJECT
    )
    @selectable()
    def get(self, request: Request, batch_id: str) -> Response:
        batch = batch_for(request, batch_id)
        limit = querystring.limit_of(request)
        runs = PageRun.objects.filter(batch=batch, id__gt=querystring.cursor_of(request))
        if status := querystring.choice(request, "status", PageRun.Status.values):
            runs = runs.filter(status=status)
        found = list(runs.select_related("page").order_by("id")[: limit + 1])
        shown, following = querystring.cut(found, limit, lambda run: run.id)
        return Response({"results": [shapes.page_row(run) for run in shown], "next": following})


class PageView(KeyView):
    scope = READ

    @extend_schema(
        operation_id="page_read", summary="Read the newest run of a page", responses=OpenApiTypes.OBJECT
    )
    @selectable("optimization")
    def get(self, request: Request, project_id: str, page_id: str) -> HttpResponse:
        run = run_for(auth_of(request), project_id, page_id, request.GET.get("batch", ""))
        return HttpResponse(page_data.of_run(run.pk), content_type="application/json")


class PageLogsView(KeyView):
    """The page's events, newest first."""

    scope = READ

    @extend_schema(
        operation_id="page_logs", summary="Read a page's log, newest first", responses=OpenApiTypes.OBJECT
    )
    @selectable()
    def get(self, request: Request, project_id: str, page_id: str) -> Response:
        page = page_for(auth_of(request), project_id, page_id)
        limit, cursor = querystring.limit_of(request), querystring.cursor_of(request)
        events = AuditEvent.objects.filter(chain=page.project_id, target=page.id)
        if cursor:
            events = events.filter(seq__lt=cursor)
        found = list(events.order_by("-seq")[: limit + 1])
        shown, following = querystring.cut(found, limit, lambda event: event.seq)
        entries = [shapes.log_entry(event) for event in shown]
        return Response({"page_id": page.id, "entries": entries, "next": following})


def page_for(key: APIKey, project_id: str, page_id: str) -> Page:
    """404 for another organization's page exactly as for an unknown one."""
    return get_object_or_404(Page.objects.for_key(key), project=project_id, id=page_id)


def run_for(key: APIKey, project_id: str, page_id: str, batch_id: str = "") -> PageRun:
    """The page's newest run, or the one of this batch."""
    page = page_for(key, project_id, page_id)
    runs: Any = page.runs.select_related("page", "batch", "snapshot", "reused_from__batch")
    if batch_id:
        if "\0" in batch_id:
            raise NotFoundError
        runs = runs.filter(batch_id=batch_id)
    run: PageRun | None = runs.order_by("-id").first()
    if run is None:
        raise NotFoundError
    return run
