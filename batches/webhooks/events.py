"""What is told: events become deliveries in the transaction of the change they tell of."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import AuditEvent
from batches.models import Batch, PageRun, WebhookDelivery, WebhookEndpoint

EVENTS = ("batch.completed", "batch.failed", "page.failed", "review.completed", "budget.reached")
MOST_LOGS = 20


def tell_batch(batch: Batch) -> None:
    """The end of a batch, for every endpoint that asked for it and for the batch's own callback."""
    kind = f"batch.{batch.status}"
    if kind not in EVENTS:
        return
    wanted = Q(is_callback=False, events__contains=kind)
    if batch.callback_url:
        wanted |= Q(is_callback=True, url=batch.callback_url, project_id=batch.project_id)
    queue(endpoints_of(batch).filter(wanted), kind, batch_data(batch))


def tell_review(batch: Batch) -> None:
    """Nothing of this batch waits for a decision any more."""
    data = batch_data(batch)
    queue(endpoints_of(batch).filter(events__contains="review.completed"), "review.completed", data)


def tell_budget(batch: Batch, cap: dict[str, Any]) -> None:
    """The batch is paused, since this cap leaves no room for its next call."""
    data = {
        "batch_id": batch.id,
        "project_id": batch.project_id,
        "label": batch.label,
        "status": "paused",
        **cap,
        "dashboard_url": f"{settings.SITE_URL}/batches/{batch.id}",
    }
    queue(endpoints_of(batch).filter(events__contains="budget.reached"), "budget.reached", data)


def tell_pages(batch: Batch, runs: Iterable[PageRun]) -> None:
    """Pages that failed for good."""
    endpoints = list(endpoints_of(batch).filter(events__contains="page.failed"))
    for run in runs if endpoints else ():
        data = {
            "page_id": run.page_id,
            "page_url": run.page.url,
            "batch_id": batch.id,
            "project_id": batch.project_id,
            "status": "failed",
            "error": {"code": run.error_code, "message": run.error_message},
            "attempts": run.attempts,
        }
        queue(endpoints, "page.failed", data)


def endpoints_of(batch: Batch) -> QuerySet[WebhookEndpoint]:
    scope = Q(project=None) | Q(project_id=batch.project_id)
    return WebhookEndpoint.objects.filter(scope, organization_id=batch.organization_id, disabled_at=None)


def queue(endpoints: Iterable[WebhookEndpoint], kind: str, data: dict[str, Any]) -> None:
    now = timezone.now()
    payload = {"type": kind, "timestamp": now.isoformat().replace("+00:00", "Z"), "data": data}
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            organization_id=endpoint.organization_id,
            endpoint=endpoint,
            event=kind,
            payload=payload,
            next_attempt_at=now,
        )
        for endpoint in endpoints
    )


def batch_data(batch: Batch) -> dict[str, Any]:
    duration = batch.finished_at - batch.submitted_at if batch.finished_at and batch.submitted_at else None
    return {
        "batch_id": batch.id,
        "project_id": batch.project_id,
        "label": batch.label,
        "tier": batch.tier,
        "lane": batch.lane,
        "status": batch.status,
        "result": {
            "pages": batch.page_count,
            "completed": batch.done_count,
            "failed": batch.failed_count,
            "skipped": batch.skipped_count,
            "cancelled": batch.cancelled_count,
            "changes": batch.change_count,
            "review": {
                "pending": batch.pending_count,
                "approved": batch.approved_count,
                "rejected": batch.rejected_count,
            },
            "cost_usd": batch.cost_microdollars / 1_000_000,
            "results_url": f"{settings.SITE_URL}/api/v1/batches/{batch.id}/results",
            "dashboard_url": f"{settings.SITE_URL}/batches/{batch.id}",
        },
        "processedAt": batch.finished_at.isoformat() if batch.finished_at else None,
        "duration": round(duration.total_seconds() * 1000) if duration else None,
        "logs": [log(event) for event in last_events(batch)],
    }


def last_events(batch: Batch) -> Sequence[AuditEvent]:
    """What happened to the batch as a whole, oldest first."""
    events = AuditEvent.objects.filter(chain=batch.project_id, target=batch.id).order_by("-seq")
    return list(events[:MOST_LOGS])[::-1]


def log(event: AuditEvent) -> dict[str, Any]:
    return {
        "timestamp": event.at.isoformat(),
        "level": event.level,
        "action": event.action,
        "message": event.message,
        "data": event.data,
    }
