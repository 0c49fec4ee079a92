"""Promises about pages and batches on their way: states, leases, counts, results, events."""

from batches.doctor.questions import Invariant

PAGE_STATES = Invariant(
    "page_states",
    "Every page is in one of the known states, and its lease and its end fit that state.",
    """SELECT id || ' is ' || status FROM batches_pagerun WHERE
        status NOT IN ('uploaded', 'queued', 'processing', 'done', 'failed', 'cancelled', 'skipped')
        OR (status = 'processing') <> (lease_expires_at IS NOT NULL)
        OR (status IN ('done', 'failed', 'cancelled', 'skipped')) <> (finished_at IS NOT NULL)""",
)
DEAD_LEASES = Invariant(
    "dead_leases",
    "No page stays with a worker whose lease is over.",
    """SELECT id || ' of ' || lease_owner FROM batches_pagerun WHERE status = 'processing'
        AND lease_expires_at < clock_timestamp() - make_interval(secs => %(patience)s)""",
)
ATTEMPTS = Invariant(
    "attempts",
    "No page is tried more often than allowed.",
    "SELECT id || ' has ' || attempts FROM batches_pagerun WHERE attempts NOT BETWEEN 0 AND %(attempts)s",
)
PAGE_COUNTS = Invariant(
    "page_counts",
    "A batch's counts of pages, changes and cost equal a recount.",
    """WITH recount AS (
        SELECT batch_id, count(*) AS pages, sum(changes) AS changes, sum(cost_microdollars) AS cost,
            count(*) FILTER (WHERE status = 'uploaded') AS uploaded,
            count(*) FILTER (WHERE status = 'queued') AS queued,
            count(*) FILTER (WHERE status = 'processing') AS processing,
            count(*) FILTER (WHERE status = 'done') AS done,
            count(*) FILTER (WHERE status = 'failed') AS failed,
            count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
            count(*) FILTER (WHERE status = 'skipped') AS skipped
        FROM batches_pagerun GROUP BY batch_id
    )
    SELECT b.id FROM batches_batch b LEFT JOIN recount n ON n.batch_id = b.id
    WHERE (b.page_count, b.change_count, b.cost_microdollars, b.uploaded_count, b.queued_count,
            b.processing_count, b.done_count, b.failed_count, b.cancelled_count, b.skipped_count)
        <> (coalesce(n.pages, 0), coalesce(n.changes, 0), coalesce(n.cost, 0), coalesce(n.uploaded, 0),
            coalesce(n.queued, 0), coalesce(n.processing, 0), coalesce(n.done, 0), coalesce(n.failed, 0),
            coalesce(n.cancelled, 0), coalesce(n.skipped, 0))""",
)
REVIEW_COUNTS = Invariant(
    "review_counts",
    "A batch's counts of decisions equal a recount.",
    """WITH recount AS (
        SELECT batch_id, count(*) FILTER (WHERE review = 'pending') AS pending,
            count(*) FILTER (WHERE review = 'approved') AS approved,
            count(*) FILTER (WHERE review = 'rejected') AS rejected,
            count(*) FILTER (WHERE review = 'pending' AND level IN ('hold', 'refuse')) AS held
        FROM batches_suggestion GROUP BY batch_id
    )
    SELECT b.id FROM batches_batch b LEFT JOIN recount n ON n.batch_id = b.id
    WHERE (b.pending_count, b.approved_count, b.rejected_count, b.held_count)
        <> (coalesce(n.pending, 0), coalesce(n.approved, 0), coalesce(n.rejected, 0), coalesce(n.held, 0))""",
)
ENDED_BATCHES = Invariant(
    "ended_batches",
    "A batch that has ended holds no open page, and has failed only where no page succeeded.",
    """SELECT id || ' is ' || status FROM batches_batch WHERE
        status IN ('completed', 'failed', 'cancelled')
            AND (uploaded_count + queued_count + processing_count > 0 OR finished_at IS NULL)
        OR status = 'failed' AND done_count + skipped_count > 0
        OR status = 'completed' AND failed_count > 0 AND done_count + skipped_count = 0""",
)
ENDLESS_BATCHES = Invariant(
    "endless_batches",
    "A batch without open pages has ended.",
    """SELECT id FROM batches_batch WHERE status IN ('queued', 'processing') AND page_count > 0
        AND uploaded_count + queued_count + processing_count = 0
        AND updated_at < clock_timestamp() - make_interval(secs => %(patience)s)""",
)
RESULTS = Invariant(
    "results",
    "A page has results exactly when it is done, and as many changes as it says.",
    """SELECT r.id || ' is ' || r.status FROM batches_pagerun r LEFT JOIN (
            SELECT run_id, count(*) FILTER (WHERE text <> '') AS texts
            FROM batches_suggestion GROUP BY run_id
        ) s ON s.run_id = r.id
    WHERE r.status = 'done' AND coalesce(r.changes, 0) <> coalesce(s.texts, 0)
        OR r.status <> 'done' AND s.run_id IS NOT NULL""",
)
REUSED_RESULTS = Invariant(
    "reused_results",
    "A skipped page names the done one whose results hold.",
    """SELECT r.id::text FROM batches_pagerun r LEFT JOIN batches_pagerun o ON o.id = r.reused_from_id
    WHERE r.status = 'skipped' AND (o.id IS NULL OR o.status <> 'done' OR o.page_id <> r.page_id)""",
)
PAGE_EVENTS = Invariant(
    "page_events",
    "The audit trail tells of each done page exactly once, and of each failed one.",
    """WITH told AS (
        SELECT batch, target, count(*) FILTER (WHERE action = 'page.completed') AS completed,
            count(*) FILTER (WHERE action <> 'page.completed') AS failed
        FROM accounts_auditevent WHERE action IN ('page.completed', 'page.failed')
            OR action = 'lease.expired' AND data->>'status' = 'failed'
        GROUP BY batch, target
    )
    SELECT r.id || ' is ' || r.status FROM batches_pagerun r
        LEFT JOIN told ON told.batch = r.batch_id AND told.target = r.page_id
    WHERE coalesce(told.completed, 0) <> (r.status = 'done')::int
        OR r.status = 'failed' AND coalesce(told.failed, 0) = 0""",
)
BATCH_EVENTS = Invariant(
    "batch_events",
    "The audit trail tells exactly once of each submission, each end and each going on of a batch.",
    """WITH told AS (
        SELECT target, count(*) FILTER (WHERE action = 'batch.submitted') AS submitted,
            count(*) FILTER (WHERE action IN ('batch.completed', 'batch.failed')) AS ended,
            count(*) FILTER (WHERE action = 'batch.retried' AND data->>'reopened' = 'true') AS retried,
            count(*) FILTER (WHERE action = 'batch.cancelled') AS cancelled
        FROM accounts_auditevent
        WHERE action IN ('batch.submitted', 'batch.completed', 'batch.failed', 'batch.retried',
            'batch.cancelled')
        GROUP BY target
    )
    SELECT b.id || ' is ' || b.status FROM batches_batch b LEFT JOIN told ON told.target = b.id
    WHERE coalesce(told.submitted, 0) <> (b.submitted_at IS NOT NULL)::int
        OR coalesce(told.ended - told.retried, 0) <> (b.status IN ('completed', 'failed'))::int
        OR coalesce(told.cancelled, 0) <> (b.status = 'cancelled')::int""",
)
INVARIANTS = (
    PAGE_STATES,
    DEAD_LEASES,
    ATTEMPTS,
    PAGE_COUNTS,
    REVIEW_COUNTS,
    ENDED_BATCHES,
    ENDLESS_BATCHES,
    RESULTS,
    REUSED_RESULTS,
    PAGE_EVENTS,
    BATCH_EVENTS,
)
