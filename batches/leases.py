"""Leases while they last and after: renewed, watched, handed back, or taken back from the dead."""

from collections.abc import Sequence

from django.conf import settings
from django.db import connection, transaction

from accounts import audit
from batches import wakeups, webhooks
from batches.claims import Claim, entry
from batches.models import Batch, PageRun

SWEEP_ROWS = 500


def renew(ids: Sequence[int], tokens: Sequence[int]) -> set[int]:
    """Prolong these leases; the ids that are still held. Any other run has been taken away."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE batches_pagerun r
            SET lease_expires_at = clock_timestamp() + make_interval(secs => %s)
            FROM unnest(%s::bigint[], %s::bigint[]) AS mine (id, token)
            WHERE r.id = mine.id AND r.lease_token = mine.token AND r.status = 'processing' RETURNING r.id""",
            [settings.LEASE_S, list(ids), list(tokens)],
        )
        return {row[0] for row in cursor.fetchall()}


def watch(ids: Sequence[int], tokens: Sequence[int]) -> tuple[set[int], set[int]]:
    """Of these runs, those that are not ours any more, and those whose batch or project stands still."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT mine.id, b.status = 'paused' OR p.deleted_at IS NOT NULL
            FROM unnest(%s::bigint[], %s::bigint[]) AS mine (id, token)
            JOIN batches_pagerun r ON r.id = mine.id AND r.lease_token = mine.token
                AND r.status = 'processing'
            JOIN batches_batch b ON b.id = r.batch_id JOIN projects_project p ON p.id = b.project_id""",
            [list(ids), list(tokens)],
        )
        found = dict(cursor.fetchall())
    return set(ids) - set(found), {run for run, is_paused in found.items() if is_paused}


@transaction.atomic
def release(claims: Sequence[Claim]) -> int:
    """Hand back what was not worked on; no attempt is burnt."""
    with connection.cursor() as cursor:
        batches = sorted({c.batch_id for c in claims})
        cursor.execute(
            "SELECT id FROM batches_batch WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [batches]
        )
        cursor.execute(
            """UPDATE batches_pagerun r SET status = 'queued', attempts = greatest(0, attempts - 1),
                lease_owner = '', lease_expires_at = NULL, progress = 0, updated_at = clock_timestamp()
            FROM unnest(%s::bigint[], %s::bigint[]) AS mine (id, token)
            WHERE r.id = mine.id AND r.lease_token = mine.token AND r.status = 'processing' RETURNING r.id""",
            [[c.run_id for c in claims], [c.token for c in claims]],
        )
        released = {row[0] for row in cursor.fetchall()}
    mine = [c for c in claims if c.run_id in released]
    audit.record_many(entry(c, "page.requeued", {"reason": "worker_stopped"}) for c in mine)
    wakeups.notify(c.batch_id for c in mine)
    return len(mine)


# Who died while a suspect was worked on is laid at its door; the others that the worker held are innocent.
# Where nobody was suspected, all of them may be guilty, and none of them fails for it.
RECLAIM = """
WITH dead AS MATERIALIZED (
    SELECT id, batch_id FROM batches_pagerun
    WHERE status = 'processing' AND lease_expires_at < clock_timestamp()
    ORDER BY step = 'quarantine', lease_expires_at LIMIT %(rows)s
), locked AS MATERIALIZED (
    SELECT id FROM batches_batch WHERE id IN (SELECT batch_id FROM dead) ORDER BY id FOR NO KEY UPDATE
), judged AS MATERIALIZED (
    SELECT dead.id, r.step = 'quarantine' AS is_alone, r.step = 'quarantine' OR NOT EXISTS (
        SELECT 1 FROM batches_pagerun s WHERE s.lease_owner = r.lease_owner AND s.step = 'quarantine'
            AND s.status = 'processing' AND s.lease_expires_at < clock_timestamp()
    ) AS is_blamed
    FROM dead JOIN locked ON locked.id = dead.batch_id JOIN batches_pagerun r ON r.id = dead.id
)
UPDATE batches_pagerun r SET
    status = CASE WHEN is_alone AND kills + 1 >= %(kills)s THEN 'failed' ELSE 'queued' END,
    error_code = CASE WHEN is_alone AND kills + 1 >= %(kills)s THEN 'quarantined' ELSE r.error_code END,
    error_message = CASE WHEN is_alone AND kills + 1 >= %(kills)s
        THEN 'A worker stopped each time it worked on this page. Tell support its id.'
        ELSE r.error_message END,
    finished_at = CASE WHEN is_alone AND kills + 1 >= %(kills)s THEN clock_timestamp() END,
    kills = CASE WHEN is_alone THEN kills + 1
        WHEN is_blamed THEN greatest(kills, least(kills + 1, %(suspect)s)) ELSE kills END,
    attempts = CASE WHEN is_blamed THEN least(attempts, %(attempts)s - 1) ELSE attempts - 1 END,
    step = 'sweep', lease_owner = '', lease_expires_at = NULL, progress = 0, updated_at = clock_timestamp()
FROM judged, batches_batch b
WHERE r.id = judged.id AND b.id = r.batch_id
    AND r.status = 'processing' AND r.lease_expires_at < clock_timestamp()
RETURNING r.page_id, r.batch_id, b.project_id, r.organization_id, r.attempts, r.status, r.kills
"""


@transaction.atomic
def reclaim() -> int:
    """Take back the pages of dead workers; one that kills them even when alone has failed."""
    values = {"rows": SWEEP_ROWS, "attempts": PageRun.MAX_ATTEMPTS}
    values |= {"kills": PageRun.MOST_KILLS, "suspect": PageRun.SUSPECT_KILLS}
    with connection.cursor() as cursor:
        cursor.execute(RECLAIM, values)
        rows = cursor.fetchall()
    audit.record_many(
        audit.Entry(
            project, "lease.expired", organization, target=page, batch=batch, level="warn", step="sweep",
            message="The worker went silent.",
            data={"attempt": attempts, "status": status, "kills": kills},
        )
        for page, batch, project, organization, attempts, status, kills in rows
    )  # fmt: skip
    failed = [(page, batch) for page, batch, *_, status, _ in rows if status == PageRun.Status.FAILED]
    for batch in Batch.objects.filter(id__in={batch for _, batch in failed}).order_by("id") if failed else ():
        pages = [page for page, of in failed if of == batch.id]
        webhooks.tell_pages(batch, batch.runs.filter(page__in=pages).select_related("page"))
    wakeups.notify(row[1] for row in rows)
    return len(rows)


def isolate(run: int, token: int) -> None:
    """Say that this suspect is being worked on now, for whoever looks for the cause of a death."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE batches_pagerun SET step = 'quarantine'
            WHERE id = %s AND lease_token = %s AND status = 'processing'""",
            [run, token],
        )
