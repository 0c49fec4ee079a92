"""Promises about money: the ledger tells of each call as it ended, and its sums and caps hold."""

from batches.doctor.questions import Invariant

LEDGER = Invariant(
    "ledger",
    "A call is settled once it has ended, at the journal's cost, and money is for calls alone.",
    """SELECT r.call || ' is ' || coalesce(c.outcome, 'in no journal') FROM projects_spendentry r
        JOIN projects_project p ON p.id = r.project_id
        LEFT JOIN batches_modelcall c ON c.id = r.call
        LEFT JOIN projects_spendentry s ON s.call = r.call AND s.kind = 'settle'
        LEFT JOIN projects_spendentry b ON b.call = r.call AND b.kind = 'refund'
    -- The journal of an erased project, which has no domain, is gone; its lines stay.
    WHERE r.kind = 'reserve' AND p.domain <> '' AND (c.id IS NULL OR (c.outcome = 'sent') <> (s.id IS NULL)
        OR s.microdollars <> c.cost_microdollars
        OR s.microdollars + coalesce(b.microdollars, 0) <> r.microdollars)""",
)
SPEND_TOTALS = Invariant(
    "spend_totals",
    "What a batch, a project and an organization have spent and reserved equals their lines in the ledger.",
    """WITH lines AS (
        SELECT scope.key, sum(CASE kind WHEN 'settle' THEN microdollars ELSE 0 END) AS spent,
            sum(CASE kind WHEN 'reserve' THEN microdollars ELSE -microdollars END) AS reserved
        FROM projects_spendentry CROSS JOIN LATERAL (VALUES (batch),
            (project_id || to_char(day, ' YYYY-MM')), (organization_id || to_char(day, ' YYYY-MM'))
        ) AS scope (key) GROUP BY scope.key
    )
    SELECT coalesce(t.key, l.key) FROM projects_spendtotal t FULL JOIN lines l ON l.key = t.key
    WHERE (coalesce(t.spent, 0), coalesce(t.reserved, 0))
        <> (coalesce(l.spent, 0), coalesce(l.reserved, 0))""",
)
SPEND_DAYS = Invariant(
    "spend_days",
    "The days of a project sum up to its settled calls.",
    """WITH lines AS (
        SELECT project_id, day, sum(microdollars) AS spent, count(*) AS calls FROM projects_spendentry
        WHERE kind = 'settle' GROUP BY project_id, day
    ), days AS (
        SELECT project_id, day, sum(microdollars) AS spent, sum(calls) AS calls FROM projects_spendday
        GROUP BY project_id, day
    )
    SELECT coalesce(d.project_id, l.project_id) || ' on ' || coalesce(d.day, l.day)
    FROM days d FULL JOIN lines l ON l.project_id = d.project_id AND l.day = d.day
    WHERE (coalesce(d.spent, 0), coalesce(d.calls, 0)) <> (coalesce(l.spent, 0), coalesce(l.calls, 0))""",
)
INVARIANTS = (LEDGER, SPEND_TOTALS, SPEND_DAYS)
