"""Claims on page runs, shared fairly between organizations. A claim is a lease with a fencing token."""

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction

from accounts import audit
from batches import wakeups
from batches.models import Batch, PageRun
from projects.models.project import DEFAULTS

# Names the advisory lock that lets one claim plan at a time, so that no project passes its concurrency.
CLAIM_LOCK = 7_160_001
# Pages that find out whether a provider that was down answers again.
PROBES = 2
# Into so many provider batches a page goes at most: with its questions, and with what was refused.
MOST_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Claim:
    """One page run in the hands of one worker, with all that is needed to work on it."""

    run_id: int
    token: int
    attempt: int
    organization_id: str
    project_id: str
    batch_id: str
    page_id: str
    url: str
    tier: str
    created_by: str
    brief_version: int | None
    body: bytes | None
    lane: str = Batch.Lane.LIVE
    economy_rounds: int = 0
    # Workers that died with the page in their hands.
    kills: int = 0

    @property
    def is_suspect(self) -> bool:
        return self.kills >= PageRun.SUSPECT_KILLS

    @property
    def may_wait(self) -> bool:
        """Whether what its answers still lack is asked for in the economy lane, too."""
        is_first_try = self.attempt == 1 and self.economy_rounds < MOST_ROUNDS
        return self.lane == Batch.Lane.ECONOMY and is_first_try


class Share(NamedTuple):
    """What one batch could give to a claim."""

    organization_id: str
    project_id: str
    batch_id: str
    ready: int
    room: int
    busy: int

    def few(self) -> "Share":
        return self._replace(ready=min(self.ready, PROBES))


# `busy` counts the organization's pages in flight, `room` what the project's concurrency still allows.
# Half as many again as the concurrency may be claimed: those wait, prepared, for a call to end.
PLAN = """
WITH busy AS (
    SELECT project_id, organization_id, sum(processing_count) AS pages FROM batches_batch
    WHERE status IN ('queued', 'processing', 'paused') GROUP BY project_id, organization_id
)
SELECT b.organization_id, b.project_id, b.id, ready.pages,
    greatest(0, ceil(1.5 * coalesce((p.settings->>'default_concurrency')::int, %(concurrency)s))
        - (SELECT pages FROM busy WHERE project_id = b.project_id))::int,
    (SELECT sum(pages) FROM busy WHERE organization_id = b.organization_id)::int
FROM batches_batch b JOIN projects_project p ON p.id = b.project_id
CROSS JOIN LATERAL (
    SELECT count(*)::int AS pages, max(few.priority) AS top FROM (
        SELECT q.priority FROM batches_pagerun q
        WHERE q.batch_id = b.id AND q.status = 'queued' AND q.parked_until IS NULL
            AND (q.not_before IS NULL OR q.not_before <= clock_timestamp())
        ORDER BY q.priority DESC, q.id LIMIT %(limit)s
    ) few
) ready
WHERE b.status IN ('queued', 'processing') AND b.queued_count > 0 AND ready.pages > 0
    AND p.deleted_at IS NULL AND b.id <> ALL (%(held_back)s)
ORDER BY ready.top DESC, b.submitted_at, b.id
"""
LOCK = """
SELECT id FROM batches_batch WHERE id = ANY(%s) AND status IN ('queued', 'processing')
ORDER BY id FOR NO KEY UPDATE
"""
TAKE = """
WITH chosen AS MATERIALIZED (
    SELECT picked.id FROM unnest(%(batches)s::text[], %(pages)s::int[]) AS share (batch_id, pages)
    CROSS JOIN LATERAL (
        SELECT q.id FROM batches_pagerun q
        WHERE q.batch_id = share.batch_id AND q.status = 'queued' AND q.parked_until IS NULL
            AND (q.not_before IS NULL OR q.not_before <= clock_timestamp())
        ORDER BY q.priority DESC, q.id LIMIT share.pages FOR UPDATE SKIP LOCKED
    ) picked
)
UPDATE batches_pagerun r SET status = 'processing', step = 'optimize', progress = 10,
    attempts = attempts + 1, lease_token = lease_token + 1, lease_owner = %(worker)s,
    lease_expires_at = clock_timestamp() + make_interval(secs => %(lease)s),
    started_at = clock_timestamp(), updated_at = clock_timestamp()
FROM chosen WHERE r.id = chosen.id RETURNING r.id
"""
START = """
UPDATE batches_batch SET status = 'processing', started_at = coalesce(started_at, clock_timestamp()),
    version = version + 1, updated_at = clock_timestamp()
WHERE id = ANY(%s) AND status = 'queued' RETURNING id, project_id, organization_id
"""
LOAD = """
SELECT r.id, r.lease_token, r.attempts, r.organization_id, b.project_id, r.batch_id, r.page_id,
    'https://' || p.domain || p.path, b.tier, b.created_by, r.brief_version, s.body, r.lane,
    r.economy_rounds, r.kills
FROM batches_pagerun r JOIN batches_batch b ON b.id = r.batch_id JOIN batches_page p ON p.id = r.page_id
LEFT JOIN batches_pagesnapshot s ON s.run_id = r.id
WHERE r.id = ANY(%s) ORDER BY r.priority DESC, r.id
"""


