"""What was spent: by day, project, model and lane, from sums that the ledger keeps as it writes."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet, Sum

from nimbus import clock
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
