"""Promises about what stands around the pages: paid calls, mail, tenants, answers kept for a repeat."""

from batches.doctor.questions import Invariant

OPEN_CALLS = Invariant(
    "open_calls",
    "No call stands in the journal as sent long after any answer could come.",
    # In the economy lane a call may stand open as long as its provider batch does.
    """SELECT c.id::text FROM batches_modelcall c LEFT JOIN batches_providerbatch p
        ON p.id = c.provider_batch_id WHERE c.outcome = 'sent' AND CASE WHEN p.id IS NULL
            THEN c.sent_at < clock_timestamp() - make_interval(secs => %(call)s + %(patience)s)
            ELSE p.state = 'ended' END""",
)
CALLS = Invariant(
    "calls",
    "An answered call has its answer, a failed one costs nothing, and each belongs to its batch's pages.",
    """SELECT c.id || ' is ' || c.outcome FROM batches_modelcall c WHERE
        c.outcome NOT IN ('sent', 'answered', 'failed', 'lost')
        OR c.outcome = 'answered' AND (c.answer IS NULL OR c.answered_at IS NULL)
        OR c.outcome = 'failed' AND c.cost_microdollars <> 0
        OR EXISTS (SELECT 1 FROM unnest(c.runs) AS mine (id)
            LEFT JOIN batches_pagerun r ON r.id = mine.id AND r.batch_id = c.batch_id WHERE r.id IS NULL)""",
)
# A second: an answer may reach the journal while another worker's call for it is being written down.
BOUGHT_TWICE = Invariant(
    "bought_twice",
    "No answer that was stored and good is bought again for the same page.",
    """SELECT later.id || ' repeats ' || earlier.id FROM batches_modelcall earlier
        JOIN batches_modelcall later ON later.batch_id = earlier.batch_id
            AND later.request_hash = earlier.request_hash AND later.runs && earlier.runs
            AND later.sent_at > earlier.answered_at + interval '1 second'
    WHERE earlier.outcome = 'answered' AND earlier.error_code = '' AND later.outcome <> 'failed'""",
)
PAGE_COSTS = Invariant(
    "page_costs",
    "No page claims to have cost more than its answers in the journal.",
    """WITH paid AS (
        SELECT mine.id, sum(c.cost_microdollars) AS cost
        FROM batches_modelcall c CROSS JOIN LATERAL unnest(c.runs) AS mine (id)
        WHERE c.outcome = 'answered' GROUP BY mine.id
    )
    SELECT r.id || ' says ' || r.cost_microdollars FROM batches_pagerun r LEFT JOIN paid ON paid.id = r.id
    WHERE r.cost_microdollars > coalesce(paid.cost, 0)""",
)
REPORTS = Invariant(
    "reports",
    "A report is written only for a batch that has ended, and once for each reader.",
    """SELECT m.id::text FROM batches_outboxmail m WHERE m.kind = 'batch_report' AND (
        NOT EXISTS (SELECT 1 FROM accounts_auditevent e WHERE e.target = m.batch_id
            AND e.action IN ('batch.completed', 'batch.failed'))
        OR EXISTS (SELECT 1 FROM batches_outboxmail o
            WHERE o.batch_id = m.batch_id AND o.kind = m.kind AND o."to" = m."to" AND o.id < m.id))""",
)
TENANTS = Invariant(
    "tenants",
    "No row belongs to another organization than what it hangs on.",
    """SELECT 'batch ' || b.id FROM batches_batch b JOIN projects_project p ON p.id = b.project_id
        WHERE b.organization_id <> p.organization_id
    UNION ALL SELECT 'page ' || g.id FROM batches_page g JOIN projects_project p ON p.id = g.project_id
        WHERE g.organization_id <> p.organization_id
    UNION ALL SELECT 'page run ' || r.id FROM batches_pagerun r JOIN batches_batch b ON b.id = r.batch_id
        JOIN batches_page g ON g.id = r.page_id
        WHERE r.organization_id <> b.organization_id OR g.project_id <> b.project_id
    UNION ALL SELECT 'suggestion ' || s.id FROM batches_suggestion s
        JOIN batches_pagerun r ON r.id = s.run_id
        WHERE s.organization_id <> r.organization_id OR s.batch_id <> r.batch_id OR s.page_id <> r.page_id
    UNION ALL SELECT 'decision ' || d.id FROM batches_decision d
        JOIN batches_suggestion s ON s.id = d.suggestion_id WHERE d.organization_id <> s.organization_id
    UNION ALL SELECT 'call ' || c.id FROM batches_modelcall c JOIN batches_batch b ON b.id = c.batch_id
        WHERE c.organization_id <> b.organization_id OR c.project_id <> b.project_id
    UNION ALL SELECT 'mail ' || m.id FROM batches_outboxmail m JOIN batches_batch b ON b.id = m.batch_id
        WHERE m.organization_id <> b.organization_id
    UNION ALL SELECT 'artifact ' || a.id FROM batches_artifact a
        JOIN projects_project p ON p.id = a.project_id WHERE a.organization_id <> p.organization_id
    UNION ALL SELECT 'event ' || e.id FROM accounts_auditevent e JOIN projects_project p ON p.id = e.chain
        WHERE e.organization_id <> p.organization_id
    UNION ALL SELECT 'key usage ' || u.id FROM projects_apikeyusage u
        JOIN projects_apikey k ON k.id = u.key_id WHERE u.organization_id <> k.organization_id""",
)
REPEATS = Invariant(
    "repeats",
    "No repeated request waits for the first one's answer for more than five minutes.",
    """SELECT id::text FROM nimbus_idempotencyrecord WHERE status IS NULL
        AND created_at < clock_timestamp() - interval '5 minutes'""",
)
# Where nothing was ever submitted, nobody may have started beat yet.
BEAT = Invariant(
    "beat",
    "Beat and a worker have been heard of in the last two minutes.",
    """SELECT CASE WHEN h.at IS NULL THEN 'never heard of'
            ELSE 'last heard of ' || date_trunc('second', clock_timestamp() - h.at) || ' ago' END
    FROM (SELECT max(at) AS at FROM nimbus_heartbeat WHERE name = 'beat') h
    WHERE coalesce(h.at, (SELECT min(submitted_at) FROM batches_batch))
        < clock_timestamp() - make_interval(secs => %(silence)s)""",
)
INVARIANTS = (OPEN_CALLS, CALLS, BOUGHT_TWICE, PAGE_COSTS, REPORTS, TENANTS, REPEATS, BEAT)
