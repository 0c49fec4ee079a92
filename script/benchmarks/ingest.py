"""Pages in and results out over HTTP, under row-level security, beside raw COPY and beside stock DRF.

The last line is one JSON object: `ratio_stock` and `ratio_copy` are pages a second over those of a POST a
page through DRF's own serializers, and over COPY of the same rows into the same tables by the worker's role.
"""

import argparse
import contextlib
import gzip
import hashlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import orjson
import psutil
from executor_ground import ROOT, Ground
from product import answers, wait_for

from nimbus.services.paths import sockets

DOMAIN, BLOCKS, WORDS_A_BLOCK = "bench.test", 46, 60
PAGES_A_BODY, CONNECTIONS, STOCK_PAGES = 500, 2, 300
PROSE = (
    "we mend watches cameras and lamps in our own workshop by the harbour send yours by post we look at it "
    "the day it comes tell you the price and start once you agree most repairs are done within a week"
)
WORDS = PROSE.split()


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench ingest")
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--quick", action="store_true", help="2,000 pages, and no client in Node")
    parser.add_argument("--port", type=int, default=8791)
    chosen = parser.parse_args()
    pages = 2_000 if chosen.quick else chosen.pages
    figures: dict[str, Any] = {"load_average": round(os.getloadavg()[0], 1), "pages": pages}
    with Ground() as ground:
        import django

        django.setup()
        import ingest_rows

        project, key = ingest_rows.make_project(DOMAIN)
        with web(chosen.port) as server:
            figures |= upload(server, chosen.port, project.id, key, pages)
            batch = figures.pop("batch")
            figures |= ingest_rows.copy_again(batch, page(0))
            ingest_rows.finish(batch)
            # As autovacuum does while a batch of this size runs.
            ground.vacuum()
            figures |= results(server, chosen.port, key, batch, project.id, pages)
        with stock(ground, chosen.port + 1):
            figures["stock_pages_s"] = post_each(chosen.port + 1, STOCK_PAGES)
    figures["ratio_stock"] = round(figures["upload_pages_s"] / figures["stock_pages_s"], 1)
    figures["ratio_copy"] = round(figures["upload_pages_s"] / figures["copy_pages_s"], 3)
    if not chosen.quick:
        figures |= client()
    print(json.dumps(figures))
    return 0


def page(number: int) -> bytes:
    """One line of an upload, some 20 kB, of a small vocabulary but different on every page."""
    blocks = [block(number, part) for part in range(BLOCKS)]
    extraction = {
        "head": {"title": f"Repairs by post {number}", "metaDescription": "", "lang": "en"},
        "above_fold_blocks": blocks[:6],
        "rest_of_page_blocks": blocks[6:],
        "dimensions": {"location": f"town-{number % 500}"},
    }
    url, source = f"https://{DOMAIN}/p{number}", f"dist/p{number}.html"
    return orjson.dumps({"page_url": url, "source_path": source, "extraction": extraction})


def block(number: int, part: int) -> dict[str, Any]:
    first = number * 7 + part * 13
    text = " ".join(WORDS[(first + word) % len(WORDS)] for word in range(WORDS_A_BLOCK))
    key = hashlib.sha256(b"\0" + text.encode()).hexdigest()[:16]
    name = f"b-{number * 100 + part:010x}"
    return {"id": name, "type": "p", "content": text, "region": "main", "key": key, "span": [part, part + 9]}


@contextlib.contextmanager
def web(port: int) -> Iterator[psutil.Process]:
    """One web process as in production."""
    limits = {"KEY_REQUESTS_PER_MINUTE": "100000", "ORGANIZATION_REQUESTS_PER_MINUTE": "100000"}
    environment = os.environ | limits | {"NIMBUS_ROLE": "app"}
    command = [sys.executable, "-m", "uvicorn", "nimbus.asgi:application", "--port", str(port)]
    command += ["--log-level", "warning", "--timeout-graceful-shutdown", "3"]
    with running(command, environment, port) as process:
        yield psutil.Process(process.pid)


@contextlib.contextmanager
def stock(ground: Ground, port: int) -> Iterator[None]:
    import ingest_rows

    ingest_rows.make_stock_table()
    environment = os.environ | {"STOCK_SOCKET": str(sockets(ground.var))}
    command = [sys.executable, "-m", "uvicorn", "ingest_stock:application", "--port", str(port)]
    command += ["--app-dir", str(Path(__file__).parent), "--log-level", "warning"]
    with running(command, environment, port):
        yield


