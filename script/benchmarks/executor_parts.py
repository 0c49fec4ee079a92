"""The parts of the executor's benchmark; each returns its figures."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import executor_pages as pages
from executor_ground import ROOT, Ground, Worker
from product import fetch, send, twin


class Sizes(NamedTuple):
    pages: int
    two_workers: int
    limited: int
    noise: int
    busy: int
    queued: int
    small: int
    large: int
    counted: int
    peers: int


FULL = Sizes(4000, 8000, 4000, 10_000, 10_000, 100_000, 1000, 10_000, 900, 1000)
QUICK = Sizes(400, 600, 300, 100, 1200, 1500, 100, 300, 300, 200)
WARM_UP = 20


def window_200(ground: Ground, sizes: Sizes) -> dict[str, Any]:
    found = measure(ground, sizes.pages, window=200)
    bare_s = bare(ground, sizes.pages)
    limit_s = found["paid_calls"] / 200
    return {
        "efficiency_200": ratio(limit_s, found["wall_s"]),
        "bare_client": ratio(sizes.pages / 200, bare_s),
        "vs_bare_client": ratio(limit_s / found["wall_s"], sizes.pages / 200 / bare_s),
        "cpu_ms_page": found["cpu_ms_page"],
        "postgres_cpu_ms_page": found["postgres_cpu_ms_page"],
        "audit_events_page": found["events_page"],
        "pages_s": round(found["done"] / found["wall_s"], 1),
    }


def two_workers(ground: Ground, sizes: Sizes) -> dict[str, Any]:
    found = measure(ground, sizes.two_workers, window=200, crew=ground.crew(2))
    return {"efficiency_400_two_workers": ratio(found["paid_calls"] / 400, found["wall_s"])}


def announced(ground: Ground, sizes: Sizes) -> dict[str, Any]:
    """6,000 requests a minute, said in headers; nothing is known of the key at the start."""
    options = ("--requests-per-minute", "6000", "--latency", "0.5")
    found = measure(ground, sizes.limited, 200, options=options, warm_up=0)
    refused = found["outcomes"].get("rate_limited", 0)
    return {
        "efficiency_rpm": ratio(found["paid_calls"] / 100, found["wall_s"]),
        "retry_after_violations": found["inside_retry_after"] + found["early_repeats"],
        "share_429_rpm": round(refused / found["calls"], 4),
    }


def silent(ground: Ground, sizes: Sizes) -> dict[str, Any]:
    options = ("--requests-per-minute", "6000", "--latency", "0.5", "--limits", "silent")
    found = measure(ground, sizes.limited, 200, options=options, warm_up=0)
    refused = found["outcomes"].get("silent_rate_limited", 0)
    return {
        "efficiency_429_only": ratio(found["paid_calls"] / 100, found["wall_s"]),
        "share_429_only": round(refused / found["calls"], 4),
    }


def noise(ground: Ground, sizes: Sizes) -> dict[str, Any]:
    faults = {"rate_limited": 0.05, "server_error": 0.03, "hang": 0.01, "reset": 0.01, "cut_json": 0.01}
    found = measure(ground, sizes.noise, 200, faults=faults)
    return {
        "efficiency_noise": ratio(found["paid_calls"] / 200, found["wall_s"]),
        "done_share_noise": round(found["done"] / sizes.noise, 5),
        "page_s_p99": round(found["page_s_p99"], 1),
        "early_repeats_noise": found["early_repeats"],
    }


def fairness(ground: Ground, sizes: Sizes) -> dict[str, Any]:
    """Another organization's single page, alone and beside a large batch."""
    with twin(*canned(ground), *latency(1.0)) as url:
        worker, provider = ground.crew(1)[0], {"url": url, "key": pages.new_key()}
        alone = [single(worker, provider) for _ in range(3)]
        large = pages.submit(sizes.busy)
        worker.start(window=200, seconds=sizes.busy / 200, **provider)
        time.sleep(2)
        beside = [wait_for(pages.submit(1)) for _ in range(3)]
        large.refresh_from_db()
        was_busy = large.finished_at is None
        worker.read()
    found = statistics.median(beside) / statistics.median(alone)
    return {"fairness_ratio": round(found, 2), "fairness_was_busy": was_busy}


