"""What was spent: by day, project, model and lane, from sums that the ledger keeps as it writes."""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Sum

from batches.models import Batch
from batches.outcomes import Outcome
from nimbus import clock
from projects import prices
from projects.models import Project, SpendDay

FIELDS = (
    "pages", "calls", "input_tokens", "output_tokens", "microdollars", "saved_by_lane", "saved_by_memory",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Month:
    """One UTC month, as in 2026-11."""

    year: int
    number: int

    @classmethod
    def of(cls, text: str) -> "Month":
        """This month, where the text is none."""
        now = clock.now()
        year, _, number = text.partition("-")
        if len(text) == 7 and year.isdecimal() and number.isdecimal() and 1 <= int(number) <= 12:
            return cls(int(year), int(number)) if int(year) >= 2000 else cls(now.year, now.month)
        return cls(now.year, now.month)

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"

    @property
    def days(self) -> list[date]:
        last = calendar.monthrange(self.year, self.number)[1]
        return [date(self.year, self.number, day) for day in range(1, last + 1)]

    @property
    def before(self) -> "Month":
        return Month(self.year - 1, 12) if self.number == 1 else Month(self.year, self.number - 1)

    @property
    def after(self) -> "Month":
        return Month(self.year + 1, 1) if self.number == 12 else Month(self.year, self.number + 1)

    @property
    def is_now(self) -> bool:
        return str(self) == f"{clock.now():%Y-%m}"


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


def rows(projects: Sequence[Project] | QuerySet[Project], month: Month) -> QuerySet[SpendDay]:
    days = month.days
    return SpendDay.objects.filter(project__in=projects, day__gte=days[0], day__lte=days[-1])


def sums(found: QuerySet[SpendDay]) -> dict[str, Any]:
    totals: dict[str, Any] = found.aggregate(**{name: Sum(name) for name in FIELDS})
    return with_savings({name: totals[name] or 0 for name in FIELDS})


def by(found: QuerySet[SpendDay], field: str) -> list[dict[str, Any]]:
    """The same for each value of a field, the dearest first; days in their order."""
    # Named apart from the columns, which they would hide from the ORM.
    summed = found.order_by().values(field).annotate(**{f"sum_{name}": Sum(name) for name in FIELDS})
    groups = [
        with_savings({field: row[field]} | {name: row[f"sum_{name}"] for name in FIELDS}) for row in summed
    ]
    if field == "day":
        return sorted(groups, key=lambda row: row["day"])
    return sorted(groups, key=lambda row: (-row["microdollars"], -row["pages"], str(row[field])))


def with_savings(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"saved": row["saved_by_lane"] + row["saved_by_memory"]}
