"""One page in one batch: its changes, its log, its history, and a preview that can do no harm."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_POST, require_safe

from accounts import audit_log
from accounts.models import AuditEvent, User
from accounts.visitors import EDITORS, Visit, require
from batches import differing, previews, reviewing, savings, steering, versions
from batches.models import Batch, PageRun
from nimbus.errors import NimbusError
from optimizer import describing
from optimizer.types import DESCRIPTION, PageText
from optimizer.words import DESCRIPTION_MIN
from projects.frames import frame

LOG_LINES = 100
SANDBOX: dict[str, Any] = {
    "sandbox": True,
    "default-src": [CSP.NONE],
    "style-src": [CSP.UNSAFE_INLINE],
    "img-src": ["data:"],
    "frame-ancestors": [CSP.SELF],
}


def run_for(user: User, batch_id: str, page_id: str) -> PageRun:
    mine = PageRun.objects.filter(batch__in=Batch.objects.for_user(user)).select_related(
        "page", "snapshot", "batch__project__organization", "reused_from"
    )
    return get_object_or_404(mine, batch_id=batch_id, page_id=page_id)


@require_safe
@login_required
def page(request: Visit, batch_id: str, page_id: str) -> HttpResponse:
    run = run_for(request.user, batch_id, page_id)
    changes = reviewing.changes_of(run)
    others = run.page.runs.exclude(id=run.pk).select_related("batch").order_by("-id")[:20]
    context = frame(request.user, "batches", run.batch.project) | {
        "batch": run.batch,
        "run": run,
        "changes": changes,
        "undecided": sum(not change.is_decided for change in changes),
        "serp": reviewing.serp(run, changes),
        "at": reviewing.first_place(changes),
        "decided": sum(change.is_decided for change in changes),
        "events": log_of(run),
        "history": others,
        "saved": savings.of_run(run),
        "few_words": few_words(run)
        if run.status == PageRun.Status.DONE and hasattr(run, "snapshot")
        else None,
        "can_differ": run.status == PageRun.Status.DONE and bool(run.page.family),
        "can_process": run.status == PageRun.Status.FAILED
        or (run.status == PageRun.Status.QUEUED and run.priority < PageRun.NOW),
    }
    return render(request, "batches/page.html", context)


@require_safe
@login_required
def version_list(request: Visit, batch_id: str, page_id: str) -> HttpResponse:
    run = run_for(request.user, batch_id, page_id)
    target = request.GET.get("target", "").replace("\0", "")[:40]
    context = frame(request.user, "batches", run.batch.project) | {
        "batch": run.batch,
        "run": run,
        "target": target,
        "places": versions.places(run.page),
        "versions": versions.of_page(run.page, target),
        "most": versions.MOST,
    }
    return render(request, "batches/versions.html", context)


def few_words(run: PageRun) -> int | None:
    """How many characters a page without a description has of its own, where that is too few for one."""
    page = PageText.from_extraction(run.snapshot.extraction, run.page.url)
    own = len(describing.own_words(page))
    return own if own < DESCRIPTION_MIN and not page.head.get(DESCRIPTION) else None


def log_of(run: PageRun) -> list[tuple[AuditEvent, str, str]]:
    """What happened to the page in this batch and what builds applied, newest first: by whom, in words."""
    events = list(
        # A build applies the page's current text, whatever batch it came from, and so names none.
        AuditEvent.objects.filter(
            chain=run.batch.project_id, target=run.page_id, batch__in=[run.batch_id, ""]
        ).order_by("-seq")[:LOG_LINES]
    )
    return [(event, actor, audit_log.told(event)) for event, actor in audit_log.with_names(events)]


@login_required
@require_POST
def process_now(request: Visit, batch_id: str, page_id: str) -> HttpResponse:
    """The page before all others, or a failed one once more."""
    run = run_for(request.user, batch_id, page_id)
    require(request.user, run.batch.project.organization, EDITORS)
    try:
        steering.process_now(run, by=request.user)
    except NimbusError as error:
        messages.error(request, error.said())
    else:
        messages.success(request, _("This page is next."))
    return redirect("batches:page", batch_id, page_id)


@login_required
@require_POST
def differ(request: Visit, batch_id: str, page_id: str) -> HttpResponse:
    """The page once more, told to differ from its sisters."""
    run = run_for(request.user, batch_id, page_id)
    require(request.user, run.batch.project.organization, EDITORS)
    try:
        batch = differing.start(run.batch.project, [page_id], by=request.user)
    except NimbusError as error:
        messages.error(request, error.said())
        return redirect("batches:page", batch_id, page_id)
    return redirect("batches:page", batch.id, page_id)


@require_safe
@login_required
@xframe_options_sameorigin
@csp_override(SANDBOX)
def preview(request: Visit, batch_id: str, page_id: str) -> HttpResponse:
    """The customer's page for a sandboxed frame, before or after: no script, no request to any host."""
    run = run_for(request.user, batch_id, page_id)
    is_before = request.GET.get("side") == "before"
    return HttpResponse(previews.html_of(run, [] if is_before else reviewing.texts_of(run)))
