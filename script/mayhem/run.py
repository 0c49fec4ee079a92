"""Batches run while everything is killed, stopped and lied to; then the doctor looks at what is left.

The last line is one JSON object. The same seed does the same things in the same order.
"""

import argparse
import dataclasses
import hashlib
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from faults import CALM, Faults
from figures import Reclaims, figures, is_well
from world import World

from optimizer.twin import Behaviour, Twin


@dataclasses.dataclass(frozen=True)
class Plan:
    """How much of what; `faults` counts each kind."""

    pages: int
    window: int
    latency_s: float
    lease_s: int
    # The next fault comes once so much more is done, or after this time at the latest.
    pause_s: float
    # How long everything may take to come to rest afterwards.
    quiet_s: float
    faults: dict[str, int]


QUICK = Plan(
    pages=320, window=6, latency_s=0.4, lease_s=3, pause_s=2, quiet_s=90,
    faults={
        "kill_worker": 5, "stop_worker": 2, "end_worker": 2, "die_at_a_point": 4, "kill_web": 1,
        "kill_beat": 1, "second_beat": 1, "restart_broker": 1, "lose_broker": 1, "restart_database": 1,
        "crash_database": 1, "storm": 3,
    },
)  # fmt: skip
LONG = Plan(
    pages=10_000, window=40, latency_s=1.0, lease_s=6, pause_s=5, quiet_s=600,
    faults={
        "kill_worker": 35, "stop_worker": 22, "end_worker": 10, "die_at_a_point": 20, "kill_web": 4,
        "kill_beat": 4, "second_beat": 2, "restart_broker": 4, "lose_broker": 3, "restart_database": 2,
        "crash_database": 2, "storm": 12,
    },
)  # fmt: skip

# What each guard is there for, and nothing else. A page whose first answer is no good has bought one
# already when its worker dies.
CONTROLS: dict[str, tuple[dict[str, int], dict[str, float]]] = {
    "fencing": ({"stop_worker": 10}, {}),
    "locking": ({"kill_beat": 2}, {}),
    "journal": ({"kill_worker": 6}, {"cut_json": 0.5}),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/chaos", description=__doc__)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--quick", action="store_true", help="320 pages, 23 faults (the usual)")
    kind.add_argument("--long", action="store_true", help="10,000 pages, 120 faults")
    parser.add_argument("--seed", type=int, default=None, help="what happens in which order (random)")
    parser.add_argument("--pages", type=int, help="another number of pages")
    parser.add_argument(
        "--without", default="", choices=["", *CONTROLS],
        help="switch a guard off; the run must then fail",
    )  # fmt: skip
    parser.add_argument("--keep", action="store_true", help="keep the folder with its logs")
    chosen = parser.parse_args()
    seed = chosen.seed if chosen.seed is not None else random.randrange(10**6)
    plan = LONG if chosen.long else QUICK
    if chosen.without:
        plan = dataclasses.replace(plan, faults=CONTROLS[chosen.without][0], pause_s=8)
    if chosen.pages:
        plan = dataclasses.replace(plan, pages=chosen.pages)
    print(f"seed {seed}, load average {os.getloadavg()[0]:.1f}", flush=True)
    folder, found = Path(tempfile.mkdtemp(prefix="nimbus-chaos-")), {}
    try:
        found = run(plan, folder, chosen.without, seed)
    finally:
        if chosen.keep or not is_well(found):
            print(f"The logs are in {folder / 'var' / 'log'}", flush=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps({"seed": seed} | found))
    return 0 if is_well(found) else 1


