"""The executor against the model twin: how close to the limit, how fair, how large; peers in the same run.

The limit is model calls × latency / in flight, or calls / the provider's rate. Every run has PostgreSQL with
each commit on the disk, results and the audit chain. The last line is one JSON object.
"""

import argparse
import json
import os
import signal
import sys
import time
from typing import Any

from executor_ground import Ground


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench executor")
    parser.add_argument(
        "--quick", action="store_true", help="in little more than a minute: fewer pages, fewer peers"
    )
    parser.add_argument("--only", default="", help="parts, with commas between: " + ", ".join(PARTS))
    chosen = parser.parse_args()
    # What was started has to be stopped, also when the benchmark itself is.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parts = chosen.only.split(",") if chosen.only else PARTS
    figures: dict[str, Any] = {"load_average": round(os.getloadavg()[0], 1), "quick": chosen.quick}
    with Ground() as ground:
        import django

        django.setup()
        # They need the settings.
        import executor_parts
        import executor_peers

        sizes = executor_parts.QUICK if chosen.quick else executor_parts.FULL
        for part in parts:
            began = time.monotonic()
            module = executor_peers if part == "peers" else executor_parts
            found = getattr(module, part)(ground, sizes)
            figures |= found
            heading = f"{part} ({time.monotonic() - began:.0f} s, load average {os.getloadavg()[0]:.1f})"
            print(f"{heading}: {json.dumps(found)}", flush=True)
    print(json.dumps(figures))
    return 0


PARTS = ["window_200", "two_workers", "announced", "silent", "noise", "fairness", "growth", "memory", "peers"]

if __name__ == "__main__":
    sys.exit(main())
