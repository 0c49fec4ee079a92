"""What happened in a day or a week, in one mail a person; its Message-ID keeps it from coming twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db.models import Count, Q, Sum

from accounts.models import User
from batches.mail import letters, wishes
from batches.models import Batch, OutboxMail
from nimbus import clock
from projects.models import Project

# In the reader's own time zone, before the day's work.
HOUR = 7
# Who was down on Monday sends until Wednesday.
LAST_WEEKDAY = 2


@dataclass(frozen=True, slots=True)
class Period:
    name: str
    start: datetime
    end: datetime

    def message_id(self, user: User) -> str:
        return f"{self.name}-{self.end:%Y%m%d}-{user.id}"

    @property
    def span(self) -> str:
        if self.name == wishes.DAILY:
            return f"{self.start:%-d %B}"
        return f"{self.start:%-d %B} to {self.end - timedelta(days=1):%-d %B}"


def queue_due(now: datetime | None = None) -> int:
    """Write the digests whose time has come; returns how many."""
    now = now or clock.now()
    people = User.objects.filter(is_active=True, memberships__isnull=False).distinct()
    due = [(user, period) for user in people.iterator() for period in periods(user, now)]
    wanted = {period.message_id(user): (user, period) for user, period in due}
    written = OutboxMail.objects.filter(message_id__in=[f"<{name}@nimbus>" for name in wanted])
    for message_id in written.values_list("message_id", flat=True):
        wanted.pop(message_id.strip("<>").removesuffix("@nimbus"), None)
    return letters.queue([mail for user, period in wanted.values() for mail in write(user, period)])


def periods(user: User, now: datetime) -> list[Period]:
    local = now.astimezone(zone_of(user))
    if local.hour < HOUR:
        return []
    today = datetime.combine(local.date(), time(), local.tzinfo)
    monday = today - timedelta(days=local.weekday())
    found = [Period(wishes.DAILY, today - timedelta(days=1), today)]
    if local.weekday() <= LAST_WEEKDAY:
        found.append(Period(wishes.WEEKLY, monday - timedelta(days=7), monday))
    return found


def zone_of(user: User) -> ZoneInfo:
    try:
        return ZoneInfo(user.time_zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def write(user: User, period: Period) -> list[OutboxMail]:
    """Nothing where nothing happened, or where all of it was told at once."""
    projects = Project.objects.filter(organization__memberships__user=user, deleted_at=None).order_by("name")
    chosen = [project for project in projects if is_told(user, project, period)]
    rows = summarize(chosen, period)
    if not rows:
        return []
    context = {"rows": rows, "total": total_of(rows), "span": period.span, "url": settings.SITE_URL}
    return [
        letters.write(
            "digest",
            user,
            context,
            kind=period.name,
            organization_id=chosen[0].organization_id if is_one_tenant(chosen) else "",
            message_id=period.message_id(user),
        )
    ]


def is_one_tenant(projects: Iterable[Project]) -> bool:
    return len({project.organization_id for project in projects}) == 1


def is_told(user: User, project: Project, period: Period) -> bool:
    """Reports and failures that do not come at once are told here."""
    kinds = ("batch_report", "trouble", "digest")
    return any(wishes.frequency(user, kind, project.id) == period.name for kind in kinds)


def summarize(projects: Iterable[Project], period: Period) -> list[dict[str, Any]]:
    """One row a project in which a batch ended, or waits for a person."""
    names = {project.id: project.name for project in projects}
    ended = Q(finished_at__gte=period.start, finished_at__lt=period.end)
    paused = Q(status=Batch.Status.PAUSED)
    rows = (
        Batch.objects.filter(ended | paused, project__in=list(names))
        .values("project_id")
        .annotate(
            batches=Count("id", filter=ended),
            paused=Count("id", filter=paused),
            done=Sum("done_count", filter=ended, default=0),
            failed=Sum("failed_count", filter=ended, default=0),
            changes=Sum("change_count", filter=ended, default=0),
            pending=Sum("pending_count", default=0),
            cost=Sum("cost_microdollars", filter=ended, default=0),
        )
        .order_by("-done", "project_id")
    )
    found = list(rows)
    most = max((row["done"] for row in found), default=0) or 1
    return [
        row
        | {
            "name": names[row["project_id"]],
            "share": max(1, round(100 * row["done"] / most)),
            "url": f"{settings.SITE_URL}/projects/{row['project_id']}",
        }
        for row in found
    ]


def total_of(rows: Iterable[dict[str, Any]]) -> dict[str, int]:
    rows = list(rows)
    return {name: sum(row[name] for row in rows) for name in ("done", "failed", "pending", "cost")}
