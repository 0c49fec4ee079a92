"""The queue of record: page runs as rows. What people and keys do to a whole batch stands here."""

import contextlib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_noop as _

from accounts import audit, standing
from batches import budgets, economy_leases, pilots, providers, results, steering, usage, wakeups
from batches.claims import Claim, claim, has_work
from batches.leases import isolate, reclaim, release, renew, watch
from batches.models import Batch, PageRun
from batches.unchanged import UNCHANGED
from nimbus.errors import NimbusError, StateError
from projects import prices

__all__ = [
    "Claim",
    "cancel",
    "cancel_deleted",
    "claim",
    "has_work",
    "isolate",
    "pause",
    "reclaim",
    "release",
    "renew",
    "resume",
    "retry",
    "submit",
    "watch",
]


class EmptyBatchError(NimbusError):
    code = "empty_batch"
    status = 422
    message = _("The batch holds no page. Upload at least one page, then submit it.")


class BatchNotUploadingError(StateError):
    code = "batch_not_uploading"
    message = _("The batch was submitted already. Make a new batch for more pages.")


class BatchStateError(StateError):
    code = "batch_state"


class BatchFinalError(StateError):
    code = "batch_final"
    message = _("The batch is finished already; there is nothing left to cancel.")


class BudgetReachedError(StateError):
    code = "budget_reached"
    message = _("A cap is reached. Raise it, and the batch goes on by itself.")


class NothingToRetryError(StateError):
    code = "nothing_to_retry"
    message = _("No page of this batch has failed.")


# A run of an unchanged page is skipped: its newest results hold.
SUBMIT = f"""
UPDATE batches_pagerun r SET
    status = CASE WHEN e.holds IS NULL THEN 'queued' ELSE 'skipped' END,
    lane = %(lane)s, parked_until = CASE WHEN e.holds IS NULL AND %(lane)s = 'economy'
        THEN clock_timestamp() + make_interval(secs => %(deadline)s) END,
    reused_from_id = e.holds, priority = %(priority)s, brief_version = %(brief)s,
    model = CASE WHEN e.holds IS NULL THEN '' ELSE e.model END,
    progress = CASE WHEN e.holds IS NULL THEN 0 ELSE 100 END,
    finished_at = CASE WHEN e.holds IS NULL THEN NULL ELSE clock_timestamp() END,
    updated_at = clock_timestamp()
FROM ({UNCHANGED}) e WHERE r.id = e.id
"""  # noqa: S608


@transaction.atomic
def submit(batch: Batch, by: Any) -> Batch:
    """Close the upload and queue its pages; those that are unchanged are skipped."""
    if not _move(batch, [Batch.Status.UPLOADING], Batch.Status.QUEUED, submitted_at=Now()):
        raise BatchNotUploadingError
    if not batch.uploaded_count:
        raise EmptyBatchError
    standing.require_open(batch.project.organization)
    brief = batch.project.brief
    choice = providers.choose(batch)
    # Refused here rather than with the first page: nobody could say what it costs.
    prices.price_of(choice.model)
    is_offline = not choice.is_paid
    if choice.is_paid:
        standing.require_verified(batch.project.organization)
    # What costs nothing need not wait, and a tenant's own server is asked one page at a time.
    lane = Batch.Lane.LIVE if is_offline or choice.is_guarded else batch.lane
    values: dict[str, Any] = {
        "batch": batch.id,
        "tier": batch.tier,
        "priority": batch.priority,
        # No brief has this number: what is to differ is not left as it is.
        "brief": -1 if batch.plan.get("differs") else brief.version if brief else 0,
        "offline": is_offline,
        "lane": lane,
        "deadline": settings.ECONOMY_DEADLINE_S,
    }
    with connection.cursor() as cursor:
        cursor.execute(SUBMIT, values)
    usage.note_unchanged(batch.id)
    batch.refresh_from_db()
    pilots.stage(batch)
    data = {"pages": batch.page_count, "skipped": batch.skipped_count, "tier": batch.tier}
    _tell(batch, "batch.submitted", by, data)
    results.finish([batch.id])
    batch.refresh_from_db()
    if lane == Batch.Lane.ECONOMY:
        wakeups.offer_economy()
    else:
        wakeups.offer()
    return batch