def single(worker: Worker, provider: dict[str, str]) -> float:
    batch = pages.submit(1)
    worker.run(window=200, **provider)
    found = pages.seconds_to_finish(batch)
    assert found, "A page alone was not finished."
    return found


def wait_for(batch: Any) -> float:
    while (found := pages.seconds_to_finish(batch)) is None:
        time.sleep(0.05)
    return found


def growth(ground: Ground, sizes: Sizes) -> dict[str, Any]:
    """Pages a second with few and with many queued rows, where bookkeeping is all that takes time."""
    with twin(*canned(ground), *latency(0.02)) as url:
        provider = {"url": url, "key": pages.new_key()}
        pages.submit(sizes.counted + 100)
        few = rate(ground, provider, sizes.counted)
        pages.submit(sizes.queued)
        many = rate(ground, provider, sizes.counted)
    return {"growth_ratio": ratio(few, many), "ceiling_pages_s": round(few, 1)}


def rate(ground: Ground, provider: dict[str, str], count: int) -> float:
    worker = ground.crew(1)[0]
    before, began = pages.done_pages(), time.monotonic()
    worker.start(window=200, run_s=count / 150, **provider)
    end = began + 30
    while pages.done_pages() - before < count and time.monotonic() < end:
        time.sleep(0.05)
    found = (pages.done_pages() - before) / (time.monotonic() - began)
    worker.read()
    return found


def memory(ground: Ground, sizes: Sizes) -> dict[str, Any]:
    empty_queue()
    peaks = []
    for count in (sizes.small, sizes.large):
        worker = Worker()
        peaks.append(measure(ground, count, 200, options=latency(0.2), crew=[worker])["rss_mb"])
        worker.stop()
    return {"memory_ratio": ratio(peaks[1], peaks[0]), "worker_rss_mb": round(peaks[1])}


def empty_queue() -> None:
    from batches import queue
    from batches.models import Batch

    for batch in Batch.objects.filter(status__in=Batch.OPEN):
        queue.cancel(batch, by="system")


def measure(
    ground: Ground,
    count: int,
    window: int,
    crew: Sequence[Worker] = (),
    options: Any = (),
    warm_up: int = WARM_UP,
    faults: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """One batch through one worker or these, with the twin's faults.

    A short and calm one goes before it where the key is one that is known.
    """
    crew = crew or ground.crew(1)
    with twin(*canned(ground), *(options or latency(1.0))) as url:
        order = {"window": window, "url": url, "key": pages.new_key()}
        for worker in crew if warm_up else ():
            pages.submit(warm_up)
            worker.run(**order)
        door = url.removesuffix("/v1") + "/twin"
        send(f"{door}/behave", faults or {})
        before = fetch(f"{door}/stats")
        batch = pages.submit(count)
        postgres = ground.postgres_cpu_s()
        for worker in crew:
            worker.start(**order)
        reports = [worker.read() for worker in crew]
        postgres = ground.postgres_cpu_s() - postgres
        stats = fetch(f"{door}/stats")
    found = pages.outcome(batch)
    calls = {name: stats[name] - before[name] for name in ("calls", "paid_calls", "early_repeats")}
    return found | calls | {
        "inside_retry_after": stats["inside_retry_after"],
        "outcomes": stats["outcomes"],
        "cpu_ms_page": round(1000 * sum(r["cpu_s"] for r in reports) / count, 2),
        "postgres_cpu_ms_page": round(1000 * postgres / count, 2),
        "events_page": round(found["events"] / count, 1),
        "rss_mb": max(r["rss_mb"] for r in reports),
    }  # fmt: skip


def bare(ground: Ground, count: int) -> float:
    """Wall seconds of the same client with the same requests, and nothing else."""
    with twin(*canned(ground), *latency(1.0)) as url:
        command = [sys.executable, str(Path(__file__).with_name("executor_bare.py")), url, str(count)]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout.splitlines()[-1])["wall_s"])


def latency(seconds: float) -> tuple[str, ...]:
    return ("--latency", str(seconds))


def canned(ground: Ground) -> tuple[str, ...]:
    path = ground.folder / "canned.ndjson"
    path.write_text("\n".join(json.dumps(line) for line in pages.CANNED))
    return ("--canned", str(path))


def ratio(part: float, whole: float) -> float:
    return round(part / whole, 3) if whole else 0.0
