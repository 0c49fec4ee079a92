"""The product and the model twin as processes of their own, for benchmarks."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent


@contextlib.contextmanager
def twin(*options: str) -> Iterator[str]:
    """The base URL of a model twin; the options are those of `manage.py model_twin`."""
    command = [sys.executable, "-m", "optimizer.twin", "--port", "0", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, "The twin printed no address."
        base = found[0].rstrip("/")
        yield base if base.endswith("/v1") else f"{base}/v1"
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def server(folder: Path, port: int, twin_url: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """./script/server on its own var folder, without the demo; its model is the twin."""
    environment = os.environ | {
        "NIMBUS_VAR": str(folder / "var"),
        "OPENAI_API_KEY": "sk-twin",
        "OPENAI_BASE_URL": twin_url,
        **settings,
    }
    command = [str(ROOT / "script" / "server"), "--port", str(port), "--no-demo"]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=sys.stderr)
    try:
        wait_for(lambda: answers(port), 180)
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.suppress(OSError):
        connection.request("GET", "/account/login/")
        return connection.getresponse().status < 500
    return False


def wait_for(condition: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("The product did not start.")
        time.sleep(0.3)


def fetch(url: str, key: str = "") -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return json.load(answer)


def send(url: str, body: Any) -> None:
    headers = {"Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)).close()


@contextlib.contextmanager
def memory(product: int) -> Iterator[dict[str, float]]:
    """Peak resident megabytes of web, worker and beat, sampled twice a second."""
    peaks: dict[str, float] = {}
    done = threading.Event()

    def sample() -> None:
        while not done.wait(0.5):
            with contextlib.suppress(psutil.Error):
                for child in psutil.Process(product).children(recursive=True):
                    command = " ".join(child.cmdline())
                    for name, mark in (("web", "uvicorn"), ("worker", " worker "), ("beat", " beat ")):
                        if mark in command:
                            size = child.memory_info().rss / 1e6
                            peaks[name] = round(max(peaks.get(name, 0), size), 1)

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    yield peaks
    done.set()
    thread.join()
