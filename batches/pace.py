"""How fast a batch goes: pages a minute, their line, and the time that is left."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncMinute
from django.utils.translation import gettext

from batches.models import Batch, PageRun
from nimbus import clock

# An estimate is shown once it can be worth something.
ETA_AFTER, ETA_PAGES = timedelta(seconds=30), 20
SPARK_LENGTH = timedelta(minutes=30)


def per_minute(batch: Batch) -> list[int]:
    """Pages finished in each minute of the last half hour; the last one is still under way."""
    now = clock.now().replace(second=0, microsecond=0)
    if not batch.started_at:
        return []
    since = max(batch.started_at.replace(second=0, microsecond=0), now - SPARK_LENGTH)
    rows = (
        PageRun.objects.filter(batch=batch, finished_at__gte=since)
        .annotate(minute=TruncMinute("finished_at"))
        .values("minute")
        .annotate(n=Count("id"))
        .order_by("minute")
    )
    counted = {row["minute"]: row["n"] for row in rows}
    minutes = int((now - since).total_seconds() // 60)
    return [counted.get(since + timedelta(minutes=number), 0) for number in range(minutes + 1)]


def spark(rates: Sequence[int]) -> dict[str, Any] | None:
    """The line of pages a minute in a view box of 100 × 32; whole minutes only, from the second one on."""
    whole = list(rates[:-1])
    if len(whole) < 2:
        return None
    top, step = max(*whole, 1), 100 / (len(whole) - 1)
    points = " ".join(f"{number * step:.1f},{30 - 28 * rate / top:.1f}" for number, rate in enumerate(whole))
    return {
        "line": points,
        "area": f"0,32 {points} 100,32",
        "now": whole[-1],
        "label": gettext("%(now)s pages in the last whole minute, at most %(most)s in %(minutes)s minutes")
        % {"now": f"{whole[-1]:,}", "most": f"{top:,}", "minutes": len(whole)},
    }


def eta(batch: Batch, done: int, rates: Sequence[int]) -> str:
    """A range from the fastest and slowest of the last 5 minutes, or why there is none."""
    if batch.status != Batch.Status.PROCESSING or not batch.started_at:
        return ""
    now = clock.now()
    if now - batch.started_at < ETA_AFTER or done < ETA_PAGES:
        return gettext("Estimating the time left")
    # The minute under way is not whole, so it would read as slow.
    rates = [rate for rate in rates[-6:-1] if rate]
    if not rates:
        passed = (now - batch.started_at).total_seconds() / 60
        rates = [max(round(done / passed), 1)]
    left = batch.pending_page_count
    soonest, latest = max(left // max(rates), 1), max(-(-left // max(min(rates), 1)), 1)
    if soonest == latest:
        return gettext("About %(minutes)s min left") % {"minutes": soonest}
    return gettext("About %(soonest)s to %(latest)s min left") % {"soonest": soonest, "latest": latest}
