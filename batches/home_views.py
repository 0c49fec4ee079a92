"""The first page: what runs, what waits for a decision, what it cost this month, what happened last."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Max, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import AuditEvent, Organization, User
from accounts.visitors import Visit
from batches import progress
from batches.models import Batch
from nimbus.sentences import translated
from projects import books, first_run
from projects.books import Holder
from projects.frames import frame
from projects.models import Project

PROJECTS, RUNNING, EVENTS = 200, 5, 8


@dataclass(frozen=True, slots=True)
class Row:
    project: Project
    newest: Batch | None
    pending: int


@require_safe
@login_required
def home(request: Visit) -> HttpResponse:
    rows = rows_of(request.user)
    context = frame(request.user, "home") | {"rows": rows}
    if any(row.newest for row in rows):
        context |= overview(request.user, rows)
    elif rows:
        context |= first_run.context(request, rows[0].project) | {"first": rows[0].project}
    is_partial = request.headers.get("HX-Request-Type") == "partial"
    response = render(request, "home.html#now" if is_partial else "home.html", context)
    response.headers["Vary"] = "Cookie, HX-Request-Type"
    return response


def rows_of(user: User) -> list[Row]:
    """The projects, newest first, each with its newest batch: three queries for any number."""
    projects = list(
        Project.objects.for_user(user).select_related("organization").order_by("-created_at")[:PROJECTS]
    )
    grouped: Any = (
        Batch.objects.filter(project__in=projects)
        .order_by()
        .values("project")
        .annotate(newest=Max("created_at"), pending=Sum("pending_count"))
    )
    totals: dict[str, dict[str, Any]] = {row["project"]: row for row in grouped}
    moments = [row["newest"] for row in totals.values()]
    newest: dict[tuple[str, Any], Batch] = {
        (batch.project_id, batch.created_at): batch
        for batch in Batch.objects.filter(project__in=projects, created_at__in=moments)
    }
    rows = []
    for project in projects:
        total = totals.get(project.id, {})
        batch = newest.get((project.id, total.get("newest")))
        rows.append(Row(project, batch, total.get("pending", 0)))
    return rows


def overview(user: User, rows: Sequence[Row]) -> dict[str, Any]:
    """The strip of numbers, the running batches with their bars, and the last events."""
    mine = Batch.objects.for_user(user)
    running = list(
        mine.filter(status__in=[*Batch.RUNNABLE, Batch.Status.PAUSED])
        .select_related("project")
        .order_by("-created_at")[:RUNNING]
    )
    organizations = Organization.objects.for_user(user)
    return {
        "running": [(batch, progress.bar(batch), progress.counts(batch)["finished"]) for batch in running],
        "waiting": list(
            mine.filter(pending_count__gt=0).select_related("project").order_by("-created_at")[:RUNNING]
        ),
        "left": sum(batch.pending_page_count for batch in running),
        "events": events_of(rows, list(mine.order_by("-created_at")[:EVENTS])),
        **spending(list(organizations)),
        **mine.aggregate(
            pending=Sum("pending_count"), held=Sum("held_count"), approved=Sum("approved_count")
        ),
    }


def spending(organizations: Sequence[Organization]) -> dict[str, Any]:
    """What the ledger says of this month; the cap where each organization has one."""
    held = books.look(Holder("", "", organization.id) for organization in organizations)
    totals = [held.of(organization.id) for organization in organizations]
    caps = [total.cap for total in totals]
    cap = None if None in caps else sum(cap for cap in caps if cap is not None)
    spent = sum(total.spent for total in totals)
    share = None if cap is None else min(100, round(100 * spent / cap)) if cap else 100
    return {"spent": spent, "cap": cap, "cap_share": share}


def events_of(rows: Sequence[Row], newest: Sequence[Batch]) -> list[dict[str, Any]]:
    """The last events of the projects and of the newest batches; those of single pages would bury them."""
    batches = {batch.id: batch for batch in newest}
    projects = {row.project.id: row.project for row in rows}
    told = AuditEvent.objects.filter(chain__in=projects, target__in=[*projects, *batches])
    events = list(told.order_by("-id")[:EVENTS])
    ids = {event.actor for event in events if event.actor.startswith("user_")}
    names = {user.id: str(user) for user in User.objects.filter(id__in=ids)}
    return [
        {
            "id": event.pk,
            "at": event.at,
            "text": translated(event.message) or event.action.replace("_", " ").replace(".", " "),
            "actor": names.get(event.actor, event.actor),
            "batch": batches.get(event.target),
            "project": projects.get(event.target),
        }
        for event in events
    ]
