"""The bars of the Usage screen, as finished numbers for the templates."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet

from projects.models import SpendDay
from projects.usage import Month, by

# In units of the view box.
HEIGHT, STEP, BAR = 120, 20, 14
FULL = 100


def days(found: QuerySet[SpendDay], month: Month) -> dict[str, Any]:
    """One bar a day, the economy lane's part on top of the live one's."""
    spent: dict[date, dict[str, int]] = defaultdict(dict)
    for day, lane, amount in found.values_list("day", "lane", "microdollars"):
        spent[day][lane] = spent[day].get(lane, 0) + amount
    highest = max((sum(lanes.values()) for lanes in spent.values()), default=0)
    bars = []
    for number, day in enumerate(month.days):
        lanes = spent.get(day, {})
        live, economy = (height(lanes.get(lane, 0), highest) for lane in ("live", "economy"))
        bars.append(
            {
                "day": day,
                "x": number * STEP + (STEP - BAR) // 2,
                "live_y": HEIGHT - live,
                "live": live,
                "economy_y": HEIGHT - live - economy,
                "economy": economy,
                "amount": sum(lanes.values()),
            }
        )
    return {
        "bars": bars,
        "width": len(bars) * STEP,
        "height": HEIGHT,
        "bar": BAR,
        "highest": highest,
        "rows": by(found, "day"),
    }


def height(amount: int, highest: int) -> int:
    """What costs anything is seen."""
    return max(2, round(amount * HEIGHT / highest)) if amount else 0


def shares(rows: Iterable[tuple[str, dict[str, Any]]]) -> Sequence[dict[str, Any]]:
    """Rows with the width of their bar, of a hundred."""
    named = list(rows)
    highest = max((row["microdollars"] for _, row in named), default=0)
    return [
        {"name": name, "width": round(row["microdollars"] * FULL / highest) if highest else 0, **row}
        for name, row in named
    ]
