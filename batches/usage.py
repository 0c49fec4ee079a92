"""Counts pages, and what memory spared, into the days that the Usage screen shows."""

from collections.abc import Iterable

from django.db import connection

from batches.models import Batch
from batches.outcomes import Outcome
from projects import prices

PAGES = """
INSERT INTO projects_spendday AS d (organization_id, project_id, day, model, lane, pages, calls,
    input_tokens, output_tokens, microdollars, saved_by_lane, saved_by_memory)
SELECT organization, project, (now() AT TIME ZONE 'UTC')::date, model, lane, pages, 0, 0, 0, 0, 0, saved
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::int[], %s::bigint[])
    AS n (organization, project, model, lane, pages, saved)
ON CONFLICT (project_id, day, model, lane) DO UPDATE SET pages = d.pages + excluded.pages,
    saved_by_memory = d.saved_by_memory + excluded.saved_by_memory
"""
# What pages that stay as they are have cost when they were done.
UNCHANGED = """
INSERT INTO projects_spendday AS d (organization_id, project_id, day, model, lane, pages, calls,
    input_tokens, output_tokens, microdollars, saved_by_lane, saved_by_memory)
SELECT b.organization_id, b.project_id, (now() AT TIME ZONE 'UTC')::date, o.model, b.lane, 0, 0, 0, 0, 0, 0,
    sum(o.cost_microdollars)
FROM batches_pagerun r JOIN batches_pagerun o ON o.id = r.reused_from_id
    JOIN batches_batch b ON b.id = r.batch_id
WHERE r.batch_id = %s AND r.status = 'skipped'
GROUP BY b.organization_id, b.project_id, o.model, b.lane HAVING sum(o.cost_microdollars) > 0
ORDER BY o.model
ON CONFLICT (project_id, day, model, lane) DO UPDATE
    SET saved_by_memory = d.saved_by_memory + excluded.saved_by_memory
"""


def note_pages(done: Iterable[Outcome]) -> None:
    """Count pages and what memory spared. Call it after totals are locked and before audit chains are."""
    counted: dict[tuple[str, str, str, str], list[int]] = {}
    for o in done:
        key = (o.claim.organization_id, o.claim.project_id, o.model[:80], o.claim.lane)
        sums = counted.setdefault(key, [0, 0])
        sums[0] += 1
        sums[1] += spared(o)
    if counted:
        lines = [(*key, *sums) for key, sums in sorted(counted.items())]
        with connection.cursor() as cursor:
            cursor.execute(PAGES, [list(column) for column in zip(*lines, strict=True)])


def spared(o: Outcome) -> int:
    """What the lines that were remembered would have cost."""
    if not o.saved_input_tokens and not o.saved_output_tokens:
        return 0
    price = prices.find(o.model) or prices.FREE
    is_economy = o.claim.lane == Batch.Lane.ECONOMY
    return price.cost(o.saved_input_tokens, o.saved_output_tokens, is_economy=is_economy)


def note_unchanged(batch_id: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(UNCHANGED, [batch_id])