@transaction.atomic
def cancel(batch: Batch, by: Any) -> Batch:
    """Give up what is not done. A result that comes late finds its run cancelled and is dropped."""
    if not _move(batch, Batch.OPEN, Batch.Status.CANCELLED, finished_at=Now(), pause_reason=""):
        raise BatchFinalError
    open_runs = PageRun.objects.filter(batch=batch, status__in=["uploaded", "queued", "processing"])
    cancelled = open_runs.update(
        status=PageRun.Status.CANCELLED, finished_at=Now(), lease_expires_at=None, updated_at=Now()
    )
    if economy_leases.want_cancel(batch):
        wakeups.offer_economy()
    _tell(batch, "batch.cancelled", by, {"pages": cancelled})
    return batch


def cancel_deleted() -> int:
    """For the sweep: what is open in deleted projects ends; how many batches."""
    orphans = Batch.objects.filter(status__in=Batch.OPEN, project__deleted_at__isnull=False)
    found = list(orphans.select_related("project").order_by("id")[:100])
    for batch in found:
        with contextlib.suppress(BatchFinalError):
            cancel(batch, by="system")
    return len(found)


@transaction.atomic
def pause(batch: Batch, by: Any, reason: str = "user") -> Batch:
    """Stop claiming. Calls that are under way end and their results are kept."""
    if not _move(batch, Batch.RUNNABLE, Batch.Status.PAUSED, pause_reason=reason):
        raise BatchStateError(_("Only a queued or processing batch can be paused."))
    _tell(batch, "batch.paused", by, {"reason": reason})
    return batch


@transaction.atomic
def resume(batch: Batch, by: Any) -> Batch:
    """Go on, unless the cap that it waits for is as it was."""
    if batch.pause_reason == "budget" and (refusal := budgets.refusal_of(batch)):
        raise BudgetReachedError(_("%(refusal)s Raise it, and the batch goes on by itself."), refusal=refusal)
    started_at, reason = Coalesce("started_at", Now()), batch.pause_reason
    if not _move(
        batch, [Batch.Status.PAUSED], Batch.Status.PROCESSING, pause_reason="", started_at=started_at
    ):
        raise BatchStateError(_("The batch is not paused."))
    _tell(batch, "batch.resumed", by)
    pilots.resumed(batch, reason)
    # A page that could be sent nowhere meanwhile loses none of its time.
    parked = PageRun.objects.filter(batch=batch, parked_until__isnull=False, provider_batch=None)
    parked.update(parked_until=Now() + timedelta(seconds=settings.ECONOMY_DEADLINE_S))
    # Its last pages may have ended while it was paused.
    results.finish([batch.id])
    batch.refresh_from_db()
    wakeups.offer()
    return batch


@transaction.atomic
def retry(batch: Batch, by: Any) -> Batch:
    """Queue the failed pages again, with all their attempts; the others stay as they are."""
    # Locked, so that the batch doesn't end in between.
    locked = (
        Batch.objects.select_for_update(of=("self",), no_key=True).select_related("project").get(id=batch.id)
    )
    if locked.status in (Batch.Status.UPLOADING, Batch.Status.CANCELLED):
        raise BatchStateError(_("Only a batch that was submitted can be retried, and no cancelled one."))
    if not steering.requeue(locked, locked.runs.filter(status=PageRun.Status.FAILED), by):
        raise NothingToRetryError
    batch.refresh_from_db()
    return batch


def _move(batch: Batch, sources: Any, to: str, **fields: Any) -> bool:
    """One conditional UPDATE decides; the row stays locked until the commit."""
    rows = Batch.objects.filter(id=batch.id, status__in=[s for s in sources if to in Batch.EDGES[s]])
    won = rows.update(status=to, version=F("version") + 1, updated_at=Now(), **fields) == 1
    if won:
        batch.refresh_from_db()
    return won


def _tell(batch: Batch, action: str, by: Any, data: dict[str, Any] | None = None) -> None:
    audit.record(batch.project, action, actor=by, target=batch, batch=batch.id, data=data or {})
    wakeups.notify([batch.id])
