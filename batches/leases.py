"""Leases while they last and after: renewed, watched, handed back, or taken back from the dead."""

from collections.abc import Sequence

from django.conf import settings
from django.db import connection, transaction

from accounts import audit
from batches import wakeups
from batches.claims import Claim, entry
from batches.models import PageRun

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
    """Of these runs, those that are not ours any more, and those whose batch is paused."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT mine.id, b.status = 'paused'
            FROM unnest(%s::bigint[], %s::bigint[]) AS mine (id, token)
            JOIN batches_pagerun r ON r.id = mine.id AND r.lease_token = mine.token
                AND r.status = 'processing'
            JOIN batches_batch b ON b.id = r.batch_id""",
            [list(ids), list(tokens)],
        )
        found = dict(cursor.fetchall())
    return set(ids) - set(found), {run for run, is_paused in found.items() if is_paused}


@transaction.atomic
def release(claims: Sequence[Claim]) -> int:
    """Hand back what was not worked on; no attempt is burnt."""
    with connection.cursor() as cursor:
        batches = sorted({c.batch_id for c in claims})
        cursor.execute("SELECT id FROM batches_batch WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [batches])
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


@transaction.atomic
def reclaim() -> int:
    """Take back the pages of dead workers; a page that five of them left behind has failed."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH dead AS MATERIALIZED (
                SELECT id, batch_id FROM batches_pagerun
                WHERE status = 'processing' AND lease_expires_at < clock_timestamp()
                ORDER BY lease_expires_at LIMIT %(rows)s
            ), locked AS MATERIALIZED (
                SELECT id FROM batches_batch WHERE id IN (SELECT batch_id FROM dead) ORDER BY id FOR UPDATE
            )
            UPDATE batches_pagerun r SET
                status = CASE WHEN attempts >= %(most)s THEN 'failed' ELSE 'queued' END,
                error_code = CASE WHEN attempts >= %(most)s THEN 'worker_lost' ELSE '' END,
                error_message = CASE WHEN attempts >= %(most)s
                    THEN 'Its worker stopped each time. Retry it, or look at its size.' ELSE '' END,
                finished_at = CASE WHEN attempts >= %(most)s THEN clock_timestamp() END,
                lease_owner = '', lease_expires_at = NULL, progress = 0, updated_at = clock_timestamp()
            FROM dead, locked
            WHERE r.id = dead.id AND locked.id = r.batch_id
                AND r.status = 'processing' AND r.lease_expires_at < clock_timestamp()
            RETURNING r.page_id, r.batch_id, locked.id, r.organization_id, r.attempts, r.status,
                (SELECT project_id FROM batches_batch b WHERE b.id = r.batch_id)""",
            {"rows": SWEEP_ROWS, "most": PageRun.MAX_ATTEMPTS},
        )
        rows = cursor.fetchall()
    audit.record_many(
        audit.Entry(
            project, "lease.expired", organization, target=page, batch=batch, level="warn", step="sweep",
            message="The worker went silent.", data={"attempt": attempts, "status": status},
        )
        for page, batch, _, organization, attempts, status, project in rows
    )  # fmt: skip
    wakeups.notify(row[1] for row in rows)
    return len(rows)
