"""What people and keys do to pages and batches under way: sooner, and once more."""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext_noop as _

from accounts import audit
from batches import wakeups
from batches.models import Batch, PageRun
from nimbus.errors import InvalidError, StateError

FIRST = 10


class PageStateError(StateError):
    code = "page_state"


@transaction.atomic
def prioritize(batch: Batch, by: Any, priority: int = FIRST) -> Batch:
    """Let a batch go before, or after, the others of its organization; its waiting pages move with it."""
    if not 1 <= priority <= FIRST:
        raise InvalidError(_("A priority is a whole number from 1 to 10."), field="priority")
    moved = Batch.objects.filter(id=batch.id, status__in=Batch.OPEN).update(
        priority=priority, version=F("version") + 1, updated_at=Now()
    )
    if not moved:
        raise PageStateError(_("The batch has ended; nothing of it waits any more."), code="batch_final")
    # Pages that somebody wanted now keep their place.
    waiting = PageRun.objects.filter(batch=batch, status__in=["uploaded", "queued"])
    waiting.exclude(priority=PageRun.NOW).update(priority=priority)
    was = batch.priority
    batch.refresh_from_db()
    tell(batch, "batch.prioritized", by, batch, {"from": was, "to": priority})
    return batch


@transaction.atomic
def process_now(run: PageRun, by: Any) -> PageRun:
    """Put one waiting page before all others, or queue a failed one again, alone."""
    # Batches before runs: the order in which every writer locks.
    batch = (
        Batch.objects.select_for_update(of=("self",), no_key=True)
        .select_related("project")
        .get(id=run.batch_id)
    )
    if batch.status == Batch.Status.PAUSED:
        raise PageStateError(_("The batch is paused. Resume it first."))
    mine = PageRun.objects.filter(id=run.pk)
    now: dict[str, Any] = {"priority": PageRun.NOW, "not_before": None, "updated_at": Now()}
    # Who wants it now does not want it for half the price by tomorrow.
    now |= {"lane": Batch.Lane.LIVE, "parked_until": None, "provider_batch": None}
    if batch.status in Batch.RUNNABLE and mine.filter(status=PageRun.Status.QUEUED).update(**now):
        tell(batch, "page.prioritized", by, run.page_id)
    elif mine.filter(status=PageRun.Status.FAILED).exists():
        requeue(batch, mine, by, **now)
    else:
        raise PageStateError(
            _("The page is %(status)s; only a queued or failed one can be processed now."), status=run.status
        )
    run.refresh_from_db()
    return run


def requeue(batch: Batch, failed: Any, by: Any, **fields: Any) -> int:
    """Queue these failed pages again, with all their attempts; a batch that had ended goes on."""
    reopened = batch.is_final
    # Nothing waits for an answer any more, so what is asked now follows the settings of today.
    if reopened and not batch.move(
        Batch.Status.PROCESSING, finished_at=None, terms={}, version=F("version") + 1, updated_at=Now()
    ):
        raise PageStateError(_("A cancelled batch can't go on. Upload its pages again."), code="batch_state")
    queued: int = failed.update(
        status=PageRun.Status.QUEUED, attempts=0, kills=0, error_code="", error_message="", progress=0,
        finished_at=None, **{"not_before": None, "updated_at": Now()} | fields,
    )  # fmt: skip
    tell(batch, "batch.retried", by, batch, {"pages": queued, "reopened": reopened})
    return queued


def tell(batch: Batch, action: str, by: Any, target: Any, data: dict[str, Any] | None = None) -> None:
    audit.record(batch.project, action, actor=by, target=target, batch=batch.id, data=data or {})
    wakeups.notify([batch.id])
    wakeups.offer()