def run(plan: Plan, folder: Path, without: str, seed: int) -> dict[str, Any]:
    began = time.monotonic()
    with (
        Twin(Behaviour(seed=seed, latency=plan.latency_s)) as twin,
        World(folder, twin, plan.window, plan.lease_s, without, seed).running() as world,
    ):
        started_s = time.monotonic() - began
        # A large batch and a small one of somebody else.
        small = max(10, plan.pages // 16)
        batches = [
            upload(world, plan, "large", plan.pages - small),
            upload(world, plan, "small", small),
        ]
        if without:
            twin.behave(**CONTROLS[without][1])
        for key, batch in batches:
            world.call(key, f"batches/{batch}/submit")
        reclaims = Reclaims(world)
        counts = wreak(world, plan, reclaims, seed)
        wreaked_s = time.monotonic() - began
        world.twin.behave(**CALM)
        settle(world, plan)
        retried = retry_failed(world, batches)
        settle(world, plan)
        found = figures(world, reclaims)
        return found | {
            "faults": sum(counts.values()),
            "kinds": dict(sorted(counts.items())),
            "retried": retried,
            "without": without,
            "started_s": round(started_s),
            "wreaked_s": round(wreaked_s),
            "seconds": round(time.monotonic() - began),
        }


def upload(world: World, plan: Plan, name: str, pages: int) -> tuple[str, str]:
    """The batch's key and id."""
    settings = {"default_concurrency": plan.window * 2, "review_mode": "auto", "max_pages_per_batch": 20_000}
    made = world.manage(
        "create_project", "--email", f"{name}@chaos.test", "--domain", f"{name}.test",
        "--project-settings", json.dumps(settings), role="app",
    )  # fmt: skip
    project = json.loads(made.splitlines()[-1])
    batch = world.call(project["api_key"], f"projects/{project['project_id']}/batches", b"{}")["batch_id"]
    lines = [line(name, number) for number in range(pages)]
    for start in range(0, pages, 500):
        body = b"\n".join(lines[start : start + 500])
        answer = world.call(project["api_key"], f"batches/{batch}/pages", body, "application/x-ndjson")
        assert answer["rejected"] == 0, answer["outcomes"][0]
    return project["api_key"], batch


def retry_failed(world: World, batches: list[tuple[str, str]]) -> int:
    """Pages that a model talked nonsense to twice have failed by right; people would retry them."""
    failed = 0
    for key, batch in batches:
        sql = "SELECT failed_count FROM batches_batch WHERE id = %s AND status <> 'cancelled'"
        count = world.rows(sql, batch)[0][0]
        if count:
            world.call(key, f"batches/{batch}/retry")
        failed += count
    return failed


def line(name: str, number: int) -> bytes:
    """A page whose texts are its own, so that no two prompts are alike."""
    content = f"We mend clocks and watches by post, whatever their age. Shop {number} of {name}."
    key = hashlib.sha256(b"\0" + content.encode()).hexdigest()[:16]
    block = {"id": f"b-{key[:10]}", "type": "p", "content": content, "region": "main", "key": key}
    head = {"title": f"Shop {number}", "metaDescription": ""}
    extraction = {"engine": "html", "head": head, "above_fold_blocks": [block], "rest_of_page_blocks": []}
    page = {"page_url": f"/{number}.html", "source_path": f"dist/{number}.html", "extraction": extraction}
    return json.dumps(page).encode()


def wreak(world: World, plan: Plan, reclaims: Reclaims, seed: int) -> Counter[str]:
    """Every fault of the plan, in an order that the seed decides, spread over the pages."""
    order = [name for name, times in plan.faults.items() for _ in range(times)]
    random.Random(f"{seed} order").shuffle(order)
    faults, done_before, counts = Faults(world, plan.lease_s, reclaims.note_death), 0, Counter[str]()
    for number, name in enumerate(order):
        mark = plan.pages * 0.85 * number / len(order)
        end = time.monotonic() + plan.pause_s
        while (done_before := done(world)) < mark and time.monotonic() < end:
            time.sleep(0.1)
        print(f"{number + 1:>3} {name} ({done_before} of {plan.pages} done)", flush=True)
        getattr(faults, name)()
        counts[name] += 1
    return counts


def done(world: World) -> int:
    return int(world.rows("SELECT count(*) FROM batches_pagerun WHERE status IN ('done', 'failed')")[0][0])


def settle(world: World, plan: Plan) -> None:
    """Until both batches have ended and the journal is closed; then what is open is stuck."""
    open_rows = """SELECT (SELECT count(*) FROM batches_batch WHERE status IN ('queued', 'processing'))
        + (SELECT count(*) FROM batches_modelcall WHERE outcome = 'sent')"""
    end = time.monotonic() + plan.quiet_s
    while world.rows(open_rows)[0][0] and time.monotonic() < end:
        time.sleep(0.3)


if __name__ == "__main__":
    sys.exit(main())
