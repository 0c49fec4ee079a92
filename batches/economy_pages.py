"""Pages in the economy lane: parked until their answers are there, gathered, answered or sent live.

A page is in at most one provider batch. It leaves it only with the token it was gathered under, so that
an answer that comes late moves no page that went another way meanwhile.
"""

from collections.abc import Iterable, Sequence
from itertools import batched
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from accounts import audit
from batches import claims, providers, results, wakeups
from batches.briefs import current, freeze
from batches.economy_leases import Lease
from batches.models import Batch, PageRun, ProviderBatch

# Pages of one provider batch; as many as can be prepared within a lease.
MOST_PAGES = 10_000
PAGES_A_COMMIT = 500
WAITING = """
SELECT b.id FROM batches_batch b JOIN projects_project p ON p.id = b.project_id
WHERE b.status IN ('queued', 'processing') AND b.queued_count > 0 AND p.deleted_at IS NULL AND EXISTS (
    SELECT 1 FROM batches_pagerun q WHERE q.batch_id = b.id AND q.status = 'queued'
        AND q.parked_until IS NOT NULL AND q.provider_batch_id IS NULL
        AND (q.not_before IS NULL OR q.not_before <= clock_timestamp())
)
ORDER BY b.priority DESC, b.submitted_at, b.id
"""
GATHER = """
WITH chosen AS MATERIALIZED (
    SELECT q.id FROM batches_pagerun q WHERE q.batch_id = %(batch)s AND q.status = 'queued'
        AND q.parked_until IS NOT NULL AND q.provider_batch_id IS NULL
        AND (q.not_before IS NULL OR q.not_before <= clock_timestamp())
    ORDER BY q.priority DESC, q.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE batches_pagerun r SET provider_batch_id = %(provider_batch)s, lease_token = lease_token + 1,
    economy_rounds = economy_rounds + 1, step = 'economy', updated_at = clock_timestamp()
FROM chosen WHERE r.id = chosen.id RETURNING r.page_id, r.parked_until
"""
# The fence: whoever is not queued under this token in this provider batch any more stays where it is.
MOVE = """
UPDATE batches_pagerun r SET parked_until = NULL, provider_batch_id = NULL, not_before = NULL,
    lane = CASE WHEN m.is_whole THEN r.lane ELSE 'live' END, updated_at = clock_timestamp()
FROM unnest(%(ids)s::bigint[], %(tokens)s::bigint[], %(wholes)s::bool[]) AS m (id, token, is_whole)
WHERE r.id = m.id AND r.lease_token = m.token AND r.provider_batch_id = %(provider_batch)s
    AND r.status = 'queued'
RETURNING r.page_id, m.is_whole
"""
HOLD = """
UPDATE batches_pagerun r SET provider_batch_id = NULL, economy_rounds = economy_rounds - 1,
    not_before = clock_timestamp() + make_interval(secs => %(delay)s), updated_at = clock_timestamp()
WHERE r.provider_batch_id = %(provider_batch)s AND r.status = 'queued' AND r.id > %(after)s
"""
OVERDUE = """
SELECT r.batch_id, array_agg(r.id ORDER BY r.id) FROM batches_pagerun r
    JOIN batches_batch b ON b.id = r.batch_id
WHERE r.status = 'queued' AND r.parked_until < clock_timestamp() AND r.provider_batch_id IS NULL
    AND b.status IN ('queued', 'processing')
GROUP BY r.batch_id
"""


