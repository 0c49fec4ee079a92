"""A worker process of the benchmark: one JSON order a line, one JSON report a line."""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import django

django.setup()

from django.conf import settings

from batches import engines, executor


def main() -> None:
    # As a worker with a key does before its first task.
    settings.OPENAI_API_KEY = "sk-bench"
    engines.warm_up()
    # It is told when there is work, and need not wait for more.
    executor.LINGER_S = 0.1
    print("{}", flush=True)
    for line in sys.stdin:
        print(json.dumps(work(json.loads(line))), flush=True)


def work(order: dict[str, Any]) -> dict[str, Any]:
    """Run until the queue is dry, or run after run for the seconds of the order."""
    settings.EXECUTOR_WINDOW = order["window"]
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = order["url"], order["key"]
    used, began, stored = usage(), time.monotonic(), 0
    while True:
        stored += executor.run(executor.worker_id(), order["window"], order.get("run_s", 3600))
        if time.monotonic() - began >= order.get("seconds", 0):
            break
    spent = usage() - used
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"stored": stored, "cpu_s": spent, "wall_s": time.monotonic() - began, "rss_mb": rss}


def usage() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


if __name__ == "__main__":
    main()
