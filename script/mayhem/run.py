"""Batches run while everything is killed, stopped and lied to; then the doctor looks at what is left.

The last line is one JSON object. The same seed does the same things in the same order.
"""

import argparse
import dataclasses
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from customers import Order, order, retry_failed
from faults import CALM, Faults
from figures import Reclaims, complaints, figures
from plans import CONTROLS, LONG, QUICK, Plan
from world import World

from optimizer.twin import Behaviour, Twin


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/chaos", description=__doc__)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--quick", action="store_true", help=f"{QUICK.pages} pages (the usual)")
    kind.add_argument("--long", action="store_true", help=f"{LONG.pages:,} pages")
    kind.add_argument(
        "--without", choices=list(CONTROLS), help="switch a guard off; the run must then go red by it"
    )
    kind.add_argument("--controls", action="store_true", help="what shows each guard, with it and without it")
    parser.add_argument("--seed", type=int, default=None, help="what happens in which order (random)")
    parser.add_argument("--pages", type=int, help="another number of pages")
    parser.add_argument("--keep", action="store_true", help="keep the folder with its logs")
    chosen = parser.parse_args()
    seed = chosen.seed if chosen.seed is not None else random.randrange(10**6)
    # Who ends this ends all that it has started.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(1))
    print(f"seed {seed}, load average {os.getloadavg()[0]:.1f}", flush=True)
    if chosen.controls:
        return control(seed, chosen.keep)
    plan = LONG if chosen.long else CONTROLS[chosen.without].plan if chosen.without else QUICK
    if chosen.pages:
        plan = dataclasses.replace(plan, pages=chosen.pages)
    found = live_through(plan, chosen.without or "", seed, chosen.keep)
    print(json.dumps(found))
    return 1 if found["complaints"] else 0


def control(seed: int, keep: bool) -> int:
    """Each guard's own plan twice: all is well with the guard, and without it the damage is seen."""
    told: dict[str, Any] = {"seed": seed, "is_well": True}
    for guard, control in CONTROLS.items():
        print(f"With {guard}:", flush=True)
        whole = live_through(control.plan, "", seed, keep)["complaints"]
        print(f"Without {guard}:", flush=True)
        damage = live_through(control.plan, guard, seed, keep)["complaints"]
        told[guard] = {"with": whole, "without": damage}
        told["is_well"] &= not whole and not control.signs.isdisjoint(damage)
        print(f"{guard}: with {whole or 'nothing amiss'}, without {damage or 'nothing amiss'}", flush=True)
    print(json.dumps(told))
    return 0 if told["is_well"] else 1


def live_through(plan: Plan, without: str, seed: int, keep: bool) -> dict[str, Any]:
    folder, found = Path(tempfile.mkdtemp(prefix="nimbus-chaos-")), {}
    try:
        found = {"seed": seed} | run(plan, folder, without, seed)
    finally:
        # Where a guard is off, damage is what was asked for.
        if keep or not found or (found["complaints"] and not without):
            print(f"The logs are in {folder / 'var' / 'log'}", flush=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return found


def run(plan: Plan, folder: Path, without: str, seed: int) -> dict[str, Any]:
    began = time.monotonic()
    behaviour = Behaviour(seed=seed, latency=plan.latency_s, batch_seconds=2.0).changed(plan.habits)
    with Twin(behaviour) as twin, World(folder, twin, plan, without, seed).running() as world:
        orders, later = order(world, plan)
        for made in orders:
            made.submit(world)
        started_s = time.monotonic() - began
        reclaims = Reclaims(world)
        counts = wreak(world, plan, reclaims, seed, later)
        wreaked_s = time.monotonic() - began
        twin.behave(**CALM)
        settle(world, plan)
        retried = retry_failed(world, orders + later)
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
            "complaints": complaints(found),
        }


def wreak(world: World, plan: Plan, reclaims: Reclaims, seed: int, later: list[Order]) -> Counter[str]:
    """Every fault of the plan, in an order that the seed decides, spread over the pages."""
    names = [name for name, times in plan.faults.items() for _ in range(times)]
    random.Random(f"{seed} order").shuffle(names)
    began, waiting = time.monotonic(), list(later)
    faults, counts = Faults(world, plan.lease_s, reclaims.note_death), Counter[str]()
    for number, name in enumerate(names):
        # What can wait comes bit by bit, so that some of it is always at the provider.
        while waiting and len(waiting) * len(names) > (len(names) - number) * len(later):
            waiting.pop().submit(world)
        mark = plan.pages * 0.85 * number / len(names)
        end = time.monotonic() + plan.pause_s
        while (done_before := done(world)) < mark and time.monotonic() < end:
            time.sleep(0.1)
        clock = time.monotonic() - began
        print(f"{number + 1:>3} {name} at {clock:.1f} s ({done_before} of {plan.pages} done)", flush=True)
        getattr(faults, name)()
        counts[name] += 1
    for made in waiting:
        made.submit(world)
    faults.wait()
    return counts


def done(world: World) -> int:
    return int(world.rows("SELECT count(*) FROM batches_pagerun WHERE status IN ('done', 'failed')")[0][0])


def settle(world: World, plan: Plan) -> None:
    """Until all batches have ended and the journal is closed; then what is open is stuck."""
    open_rows = """SELECT (SELECT count(*) FROM batches_batch WHERE status IN ('queued', 'processing'))
        + (SELECT count(*) FROM batches_modelcall WHERE outcome = 'sent')
        + (SELECT count(*) FROM batches_providerbatch WHERE state <> 'ended')"""
    end = time.monotonic() + plan.quiet_s
    while world.rows(open_rows)[0][0] and time.monotonic() < end:
        time.sleep(0.3)


if __name__ == "__main__":
    sys.exit(main())
