"""The batches of the spend benchmark: made, watched, compared with the twin's bill."""

import os
import random
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
import psycopg
from django.conf import settings
from django.db import connection
from django.db.models import Count, Sum
from django.utils import timezone
from optimizer_pages import extracted

from batches import caps, executor, queue, quotes, tasks, wakeups
from batches.models import Batch, ModelCall
from batches.tests.factories import make_batch, make_project, make_run
from nimbus import packing
from projects.models import SpendDay, SpendEntry, SpendTotal

# Nobody listens: the workers look for themselves.
wakeups.send = wakeups.send_economy = lambda: None
# Pages of a lane whose cost its quotes learn from.
LEARNT = 30
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
    """Quotes of a site's pages against the twin's bill: the very first one, and later ones of both lanes."""
    executor.LINGER_S = 0.2
    # The twin does not think before it answers, and of such a model the first quote knows that, too.
    first, later = make_project("first", settings={"ai_model": "gpt-4.1-mini"}), make_project("later")
    site = extracted(2 * pages + 2 * LEARNT)
    random.Random(1).shuffle(site)
    errors = {"first": quote_error(twin, first, site[:pages], "live")}
    for lane in ("live", "economy"):
        quote_error(twin, later, [site.pop() for _ in range(LEARNT)], lane)
    for lane in ("live", "economy"):
        errors[lane] = quote_error(twin, later, [site.pop() for _ in range(pages)], lane)
    return {"quote_errors": errors, "quote_error_share": max(map(abs, errors.values()))}


def quote_error(twin: Any, project: Any, pages: Sequence[tuple[str, dict[str, Any]]], lane: str) -> float:
    batch = fill_site(project, pages, lane)
    told = quotes.of(batch)
    bill, said = buy(batch, twin), told.economy if lane == "economy" else told.live
    error = round((said - bill) / bill, 4)
    done = f"{batch.done_count} of {len(pages)} pages done"
    print(f"Quote {project.name}, {lane}: {said} of {bill} micro-dollars, {done}")
    return error


def fill_site(project: Any, pages: Sequence[tuple[str, dict[str, Any]]], lane: str) -> Batch:
    batch = make_batch(project, 0, lane=lane)
    for path, extraction in pages:
        run = make_run(batch, path)
        run.snapshot.body = packing.pack(orjson.dumps(extraction))
        run.snapshot.save()
    batch.refresh_from_db()
    return batch


def buy(batch: Batch, twin: Any) -> int:
    """Run it to its end; what the twin charged."""
    queue.submit(batch, by="system")
    end = time.monotonic() + 120
    while time.monotonic() < end and batch.status != "completed":
        executor.run("bench", 12, 5)
        tasks.run_economy()
        time.sleep(settings.ECONOMY_POLL_S / 2)
        batch.refresh_from_db()
    answered = ModelCall.objects.filter(batch=batch, outcome="answered")
    calls = answered.values_list("request_id", "provider_batch_id")
    return sum(twin.cost(request, provider_batch is not None) for request, provider_batch in calls)
