"""The whole flow on generated pages: upload, run against the model twin, approve, download, apply.

The last line is one JSON object. `efficiency` is the limit (model calls × latency / in flight) over the wall
time from the accepted submit to the last final page, by the server's clock. With --kill the worker is killed
in the middle; `results_sha256` shows that the approved texts are the same as without.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
from differ import changed_outside
from product import ROOT, fetch, memory, server, twin

sys.path.insert(0, str(ROOT))

from nimbus.demo import site

DOMAIN = "repairsbypost.test"


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench flow")
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument("--in-flight", type=int, default=20)
    parser.add_argument("--tier", default="meta")
    parser.add_argument("--port", type=int, default=8790)
    parser.add_argument("--kill", action="store_true", help="SIGKILL the worker in the middle")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nimbus-bench-", ignore_cleanup_errors=True) as folder:
        figures = measure(chosen, Path(folder))
    print(json.dumps(figures))
    return 0 if passes(figures) else 1


def passes(figures: dict[str, Any]) -> bool:
    whole = figures["failed"] == 0 and figures["pages"] == figures["pages_applied"]
    return whole and figures["bytes_changed_outside"] == 0


def measure(chosen: argparse.Namespace, folder: Path) -> dict[str, Any]:
    built, pages = folder / "dist", chosen.pages
    site.write(built, pages)
    originals = {path: path.read_bytes() for path in built.rglob("*.html")}
    settings = {"EXECUTOR_WINDOW": str(chosen.in_flight), "LEASE_S": "10"}
    with (
        twin("--latency", str(chosen.latency)) as twin_url,
        server(folder, chosen.port, twin_url, **settings) as product,
        memory(product.pid) as peaks,
    ):
        print(f"load average {os.getloadavg()[0]:.1f}", flush=True)
        client = Client(chosen, folder, create_project(folder, chosen))
        client.nimbus("push", str(built))
        killer = threading.Thread(target=kill_worker, args=(client, product.pid, pages), daemon=True)
        if chosen.kill:
            killer.start()
        batch = client.wait_until_final()
        wall = seconds(batch["submitted"], batch["finished"])
        stats = fetch(f"{twin_url.removesuffix('/v1')}/twin/stats")
        client.nimbus("apply", str(built))
        approved = client.approved()
    outside = sum(
        changed_outside(originals[path], path.read_bytes(), approved.get(str(path.relative_to(built)), ()))
        for path in originals
    )
    calls = int(stats["calls"])
    limit = calls * chosen.latency / chosen.in_flight
    return {
        "pages": pages,
        "pages_applied": len(approved),
        "failed": batch["summary"]["failed"],
        "status": batch["status"],
        "changes": batch["review"]["changes"],
        "model_calls": calls,
        "wall_s": round(wall, 2),
        "limit_s": round(limit, 2),
        "efficiency": round(limit / wall, 3),
        "peak_rss_mb": peaks,
        "bytes_changed_outside": outside,
        "results_sha256": hashlib.sha256(json.dumps(approved, sort_keys=True).encode()).hexdigest(),
        "killed": chosen.kill,
    }


def seconds(since: str, until: str) -> float:
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()


def create_project(folder: Path, chosen: argparse.Namespace, **changed: Any) -> dict[str, str]:
    settings = {
        "review_mode": "auto",
        "default_concurrency": chosen.in_flight,
        "max_pages_per_batch": 100_000,
        "dimension_rules": site.DIMENSION_RULES,
        **changed,
    }
    command = [sys.executable, "manage.py", "create_project", "--email", "bench@nimbus.test"]
    command += ["--domain", DOMAIN, "--project-settings", json.dumps(settings)]
    environment = os.environ | {"NIMBUS_VAR": str(folder / "var"), "DEBUG": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    created: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return created


class Client:
    """The npm package's command line, and what the report needs from the API."""

    def __init__(self, chosen: argparse.Namespace, folder: Path, created: dict[str, str]) -> None:
        self.base, self.folder, self.tier = f"http://127.0.0.1:{chosen.port}", folder, chosen.tier
        self.key, self.project = created["api_key"], created["project_id"]

    def nimbus(self, command: str, *arguments: str) -> None:
        environment = os.environ | {
            "NIMBUS_API_KEY": self.key,
            "NIMBUS_PROJECT": self.project,
            "NIMBUS_URL": self.base,
        }
        cli = [shutil.which("node") or "node", str(ROOT / "gulp-nimbus" / "bin" / "nimbus.js"), command]
        extra = ["--tier", self.tier] if command == "push" else []
        subprocess.run(
            [*cli, *arguments, *extra], cwd=self.folder, env=environment, check=True, stdout=sys.stderr
        )

    def batch(self) -> dict[str, Any]:
        state = json.loads((self.folder / ".nimbus" / "state.json").read_text())
        answer: dict[str, Any] = fetch(f"{self.base}/api/v1/batches/{state['batch_id']}", self.key)
        return answer

    def wait_until_final(self) -> dict[str, Any]:
        while True:
            batch = self.batch()
            if batch["status"] in {"completed", "failed", "cancelled"}:
                return batch
            time.sleep(0.2)

    def approved(self) -> dict[str, list[str]]:
        """Approved texts by source path."""
        request = urllib.request.Request(
            f"{self.base}/api/v1/projects/{self.project}/results",
            headers={"Authorization": f"Bearer {self.key}"},
        )
        pages: dict[str, list[str]] = {}
        with urllib.request.urlopen(request) as lines:
            for line in map(json.loads, lines):
                if "page_id" in line:
                    found = line["optimization"]["optimizations"]
                    blocks = [block["optimized_content"] for block in found["blocks"]]
                    pages[line["source_path"]] = [*found["head"].values(), *blocks]
        return pages


def kill_worker(client: Client, product: int, pages: int) -> None:
    """SIGKILL to the worker once a third of the pages is done; the supervisor starts another."""
    while client.batch()["summary"]["completed"] < pages / 3:
        time.sleep(0.2)
    for child in psutil.Process(product).children(recursive=True):
        if "worker" in child.cmdline():
            child.kill()
            print(f"killed worker {child.pid}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
