"""The ledger of money: reserve → settle → refund, each line once, and no cap passed.

Whoever writes here holds the totals (`projects.books`) that the money counts against, and adds its lines to
them in the same transaction. A cap is looked at under that lock: what is spent and reserved is never more.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from projects.books import NOW, Books, Holder, Total

# A settlement finds its reservation by the call, so that it fits whoever writes it, and however late.
WRITE = f"""
WITH opened AS (
    INSERT INTO projects_spendentry (organization_id, project_id, batch, call, kind, microdollars,
        input_tokens, output_tokens, model, lane, day, at)
    SELECT n.organization, n.project, n.batch, n.call, 'reserve', n.amount, 0, 0, n.model, n.lane,
        {NOW}::date, clock_timestamp()
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::uuid[], %s::bigint[], %s::text[], %s::text[])
        AS n (organization, project, batch, call, amount, model, lane)
    ON CONFLICT (call, kind) DO NOTHING
    RETURNING organization_id, project_id, batch, day, microdollars
), ended AS (
    SELECT e.organization_id, e.project_id, e.batch, e.call, e.day, e.lane, n.input, n.output, n.saved,
        coalesce(nullif(n.model, ''), e.model) AS model,
        e.microdollars AS reserved, coalesce(n.amount, e.microdollars) AS spent
    FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[])
        AS n (call, amount, input, output, model, saved)
    JOIN projects_spendentry e ON e.call = n.call AND e.kind = 'reserve'
), settled AS (
    INSERT INTO projects_spendentry (organization_id, project_id, batch, call, kind, microdollars,
        input_tokens, output_tokens, model, lane, day, at)
    SELECT organization_id, project_id, batch, call, 'settle', spent, input, output, model, lane, day,
        clock_timestamp()
    FROM ended ON CONFLICT (call, kind) DO NOTHING RETURNING call
), closed AS (
    SELECT ended.* FROM ended JOIN settled ON settled.call = ended.call
), refunded AS (
    INSERT INTO projects_spendentry (organization_id, project_id, batch, call, kind, microdollars,
        input_tokens, output_tokens, model, lane, day, at)
    SELECT organization_id, project_id, batch, call, 'refund', reserved - spent, 0, 0, model, lane, day,
        clock_timestamp()
    FROM closed WHERE reserved <> spent ON CONFLICT (call, kind) DO NOTHING
), moves AS (
    SELECT organization_id, project_id, batch, day, microdollars AS reserved, 0::bigint AS spent,
        0::bigint AS input, 0::bigint AS output FROM opened
    UNION ALL
    SELECT organization_id, project_id, batch, day, -reserved, spent, input, output FROM closed
), sums AS (
    SELECT scope.key, sum(reserved) AS reserved, sum(spent) AS spent, sum(input) AS input,
        sum(output) AS output
    FROM moves CROSS JOIN LATERAL (VALUES (batch), (project_id || to_char(day, ' YYYY-MM')),
        (organization_id || to_char(day, ' YYYY-MM'))) AS scope (key)
    GROUP BY scope.key
), days AS (
    INSERT INTO projects_spendday AS d (organization_id, project_id, day, model, lane, pages, calls,
        input_tokens, output_tokens, microdollars, saved_by_lane, saved_by_memory)
    SELECT organization_id, project_id, day, model, lane, 0, count(*), sum(input), sum(output), sum(spent),
        sum(saved), 0
    FROM closed GROUP BY organization_id, project_id, day, model, lane ORDER BY project_id, day, model, lane
    ON CONFLICT (project_id, day, model, lane) DO UPDATE SET calls = d.calls + excluded.calls,
        input_tokens = d.input_tokens + excluded.input_tokens,
        output_tokens = d.output_tokens + excluded.output_tokens,
        microdollars = d.microdollars + excluded.microdollars,
        saved_by_lane = d.saved_by_lane + excluded.saved_by_lane
)
UPDATE projects_spendtotal t SET reserved = t.reserved + s.reserved, spent = t.spent + s.spent,
    input_tokens = t.input_tokens + s.input, output_tokens = t.output_tokens + s.output
FROM sums s WHERE t.key = s.key RETURNING t.key, t.spent
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Reservation:
    """The most that a call can cost, written down before it is made."""

    call: uuid.UUID
    holder: Holder
    microdollars: int
    model: str = ""
    lane: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a call did cost; `None` is its full reservation, where nobody knows."""

    call: uuid.UUID
    microdollars: int | None
    input_tokens: int = 0
    output_tokens: int = 0
    model: str = ""
    # What the economy lane spared.
    saved: int = 0


def write(
    books: Books, reservations: Sequence[Reservation], settlements: Sequence[Settlement]
) -> list[Total]:
    """Write the lines that are new, and add them to the totals; those totals that moved."""
    opened = [(*r.holder[::-1], r.call, r.microdollars, r.model[:80], r.lane) for r in reservations]
    ended = [
        (s.call, s.microdollars, s.input_tokens, s.output_tokens, s.model[:80], s.saved) for s in settlements
    ]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [*columns(opened, 7), *columns(ended, 6)])
        spent = dict(cursor.fetchall())
    moved = [row for key, row in books.rows.items() if key in spent]
    for row in moved:
        row.spent = spent[row.key]
    return moved


def columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def reserved(calls: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these calls that have their reservation already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT call FROM projects_spendentry WHERE call = ANY(%s) AND kind = 'reserve'", [list(calls)]
        )
        return {row[0] for row in cursor.fetchall()}
