"""What becomes of a claimed page: stored in one group commit, where fencing tokens decide who wins."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from accounts import audit
from batches import (
    families,
    faults,
    memory,
    pauses,
    proposals,
    publishing,
    reports,
    usage,
    wakeups,
    webhooks,
)
from batches.models import Batch, PageRun, Suggestion
from batches.outcomes import Outcome

__all__ = ["Outcome", "finish", "finish_idle", "lock", "store"]

logger = logging.getLogger(__name__)


# Whoever lost the lease loses here: the row has another token, or is not processing any more.
FENCE = """
UPDATE batches_pagerun r SET
    status = o.status, step = CASE WHEN o.status = 'done' THEN 'review' ELSE r.step END,
    progress = CASE WHEN o.status = 'done' THEN 100 ELSE 0 END,
    attempts = r.attempts - CASE WHEN o.blameless THEN 1 ELSE 0 END,
    not_before = CASE WHEN o.status = 'queued' THEN clock_timestamp() + make_interval(secs => o.delay) END,
    lease_owner = '', lease_expires_at = NULL,
    parked_until = CASE WHEN o.parks THEN clock_timestamp() + make_interval(secs => %s) END,
    changes = o.changes, confidence = o.confidence, brief_version = coalesce(o.brief, r.brief_version),
    input_tokens = o.input_tokens, output_tokens = o.output_tokens, cost_microdollars = o.cost,
    model = o.model, prompt_version = o.prompt_version, duration_ms = o.duration_ms,
    error_code = o.code, error_message = o.message,
    finished_at = CASE WHEN o.status <> 'queued' THEN clock_timestamp() END, updated_at = clock_timestamp()
FROM unnest(
    %s::bigint[], %s::bigint[], %s::text[], %s::bool[], %s::float8[], %s::int[], %s::float8[], %s::int[],
    %s::int[], %s::int[], %s::bigint[], %s::text[], %s::text[], %s::int[], %s::text[], %s::text[],
    %s::bool[]
) AS o (id, token, status, blameless, delay, changes, confidence, brief,
    input_tokens, output_tokens, cost, model, prompt_version, duration_ms, code, message, parks)
WHERE r.id = o.id AND r.lease_token = o.token AND r.status = 'processing'
RETURNING r.id, r.lease_token
"""


FINISH = """
UPDATE batches_batch SET
    status = CASE WHEN failed_count > 0 AND done_count + skipped_count = 0 THEN 'failed' ELSE 'completed' END,
    finished_at = clock_timestamp(), version = version + 1, updated_at = clock_timestamp()
WHERE id = ANY(%s) AND status IN ('queued', 'processing') AND page_count > 0
    AND uploaded_count + queued_count + processing_count = 0
RETURNING id
"""


def lock(batch_ids: Iterable[str]) -> None:
    """Batches first, in the order of their ids: the order in which every writer locks."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM batches_batch WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [sorted(set(batch_ids))],
        )


@transaction.atomic(savepoint=False)
def store(outcomes: Sequence[Outcome], before: Sequence[audit.Entry] = ()) -> set[int]:
    """Store what won in one group commit; the run ids that did. A late worker's result is dropped.

    `before` are events of the same commit that come first.
    """
    if not outcomes:
        audit.record_many(before)
        return set()
    lock(o.claim.batch_id for o in outcomes)
    won = fence(outcomes)
    winners = [o for o in outcomes if (o.claim.run_id, o.claim.token) in won]
    late = [o for o in outcomes if (o.claim.run_id, o.claim.token) not in won]
    if late:
        logger.warning("Dropped %s results whose lease was lost", len(late))
    stored = proposals.save(winners)
    memory.store(winners)
    families.store(winners)
    entries = [event for o in winners for event in entries_of(o)] + [dropped(o) for o in late]
    entries += pauses.of([o for o in winners if o.pause_reason])
    # Totals, then days, then chains: the order in which every writer locks.
    usage.note_pages(o for o in winners if o.status == "done")
    audit.record_many([*before, *entries])
    publish_approved(winners, stored)
    tell_failed([o for o in winners if o.status == "failed"])
    finish({o.claim.batch_id for o in winners if o.status != "queued"})
    wakeups.notify(o.claim.batch_id for o in winners)
    return {o.claim.run_id for o in winners}


