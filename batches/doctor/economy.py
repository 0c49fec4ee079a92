"""Promises about the economy lane: whoever waits there waits for something."""

from batches.doctor.questions import Invariant

PARKED_PAGES = Invariant(
    "parked_pages",
    "A page that waits for a cheap answer is in a provider batch under way, or its time is not over.",
    """SELECT r.id::text FROM batches_pagerun r JOIN batches_batch b ON b.id = r.batch_id
        LEFT JOIN batches_providerbatch p ON p.id = r.provider_batch_id
    WHERE r.parked_until IS NOT NULL AND r.status = 'queued' AND b.status IN ('queued', 'processing')
        AND (p.state = 'ended' OR p.id IS NULL
            AND r.parked_until < clock_timestamp() - make_interval(secs => %(economy)s))""",
)
PROVIDER_BATCHES = Invariant(
    "provider_batches",
    "A provider batch under way is looked at in time, and one that has ended says when.",
    """SELECT key || ' is ' || state FROM batches_providerbatch
    WHERE (state = 'ended') <> (ended_at IS NOT NULL)
        OR state <> 'ended' AND greatest(next_at, lease_expires_at)
            < clock_timestamp() - make_interval(secs => %(economy)s)""",
)
INVARIANTS = (PARKED_PAGES, PROVIDER_BATCHES)