@contextlib.contextmanager
def running(command: list[str], environment: dict[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        wait_for(lambda: answers(port), 60)
        yield process
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def peak(server: psutil.Process) -> Iterator[dict[str, float]]:
    """Its resident megabytes before, and the most of them meanwhile."""
    found = {"before": server.memory_info().rss / 1e6, "peak": 0.0}
    done = threading.Event()

    def sample() -> None:
        while not done.wait(0.02):
            found["peak"] = max(found["peak"], server.memory_info().rss / 1e6)

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    yield found
    done.set()
    thread.join()


def ask(connection: http.client.HTTPConnection, method: str, path: str, key: str, body: bytes = b"",
        **headers: str) -> Any:  # fmt: skip
    connection.request(method, path, body, {"Authorization": f"Bearer {key}", **headers})
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status < 300, (path, answer.status, text[:300])
    return json.loads(text)


def upload(server: psutil.Process, port: int, project: str, key: str, pages: int) -> dict[str, Any]:
    """All pages in gzip bodies over two connections, as the client sends them; bodies are made before."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    made = ask(
        connection, "POST", f"/api/v1/projects/{project}/batches", key, b"{}",
        **{"Content-Type": "application/json"},
    )  # fmt: skip
    path = f"/api/v1/batches/{made['batch_id']}/pages"
    waiting: SimpleQueue[bytes] = SimpleQueue()
    for start in range(0, pages, PAGES_A_BODY):
        lines = b"\n".join(page(number) for number in range(start, min(start + PAGES_A_BODY, pages)))
        waiting.put(gzip.compress(lines, 6))

    def send() -> None:
        own = http.client.HTTPConnection("127.0.0.1", port)
        kind = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
        with contextlib.suppress(Empty):
            while True:
                ask(own, "POST", path, key, waiting.get_nowait(), **kind)

    with peak(server) as memory:
        began = time.monotonic()
        threads = [threading.Thread(target=send) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - began
    # The first connection was idle for so long that the server may have closed it.
    connection = http.client.HTTPConnection("127.0.0.1", port)
    taken = ask(connection, "GET", f"/api/v1/batches/{made['batch_id']}", key)["page_count"]
    assert taken == pages, taken
    return {
        "batch": made["batch_id"],
        "upload_pages_s": round(pages / seconds, 1),
        "upload_rss_growth_mb": round(memory["peak"] - memory["before"], 1),
        "peak_rss_mb": round(memory["peak"], 1),
    }


def results(
    server: psutil.Process, port: int, key: str, batch: str, project: str, pages: int
) -> dict[str, Any]:
    """Both streams, read whole: of the batch with everything, of the project with its approved texts."""
    found: dict[str, Any] = {}
    for name, path in (
        ("results", f"/api/v1/batches/{batch}/results"),
        ("approved", f"/api/v1/projects/{project}/results"),
    ):
        with peak(server) as memory:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            began = time.monotonic()
            headers = {"Authorization": f"Bearer {key}", "Accept-Encoding": "deflate, gzip"}
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            size = len(answer.read(1))
            first = time.monotonic() - began
            while piece := answer.read(1 << 20):
                size += len(piece)
            seconds = time.monotonic() - began
        found |= {
            f"{name}_pages_s": round(pages / seconds, 1),
            f"{name}_first_byte_ms": round(first * 1000, 1),
            f"{name}_rss_growth_mb": round(memory["peak"] - memory["before"], 1),
            f"{name}_mb": round(size / 1e6, 1),
        }
    found["read_whole_by"] = readers(port, key, f"/api/v1/batches/{batch}/results", pages)
    return found


def readers(port: int, key: str, path: str, pages: int) -> dict[str, bool]:
    """Whether clients of other makers get every line."""
    url = f"http://127.0.0.1:{port}{path}"
    bearer = f"Authorization: Bearer {key}"
    node = (
        f"const r = await fetch({url!r}, {{headers: {{authorization: 'Bearer {key}'}}}});"
        "process.stdout.write(await r.text())"
    )
    python = (
        "import httpx2, sys; sys.stdout.write("
        f"httpx2.get({url!r}, headers={{'Authorization': 'Bearer {key}'}}, timeout=120).text)"
    )
    commands = {
        "curl": ["curl", "-sS", "--compressed", "-H", bearer, url],
        "node": ["node", "--input-type=module", "-e", node],
        "python": [sys.executable, "-c", python],
    }
    return {
        name: subprocess.run(command, capture_output=True, check=True).stdout.count(b"\n") == pages
        for name, command in commands.items()
        if shutil.which(command[0])
    }


def post_each(port: int, pages: int) -> float:
    """Pages a second of a POST each, over as many connections as the upload has."""
    waiting: SimpleQueue[bytes] = SimpleQueue()
    for number in range(pages):
        waiting.put(page(number))

    def send() -> None:
        own = http.client.HTTPConnection("127.0.0.1", port)
        with contextlib.suppress(Empty):
            while True:
                ask(own, "POST", "/pages/", "", waiting.get_nowait(), **{"Content-Type": "application/json"})

    began = time.monotonic()
    threads = [threading.Thread(target=send) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return round(pages / (time.monotonic() - began), 1)


def client() -> dict[str, Any]:
    """The memory of gulp-nimbus on the customer's machine, by its own benchmark."""
    command = ["node", "bench/client.js"]
    done = subprocess.run(command, cwd=ROOT / "gulp-nimbus", check=True, capture_output=True, text=True)
    measured = json.loads(done.stdout.splitlines()[-1])
    return {name: measured[name] for name in ("client_rss_mb", "client_memory_ratio")}


if __name__ == "__main__":
    sys.exit(main())