def gather_all() -> int:
    """Put the parked pages of every batch into provider batches; how many were made."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        waiting = [row[0] for row in cursor.fetchall()]
    return sum(gather(batch_id) is not None for batch_id in waiting)


@transaction.atomic
def gather(batch_id: str) -> ProviderBatch | None:
    """A new provider batch with the first parked pages of this batch; None where there are none."""
    results.lock([batch_id])
    batch = Batch.objects.select_related("project").get(id=batch_id)
    if batch.status not in Batch.RUNNABLE:
        return None
    choice = providers.choose(batch)
    if not choice.is_paid:
        go_live(batch, None, "no_key")
        return None
    if not batch.terms:
        batch.terms = {"model": choice.model, "brief": freeze(current(batch.project))}
        Batch.objects.filter(id=batch.id).update(terms=batch.terms)
    row = ProviderBatch.objects.create(
        organization_id=batch.organization_id, batch=batch, model=choice.model[:80], next_at=Now()
    )
    with connection.cursor() as cursor:
        limit = page_limit(batch, choice.model)
        cursor.execute(GATHER, {"batch": batch.id, "limit": limit, "provider_batch": row.id})
        pages = cursor.fetchall()
        if not pages:
            row.delete()
            return None
        entries = claims.start(cursor, [batch.id])
    ProviderBatch.objects.filter(id=row.id).update(deadline_at=min(until for _, until in pages))
    data = {"provider_batch": row.key}
    entries += [event(batch, "page.gathered", page, data=data) for page, _ in pages]
    audit.record_many(entries)
    wakeups.notify([batch.id])
    return row


def page_limit(batch: Batch, model: str) -> int:
    """Fewer pages at a time once the provider had no room for as many."""
    mine = ProviderBatch.objects.filter(organization_id=batch.organization_id, model=model[:80])
    last = mine.exclude(state=ProviderBatch.State.PREPARING).order_by("-id").first()
    if last and last.error_code == "token_limit_exceeded":
        return max(1, last.request_count // 2)
    return MOST_PAGES


def move(lease: Lease, pages: Iterable[tuple[int, int, bool]], reason: str) -> None:
    """Give these pages (run, token, whether all its answers came) to the executor, some at a time."""
    row = lease.row
    for some in batched(pages, PAGES_A_COMMIT):
        with transaction.atomic():
            results.lock([row.batch_id])
            lease.renew()
            ids, tokens, wholes = zip(*some, strict=True)
            values: dict[str, Any] = {"ids": list(ids), "tokens": list(tokens), "wholes": list(wholes)}
            with connection.cursor() as cursor:
                cursor.execute(MOVE, values | {"provider_batch": row.id})
                moved = cursor.fetchall()
            tell_moved(row.batch, moved, reason)


def tell_moved(batch: Batch, moved: Sequence[tuple[str, bool]], reason: str) -> None:
    entries = []
    for page, is_whole in moved:
        if is_whole:
            entries.append(event(batch, "page.answered", page))
        else:
            message = "Goes on in the live lane, at the full price."
            data = {"reason": reason}
            entries.append(event(batch, "page.replanned", page, level="warn", message=message, data=data))
    audit.record_many(entries)
    wakeups.notify([batch.id])
    wakeups.offer()


def hold(lease: Lease, delay_s: float, after: int = 0) -> int:
    """Take the pages (those behind the run `after`) out again: they wait for another provider batch."""
    with transaction.atomic():
        results.lock([lease.row.batch_id])
        lease.renew()
        with connection.cursor() as cursor:
            cursor.execute(HOLD, {"delay": delay_s, "provider_batch": lease.row.id, "after": after})
            return int(cursor.rowcount)


@transaction.atomic
def go_live(batch: Batch, runs: Sequence[int] | None, reason: str) -> int:
    """Send parked pages (all, where none are named) into the live lane; late answers are only journaled."""
    results.lock([batch.id])
    parked = PageRun.objects.filter(batch=batch, status=PageRun.Status.QUEUED, parked_until__isnull=False)
    if runs is not None:
        parked = parked.filter(id__in=list(runs))
    pages = list(parked.select_for_update().order_by("id").values_list("page_id", flat=True))
    parked.update(
        parked_until=None, provider_batch=None, not_before=None, lane=Batch.Lane.LIVE, updated_at=Now()
    )
    tell_moved(batch, [(page, False) for page in pages], reason)
    return len(pages)


def send_overdue_live() -> int:
    """Pages that found no place in a provider batch in time."""
    with connection.cursor() as cursor:
        cursor.execute(OVERDUE)
        found = cursor.fetchall()
    batches = Batch.objects.select_related("project").in_bulk([batch for batch, _ in found])
    return sum(go_live(batches[batch], runs, "deadline") for batch, runs in found)


def event(batch: Batch, action: str, target: str, **fields: Any) -> audit.Entry:
    return audit.Entry(
        batch.project_id, action, batch.organization_id, target=target, batch=batch.id, step="economy",
        **fields,
    )  # fmt: skip
