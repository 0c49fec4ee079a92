"""What is left after the chaos, as figures."""

import json
import threading
import time
from collections import Counter
from typing import Any

from world import World

# A lease and a sweep of the usual lengths; ours are shorter, but workers take their time to start.
RECLAIM_S = 75
HELD = """SELECT id, lease_token FROM batches_pagerun WHERE status = 'processing' AND lease_owner LIKE %s"""
NOW = "SELECT id, lease_token, status FROM batches_pagerun WHERE id = ANY(%s)"


class Reclaims:
    """How long the pages of dead and silent workers waited for other hands, by our own clock."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.waiting: dict[tuple[int, int], float] = {}
        self.slowest_s = 0.0
        self.lock = threading.Lock()
        threading.Thread(target=self.watch, daemon=True).start()

    def note_death(self, pid: int) -> None:
        for run, token in self.world.rows(HELD, f"%-{pid}-%"):
            with self.lock:
                self.waiting.setdefault((run, token), time.monotonic())

    def watch(self) -> None:
        while self.world.is_up:
            time.sleep(0.25)
            with self.lock:
                waiting = dict(self.waiting)
            if not waiting:
                continue
            try:
                rows = self.world.rows(NOW, [run for run, _ in waiting], patience_s=5)
            except Exception:
                continue
            found = {run: (token, status) for run, token, status in rows}
            for (run, token), since in waiting.items():
                now, status = found[run]
                # In other hands, or ended.
                if now != token or status not in ("queued", "processing"):
                    with self.lock:
                        self.slowest_s = max(self.slowest_s, time.monotonic() - since)
                        self.waiting.pop((run, token), None)


# Calls that may have to be paid, live and in the economy lane, and how many questions were answered.
JOURNALED = """SELECT count(*) FILTER (WHERE outcome <> 'failed' AND provider_batch_id IS NULL),
    count(*) FILTER (WHERE outcome <> 'failed' AND provider_batch_id IS NOT NULL),
    count(DISTINCT (runs, request_hash)) FILTER (WHERE outcome = 'answered') FROM batches_modelcall"""
# Answered once more although no worker had lost the page and no answer was unusable.
CAUSELESS = """SELECT count(*) FROM (
    SELECT c.runs FROM batches_modelcall c WHERE c.outcome = 'answered' AND c.error_code = ''
    GROUP BY c.runs, c.request_hash HAVING count(*) > 1
) twice WHERE NOT EXISTS (
    SELECT 1 FROM accounts_auditevent e JOIN batches_pagerun r ON r.id = twice.runs[1]
    WHERE e.target = r.page_id AND e.batch = r.batch_id AND e.action = 'lease.expired')"""
PAGES = """SELECT count(*), count(*) FILTER (WHERE status IN ('uploaded', 'queued', 'processing')),
    count(*) FILTER (WHERE status = 'failed') FROM batches_pagerun"""
TWICE = """SELECT count(*) FROM (SELECT 1 FROM accounts_auditevent WHERE action = 'page.completed'
    GROUP BY batch, target HAVING count(*) > 1) t"""
TOLD = "SELECT count(*) FROM accounts_auditevent WHERE action = %s"


def figures(world: World, reclaims: Reclaims) -> dict[str, Any]:
    doctor = json.loads(world.manage("doctor", "--json", check=False).splitlines()[0])
    broken = [name for name, finding in doctor["findings"].items() if finding["breaches"]]
    stats = world.twin.stats()
    live, cheap = stats["paid_calls"], stats["batch_paid_calls"]
    journaled, journaled_cheap, needed = world.rows(JOURNALED)[0]
    unexplained = max(0, live - journaled) + max(0, cheap - journaled_cheap)
    pages, unfinished, failed = world.rows(PAGES)[0]
    return {
        "pages": pages,
        "unfinished": unfinished,
        "failed": failed,
        "stuck": len(doctor["findings"]["dead_leases"]["breaches"])
        + len(doctor["findings"]["endless_batches"]["breaches"]),
        "double_results": world.rows(TWICE)[0][0],
        "paid_calls": live + cheap,
        "paid_again": live + cheap - needed,
        "paid_unexplained": unexplained + world.rows(CAUSELESS)[0][0] + done_twice(world),
        "economy_calls": cheap,
        "provider_batches": stats["batches"],
        "dropped_results": world.rows(TOLD, "result.dropped")[0][0],
        "slowest_reclaim_s": round(reclaims.slowest_s, 1),
        "doctor": broken,
    }


def done_twice(world: World) -> int:
    """Requests that the provider worked on in more than one of its batches."""
    seen = Counter(
        request.custom_id
        for job in world.twin.batches.jobs.values()
        for request in job.requests[: job.completed_count]
    )
    return sum(times > 1 for times in seen.values())


def complaints(found: dict[str, Any]) -> list[str]:
    """What is not as it should be."""
    nothing = ("unfinished", "failed", "stuck", "double_results", "paid_unexplained")
    amiss = [name for name in nothing if found[name]]
    if found["slowest_reclaim_s"] > RECLAIM_S:
        amiss.append("slowest_reclaim_s")
    return amiss + found["doctor"]