def fence(outcomes: Sequence[Outcome]) -> set[tuple[int, int]]:
    """Move the runs whose token still holds, in one statement; their ids and tokens."""
    rows = [
        (
            o.claim.run_id, o.claim.token, o.status, o.is_blameless, o.delay_s, o.changes, o.confidence,
            o.brief_version, o.input_tokens, o.output_tokens, o.cost_microdollars, o.model[:80],
            o.prompt_version[:40], o.duration_ms, o.code[:40], o.message[:500], o.parks,
        )
        for o in outcomes
    ]  # fmt: skip
    with connection.cursor() as cursor:
        columns = [list(column) for column in zip(*rows, strict=True)]
        cursor.execute(FENCE, [settings.ECONOMY_DEADLINE_S, *columns])
        return {(run, token) for run, token in cursor.fetchall()}


def publish_approved(winners: Sequence[Outcome], stored: Sequence[Suggestion]) -> None:
    """Pages whose text was approved by itself take the project's next results version."""
    pages = {row.page_id for row in stored if row.review == Suggestion.Review.APPROVED}
    for project in sorted({o.claim.project_id for o in winners}):
        mine = {o.claim.page_id for o in winners if o.claim.project_id == project} & pages
        if mine:
            publishing.publish(project, mine)


def tell_failed(failed: Sequence[Outcome]) -> None:
    for batch in Batch.objects.filter(id__in={o.claim.batch_id for o in failed}) if failed else ():
        ids = [o.claim.run_id for o in failed if o.claim.batch_id == batch.id]
        webhooks.tell_pages(batch, PageRun.objects.filter(id__in=ids).select_related("page"))


def finish(batch_ids: Iterable[str]) -> list[str]:
    """End the batches of these that have no open run left; the ids of those that did."""
    ids = sorted(batch_ids)
    lock(ids)
    with connection.cursor() as cursor:
        cursor.execute(FINISH, [ids])
        finished = [row[0] for row in cursor.fetchall()]
    batches = Batch.objects.filter(id__in=finished).select_related("project").order_by("id")
    audit.record_many(ended(batch) for batch in batches)
    for batch in batches:
        reports.queue_report(batch)
        webhooks.tell_batch(batch)
        faults.strike("inside_finish")
    wakeups.notify(finished)
    return finished


def finish_idle() -> list[str]:
    """For the sweep: batches whose last page ended while nobody could end them."""
    runnable = Batch.objects.filter(
        status__in=Batch.RUNNABLE, page_count__gt=0, uploaded_count=0, queued_count=0, processing_count=0
    )
    with transaction.atomic():
        idle = list(runnable.order_by("id").values_list("id", flat=True)[:100])
        return finish(idle)


def ended(batch: Batch) -> audit.Entry:
    data = {"done": batch.done_count, "failed": batch.failed_count, "skipped": batch.skipped_count}
    return audit.Entry(
        batch.project_id, f"batch.{batch.status}", batch.organization_id, target=batch.id, batch=batch.id,
        data=data,
    )  # fmt: skip


def entries_of(o: Outcome) -> Iterator[audit.Entry]:
    """The audit events of one outcome."""
    if o.status == "done":
        yield checked(o)
    yield entry(o)


def checked(o: Outcome) -> audit.Entry:
    """What the checks said of the page's texts, by the hardest word on each."""
    found = Counter(proposals.level_of(proposal) for proposal in o.proposed)
    return audit.Entry(
        o.claim.project_id, "page.checked", o.claim.organization_id, target=o.claim.page_id,
        batch=o.claim.batch_id, step="check", data={level: found[level] for level in proposals.LEVELS},
        at=o.at,
    )  # fmt: skip


def entry(o: Outcome) -> audit.Entry:
    """How the attempt ended."""
    data: dict[str, Any] = {"attempt": o.claim.attempt}
    if o.status == "done":
        action, level = "page.completed", "info"
        message = f"{o.changes} proposed" if o.changes else "Nothing to change"
        data |= {"model": o.model, "changes": o.changes, "cost_microdollars": o.cost_microdollars}
        data |= {"input_tokens": o.input_tokens, "output_tokens": o.output_tokens}
    elif o.parks:
        action, level, message = "page.parked", "info", "Waits for answers at half the price."
    else:
        action, level = ("page.failed", "error") if o.status == "failed" else ("page.requeued", "warn")
        message = o.message
        data |= {"code": o.code, "delay_s": round(o.delay_s, 2)}
    return audit.Entry(
        o.claim.project_id, action, o.claim.organization_id, target=o.claim.page_id, batch=o.claim.batch_id,
        level=level, step="optimize", message=message, data=data, duration_ms=o.duration_ms, at=o.at,
    )  # fmt: skip


def dropped(o: Outcome) -> audit.Entry:
    return audit.Entry(
        o.claim.project_id, "result.dropped", o.claim.organization_id, target=o.claim.page_id,
        batch=o.claim.batch_id, level="warn", step="optimize", at=o.at,
        message="A late worker's result was dropped.", data={"token": o.claim.token},
    )  # fmt: skip
