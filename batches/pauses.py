"""Batches that stop until a person has looked: no money, no key, a pilot to review, too many doubts."""

from collections.abc import Sequence

from django.db import connection, transaction

from accounts import audit
from batches import alerts, budgets, wakeups
from batches.models import Batch
from batches.outcomes import NoRoomError, Outcome


def of(outcomes: Sequence[Outcome]) -> list[audit.Entry]:
    """Pause the batches that need a person; the events that tell so."""
    entries = []
    for batch_id, o in {o.claim.batch_id: o for o in outcomes}.items():
        if _set(batch_id, o.pause_reason):
            c = o.claim
            entries.append(event(batch_id, c.project_id, c.organization_id, o.pause_reason, o.message))
            if o.refusal:
                budgets.tell_paused(batch_id, o.refusal)
    return entries


@transaction.atomic
def put(batch: Batch, reason: str, message: str, refusal: NoRoomError | None = None) -> None:
    """Pause this batch, because nothing goes on without a person."""
    if _set(batch.id, reason):
        if refusal:
            budgets.tell_paused(batch.id, refusal)
        audit.record_many([event(batch.id, batch.project_id, batch.organization_id, reason, message)])
        wakeups.notify([batch.id])


def _set(batch_id: str, reason: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE batches_batch SET status = 'paused', pause_reason = %s, version = version + 1,
                updated_at = clock_timestamp()
            WHERE id = %s AND status IN ('queued', 'processing')""",
            [reason, batch_id],
        )
        has_won = bool(cursor.rowcount == 1)
    if has_won:
        alerts.tell_paused(batch_id, reason)
    return has_won


def event(batch: str, project: str, organization: str, reason: str, message: str) -> audit.Entry:
    return audit.Entry(
        project, "batch.paused", organization, target=batch, batch=batch, message=message,
        # A pilot that is done is no trouble.
        level="info" if reason == "pilot_review" else "error",
        data={"reason": reason},
    )  # fmt: skip
