"""Every screen that grows with the site, at the size of a large one, over real HTTP.

10,000 pages in a batch, 400,000 suggestions, 1,000,000 rows of the log. Times are of the server: from request
to the last byte on the same machine, one visitor at a time. The last line is one JSON object.
"""

import argparse
import http.client
import json
import os
import re
import statistics
import sys
import threading
import time
from typing import Any
from urllib.parse import urlencode

import psutil
from executor_ground import Ground
from ingest import web

TIMES, ACTIONS, WATCH_S = 60, 60, 12.0
LISTS = {"pages": "pages last", "batch": "batch last", "audit": "audit last"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench dashboard")
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows")
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--port", type=int, default=8793)
    chosen = parser.parse_args()
    figures: dict[str, Any] = {"load_average": round(os.getloadavg()[0], 1), "quick": chosen.quick}
    with Ground() as ground:
        import django

        django.setup()
        # It needs the settings.
        import dashboard_world as worlds

        size = worlds.QUICK if chosen.quick else worlds.FULL
        world = worlds.furnish(size)
        ground.vacuum()
        figures |= {"pages": size.pages, "suggestions": size.pages * size.suggestions, "events": size.events}
        paths = worlds.screens(world)
        with web(chosen.port) as server:
            visitor = Visitor(chosen.port, world.cookie)
            figures |= look(visitor, paths)
            figures["queries"] = {name: statements(world, path) for name, path in paths.items()}
            figures["review_action_p95_ms"] = act(visitor, world)
            figures |= watch(ground, server, chosen, world)
    shares = {name: figures["p95_ms"][last] / figures["p95_ms"][name] for name, last in LISTS.items()}
    figures["list_last_to_first"] = round(max(shares.values()), 2)
    print(json.dumps(figures))
    return 0


class Visitor:
    """A browser's connection, signed in."""

    def __init__(self, port: int, cookie: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookie = cookie

    def get(self, path: str) -> bytes:
        return self._ask("GET", path, None, {})

    def post(self, path: str, form: dict[str, str]) -> bytes:
        kind = {"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true"}
        return self._ask("POST", path, urlencode(form).encode(), kind)

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        self._connection.request(method, path, body, {"Cookie": self._cookie, **headers})
        answer = self._connection.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie" and "csrftoken" in value:
                self._cookie = f"{self._cookie.partition('; ')[0]}; {value.partition(';')[0]}"
        text = answer.read()
        assert answer.status == 200, (method, path, answer.status, text[:500])
        return text


def look(visitor: Visitor, paths: dict[str, str]) -> dict[str, Any]:
    times: dict[str, float] = {}
    sizes: dict[str, float] = {}
    for name, path in paths.items():
        sizes[name] = round(len(visitor.get(path)) / 1000, 1)
        times[name] = p95([timed(visitor.get, path) for _ in range(TIMES)])
        print(f"{name}: {times[name]} ms, {sizes[name]} kB", flush=True)
    return {"p95_ms": times, "html_kb": sizes}


def timed(act: Any, *arguments: Any) -> float:
    began = time.perf_counter()
    act(*arguments)
    return 1000 * (time.perf_counter() - began)


def p95(times: list[float]) -> float:
    return round(statistics.quantiles(times, n=20)[-1], 1)


def statements(world: Any, path: str) -> int:
    """How many statements one look sends, asked without the network between."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"cookie": world.cookie, "host": "localhost"})
    with CaptureQueriesContext(connection) as sent:
        assert client.get(path).status_code == 200
    return len(sent)


def act(visitor: Visitor, world: Any) -> float:
    """Decisions on pending changes, one by one."""
    waiting = world.finished.suggestions.filter(review="pending", level="pass").values_list("id", flat=True)
    found = re.search(
        rb'csrfmiddlewaretoken" value="(\w+)"', visitor.get(f"/batches/{world.finished.id}/review")
    )
    assert found
    form = {"csrfmiddlewaretoken": found[1].decode()}
    times = [timed(visitor.post, f"/suggestions/{id}/approve", form) for id in waiting[: ACTIONS + 3]]
    return p95(times[3:])


def watch(ground: Ground, server: psutil.Process, chosen: argparse.Namespace, world: Any) -> dict[str, Any]:
    """What watching costs the database: one viewer of a batch that moves, then all of them."""
    alone = watched(ground, chosen.port, world, 1)
    together = watched(ground, chosen.port, world, chosen.viewers)
    return {
        "viewers": chosen.viewers,
        "transactions_s_1_viewer": alone["transactions_s"],
        "transactions_s_all_viewers": together["transactions_s"],
        "drawings_a_viewer": together["drawings"],
        "web_rss_mb": round(server.memory_info().rss / 1e6),
    }


def watched(ground: Ground, port: int, world: Any, viewers: int) -> dict[str, float]:
    """Transactions a second, those of the batch's own changes among them, and drawings each viewer got."""
    from batches import wakeups

    streams = [Stream(port, f"/batches/{world.live.id}/events", world.cookie) for _ in range(viewers)]
    time.sleep(2)
    seen, before, began = [s.drawings for s in streams], ground.transactions(), time.monotonic()
    runs = list(world.live.runs.filter(status="queued").values_list("id", flat=True)[:400])
    while time.monotonic() < began + WATCH_S:
        world.live.runs.filter(id__in=[runs.pop() for _ in range(5)]).update(status="done")
        wakeups.notify([world.live.id])
        time.sleep(0.25)
    sent = (ground.transactions() - before) / WATCH_S
    drawings = min(s.drawings - first for s, first in zip(streams, seen, strict=True))
    for stream in streams:
        stream.close()
    return {"transactions_s": round(sent, 1), "drawings": drawings}


class Stream(threading.Thread):
    """One viewer's live page."""

    def __init__(self, port: int, path: str, cookie: str) -> None:
        super().__init__(daemon=True)
        self.drawings, self._is_open = 0, True
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._connection.request("GET", path, headers={"Cookie": cookie})
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200, self._answer.status
        self.start()

    def run(self) -> None:
        while self._is_open and (line := self._answer.readline()):
            self.drawings += line == b"\n"

    def close(self) -> None:
        self._is_open = False


if __name__ == "__main__":
    sys.exit(main())