@transaction.atomic
def claim(
    worker: str, limit: int, held_back: Iterable[str] = (), probing: Collection[str] = ()
) -> list[Claim]:
    """Lease up to `limit` queued pages, least busy organization first.

    None of the batches held back, and of those that probe a provider only a few.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CLAIM_LOCK])
        cursor.execute(PLAN, plan_values(limit, held_back))
        shares = [Share(*row) for row in cursor.fetchall()]
        quotas = divide([s.few() if s.batch_id in probing else s for s in shares], limit)
        # Batches before runs, in the order of their ids: the order in which every writer locks.
        cursor.execute(LOCK, [list(quotas)])
        quotas = {batch: quotas[batch] for (batch,) in cursor.fetchall()}
        ids = take(cursor, worker, quotas)
        claims = load(cursor, ids)
        entries = start(cursor, {c.batch_id for c in claims})
    entries += [entry(c, "page.claimed", {"attempt": c.attempt, "worker": worker}) for c in claims]
    audit.record_many(entries)
    wakeups.notify(c.batch_id for c in claims)
    return claims


def plan_values(limit: int, held_back: Iterable[str] = ()) -> dict[str, Any]:
    concurrency = DEFAULTS["default_concurrency"]
    return {"limit": limit, "concurrency": concurrency, "held_back": list(held_back)}


def divide(shares: Iterable[Share], limit: int) -> dict[str, int]:
    """How many pages each batch gives: each next place goes to the organization with the fewest in flight."""
    waiting: dict[str, list[Share]] = defaultdict(list)
    room: dict[str, int] = {}
    busy: dict[str, int] = {}
    for share in shares:
        waiting[share.organization_id].append(share)
        room[share.project_id] = share.room
        busy[share.organization_id] = share.busy
    quotas: dict[str, int] = defaultdict(int)
    heap = [(pages, organization) for organization, pages in busy.items()]
    heapq.heapify(heap)
    while heap and limit > 0:
        pages, organization = heapq.heappop(heap)
        open_shares = [
            s for s in waiting[organization] if quotas[s.batch_id] < s.ready and room[s.project_id] > 0
        ]
        if not open_shares:
            continue
        chosen = open_shares[0]
        quotas[chosen.batch_id] += 1
        room[chosen.project_id] -= 1
        limit -= 1
        heapq.heappush(heap, (pages + 1, organization))
    return {batch: pages for batch, pages in quotas.items() if pages}


def take(cursor: Any, worker: str, quotas: dict[str, int]) -> list[int]:
    """Move the first queued runs of these batches into this worker's hands."""
    if not quotas:
        return []
    values: dict[str, Any] = {
        "batches": list(quotas),
        "pages": list(quotas.values()),
        "worker": worker,
        "lease": settings.LEASE_S,
    }
    cursor.execute(TAKE, values)
    return [row[0] for row in cursor.fetchall()]


def load(cursor: Any, ids: Iterable[int]) -> list[Claim]:
    cursor.execute(LOAD, [list(ids)])
    return [Claim(*row) for row in cursor.fetchall()]


def start(cursor: Any, batch_ids: Iterable[str]) -> list[audit.Entry]:
    """Move those of these batches that have not begun; the events that tell so."""
    cursor.execute(START, [sorted(batch_ids)])
    return [
        audit.Entry(project, "batch.started", organization, target=batch, batch=batch)
        for batch, project, organization in cursor.fetchall()
    ]


def has_work() -> bool:
    """Whether a page could be claimed right now."""
    with connection.cursor() as cursor:
        cursor.execute(PLAN, plan_values(1))
        return bool(divide([Share(*row) for row in cursor.fetchall()], 1))


def entry(c: Claim, action: str, data: dict[str, Any]) -> audit.Entry:
    return audit.Entry(
        c.project_id, action, c.organization_id, target=c.page_id, batch=c.batch_id, step="queue", data=data
    )
