"""What /metrics tells, each with the query that finds it by an index; none reads a whole large table."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Measure:
    """A query whose columns are the labels, then the gauges, in this order."""

    query: str
    # Each name with its explanation.
    gauges: dict[str, str]
    labels: tuple[str, ...] = field(default=())


# Batches keep the counts of their pages.
PAGES = """
SELECT b.status, p.status, sum(p.count)
FROM batches_batch b CROSS JOIN LATERAL (VALUES
    ('uploaded', uploaded_count), ('queued', queued_count), ('processing', processing_count),
    ('done', done_count), ('failed', failed_count), ('skipped', skipped_count), ('cancelled', cancelled_count)
) AS p (status, count)
WHERE b.status IN ('queued', 'processing', 'paused') GROUP BY 1, 2
"""
BATCHES = """
SELECT status, count(*) FROM batches_batch WHERE status IN ('queued', 'processing', 'paused') GROUP BY 1
"""
# The first of each batch, since pages are numbered as they came. Those that wait for the economy lane may.
OLDEST = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - greatest(r.uploaded_at, b.submitted_at))), 0)
FROM batches_batch b CROSS JOIN LATERAL (
    SELECT uploaded_at FROM batches_pagerun
    WHERE batch_id = b.id AND status = 'queued' AND parked_until IS NULL ORDER BY id LIMIT 1
) r
WHERE b.status IN ('queued', 'processing')
"""
# Ids of batches begin with their moment, so the newest are at the end of the primary key.
LATENCY = """
WITH watched AS (
    (SELECT id FROM batches_batch WHERE status IN ('queued', 'processing') ORDER BY id DESC LIMIT 100)
    UNION (SELECT id FROM batches_batch ORDER BY id DESC LIMIT 20)
), recent AS (
    SELECT r.duration_ms FROM watched b CROSS JOIN LATERAL (
        SELECT duration_ms, finished_at FROM batches_pagerun
        WHERE batch_id = b.id AND status = 'done' ORDER BY id DESC LIMIT 200
    ) r
    WHERE r.finished_at > now() - interval '5 minutes' AND r.duration_ms IS NOT NULL
)
SELECT q.quantile, (
    SELECT percentile_cont(q.quantile) WITHIN GROUP (ORDER BY duration_ms) / 1000 FROM recent
)
FROM (VALUES (0.5), (0.95), (0.99)) AS q (quantile)
"""
ERRORS = """
SELECT error_code, count(*) FROM batches_modelcall
WHERE outcome = 'failed' AND error_code <> 'not_sent' AND answered_at > now() - interval '5 minutes'
GROUP BY 1
"""
CALLS = """
SELECT count(*), coalesce(max(extract(epoch FROM clock_timestamp() - sent_at)), 0)
FROM batches_modelcall WHERE outcome = 'sent'
"""
SPEND = """
SELECT coalesce(sum(t.spent), 0) / 1e6, coalesce(sum(t.reserved), 0) / 1e6
FROM accounts_organization o JOIN projects_spendtotal t
    ON t.key = o.id || ' ' || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM')
"""
LEASES = """
SELECT count(*) FILTER (WHERE lease_expires_at > now()),
    count(*) FILTER (WHERE lease_expires_at <= now()), count(DISTINCT lease_owner)
FROM batches_pagerun WHERE status = 'processing'
"""
MAIL = """
SELECT count(*), count(*) FILTER (WHERE attempts > 0),
    coalesce(max(extract(epoch FROM clock_timestamp() - created_at)), 0)
FROM batches_outboxmail WHERE sent_at IS NULL
"""
WEBHOOKS = """
SELECT count(*), count(*) FILTER (WHERE tries > 0),
    greatest(0, coalesce(max(extract(epoch FROM clock_timestamp() - next_attempt_at)), 0))
FROM batches_webhookdelivery WHERE next_attempt_at IS NOT NULL
"""
MEASURES = (
    Measure(
        PAGES,
        {"pages": "Pages of open batches, by the status of batch and page."},
        ("batch_status", "status"),
    ),
    Measure(BATCHES, {"batches": "Open batches."}, ("status",)),
    Measure(OLDEST, {"oldest_queued_page_seconds": "How long the page that waits longest has waited."}),
    Measure(
        LATENCY,
        {"page_seconds": "From claim to result, of the newest pages of five minutes."},
        ("quantile",),
    ),
    Measure(ERRORS, {"provider_errors": "Failed calls of the last five minutes."}, ("code",)),
    Measure(
        CALLS,
        {
            "calls_open": "Calls in the journal that have no answer yet.",
            "oldest_open_call_seconds": "The age of the oldest of them.",
        },
    ),
    Measure(
        SPEND,
        {
            "spend_month_dollars": "Spent in this UTC month, by all organizations.",
            "reserved_month_dollars": "Held back for calls that are under way.",
        },
    ),
    Measure(
        LEASES,
        {
            "leases": "Pages in the hands of workers.",
            "leases_expired": "Pages whose worker is dead, and that nobody has taken back.",
            "executors": "Executors that hold pages.",
        },
    ),
    Measure(
        MAIL,
        {
            "mail_waiting": "Mails that are not sent.",
            "mail_retried": "Those that failed at least once.",
            "oldest_mail_seconds": "The age of the oldest of them.",
        },
    ),
    Measure(
        WEBHOOKS,
        {
            "webhooks_waiting": "Deliveries of webhooks that wait for their next attempt.",
            "webhooks_retried": "Those that failed at least once.",
            "webhooks_overdue_seconds": "How long the one that waits longest is overdue.",
        },
    ),
)
