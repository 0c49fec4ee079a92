"""The batches of the spend benchmark: made, watched, compared with the twin's bill."""

import os
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from django.db.models import Count, Sum
from django.utils import timezone

from batches import caps, executor, queue, quotes, tasks, wakeups
from batches.models import Batch, ModelCall, PageRun
from batches.tests.factories import make_batch, make_project, make_run
from projects.models import SpendDay, SpendEntry, SpendTotal

# Nobody listens: the workers look for themselves.
wakeups.send = wakeups.send_economy = lambda: None
TEXT = "We mend watches, cameras and lamps by post, number {}, and tell you the price first"


def watch(sql: str) -> None:
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        owner.execute(sql)


def fill(project: Any, pages: int, lane: str = "live", start: int = 0) -> Batch:
    batch = make_batch(project, 0, lane=lane)
    for number in range(start, start + pages):
        make_run(batch, f"/p{number}", TEXT.format(number))
    batch.refresh_from_db()
    return batch


def build(pages: int) -> list[Batch]:
    """Three batches of one organization, each under a cap of another kind that it will reach."""
    project = make_project("bench", settings={"hedge": True, "default_concurrency": 50})
    other = make_project("other", settings={"default_concurrency": 50})
    found = [
        fill(project, pages), fill(project, pages, "economy", pages), fill(other, pages), fill(project, 20)
    ]  # fmt: skip
    # What a page costs is about 800 micro-dollars live.
    caps.set_of_batch(found[0], "system", 300 * pages)
    caps.set_of_project(project, "system", 500 * pages)
    caps.set_of_organization(other.organization, "system", 400 * pages)
    return [queue.submit(batch, by="system") for batch in found]


def crash(batches: Sequence[Batch], workers: Any, deadline: float) -> dict[str, Any]:
    """Until every batch has ended; caps are raised once nothing moves any more."""
    raised, paused = False, 0
    while time.monotonic() < deadline:
        workers.look()
        tasks.sweep()
        states = dict(Batch.objects.values_list("id", "status"))
        if all(states[batch.id] in Batch.FINAL for batch in batches):
            break
        still = [batch for batch in batches if states[batch.id] == Batch.Status.PAUSED]
        if not raised and len(still) + sum(states[b.id] in Batch.FINAL for b in batches) == len(batches):
            paused, raised = len(still), True
            raise_caps(batches)
        time.sleep(0.5)
    ended = Batch.objects.filter(id__in=[batch.id for batch in batches], status__in=Batch.FINAL).count()
    print(f"{ended} of {len(batches)} ended, {paused} had reached a cap, {workers.deaths} workers died")
    return {"batches_ended": ended, "batches_paused_by_caps": paused}


def raise_caps(batches: Sequence[Batch]) -> None:
    for batch in batches:
        caps.set_of_batch(batch, "system", None)
        caps.set_of_project(batch.project, "system", 10**12)
        caps.set_of_organization(batch.project.organization, "system", None)


def settle_all() -> dict[str, Any]:
    """Long after: what nobody saw the end of is lost, and nothing is reserved."""
    ModelCall.objects.filter(outcome="sent").update(sent_at=timezone.now() - timedelta(days=1))
    tasks.sweep()
    left = SpendTotal.objects.aggregate(n=Sum("reserved"))["n"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(excess), 0) FROM bench_excess")
        return {"reserved_left": left, "cap_exceeded": cursor.fetchone()[0]}


def compare(twin: Any) -> dict[str, Any]:
    """Micro-dollars by which ledger, totals and the twin's bill differ."""
    lines: dict[Any, dict[str, int]] = {}
    for call, kind, amount in SpendEntry.objects.values_list("call", "kind", "microdollars"):
        lines.setdefault(call, {})[kind] = amount
    difference = 0
    calls = ModelCall.objects.values_list("id", "outcome", "request_id", "provider_batch_id")
    for call, outcome, request, provider_batch in calls:
        mine = lines.get(call, {})
        due = {"failed": 0, "lost": mine.get("reserve", 0)}.get(outcome)
        if outcome == "answered":
            due = twin.cost(request, provider_batch is not None)
        never_sent = outcome == "failed" and not mine
        difference += 0 if never_sent else abs((due or 0) - mine.get("settle", -(10**9)))
    spent = SpendEntry.objects.filter(kind="settle").aggregate(n=Sum("microdollars"))["n"]
    for sums in (SpendTotal.objects.exclude(month="").filter(owner__startswith="proj_"),):
        difference += abs(sums.aggregate(n=Sum("spent"))["n"] - spent)
    difference += abs(SpendDay.objects.aggregate(n=Sum("microdollars"))["n"] - spent)
    outcomes = dict(ModelCall.objects.values("outcome").annotate(n=Count("id")).values_list("outcome", "n"))
    print(f"{spent / 1_000_000:.4f} dollars in {sum(outcomes.values())} calls: {outcomes}")
    return {"ledger_difference": difference, "ledger_microdollars": spent, "calls": outcomes}


def quote(twin: Any, pages: int) -> dict[str, Any]:
    """The quote of a batch, live and in the economy lane, against what the twin charged for it."""
    executor.LINGER_S = 0.2
    project = Batch.objects.filter(lane="live").order_by("id").last().project
    errors = {}
    for number, lane in enumerate(("live", "economy")):
        batch = fill(project, pages, lane, 10_000 * (number + 1))
        told = quotes.of(batch)
        queue.submit(batch, by="system")
        end = time.monotonic() + 120
        while time.monotonic() < end and not Batch.objects.filter(id=batch.id, status="completed").exists():
            executor.run("bench", 12, 5)
            tasks.run_economy()
            time.sleep(settings.ECONOMY_POLL_S / 2)
        bill = sum(
            twin.cost(request, provider_batch is not None)
            for request, provider_batch in ModelCall.objects.filter(
                batch=batch, outcome="answered"
            ).values_list("request_id", "provider_batch_id")
        )
        said = told.economy if lane == "economy" else told.live
        errors[lane] = abs(said - bill) / bill if bill else 1.0
        done = PageRun.objects.filter(batch=batch, status="done").count()
        print(f"Quote {lane}: {said} of {bill} micro-dollars, {done} of {pages} pages done")
    return {"quote_error_share": round(max(errors.values()), 4)}
