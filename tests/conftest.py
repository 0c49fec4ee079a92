"""The product's own processes on the test database: web by uvicorn, a Celery worker and beat."""

import contextlib
import http.client
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from nimbus.services.testing import free_port

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Product:
    url: str
    environment: dict
    processes: dict

    def kill_worker(self):
        self.processes["worker"].kill()
        self.processes["worker"].wait()
        self.start_worker()

    def stop_worker(self):
        self.processes["worker"].terminate()
        self.processes["worker"].wait()

    def start_worker(self):
        self.processes["worker"] = start(
            self.environment | {"NIMBUS_ROLE": "worker"}, "celery", "-A", "nimbus", "worker",
            "-P", "threads", "-c", "4", "-Q", "default,executor", "--loglevel", "WARNING",
        )  # fmt: skip


def start(environment, module, *arguments):
    command = [sys.executable, "-m", module, *arguments]
    log = (Path(environment["NIMBUS_VAR"]) / f"{module}-{Path(arguments[-1]).name}.log").open("w")
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)


def wait_until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)
    return found


def is_up(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.suppress(OSError):
        connection.request("GET", "/account/login/")
        return connection.getresponse().status == 200
    return False


@pytest.fixture
def product(test_run, transactional_db):
    port = free_port()
    environment = os.environ | test_run.environment() | {
        "SITE_URL": f"http://127.0.0.1:{port}", "SWEEP_S": "1", "LEASE_S": "3",
    }  # fmt: skip
    running = Product(f"http://127.0.0.1:{port}", environment, {})
    running.processes["web"] = start(
        environment, "uvicorn", "nimbus.asgi:application", "--port", str(port), "--lifespan", "off",
        "--timeout-graceful-shutdown", "3",
    )  # fmt: skip
    running.start_worker()
    running.processes["beat"] = start(
        environment, "celery", "-A", "nimbus", "beat", "--pidfile=", "--loglevel", "WARNING",
        "--schedule", str(Path(environment["NIMBUS_VAR"]) / "beat-schedule"),
    )  # fmt: skip
    try:
        wait_until(lambda: is_up(port), 60)
        yield running
    finally:
        # Also where it never came up: what was started must not outlive the test.
        for process in running.processes.values():
            process.terminate()
        for process in running.processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


@pytest.fixture
def nimbus_cli(product, tmp_path):
    """Runs the npm package's command line in a folder of its own."""
    node = shutil.which("node")
    assert node, "Node 20 or newer is needed; ./script/test installs it."

    def run(*arguments, key, project):
        environment = os.environ | {
            "NIMBUS_API_KEY": key, "NIMBUS_PROJECT": project, "NIMBUS_URL": product.url,
        }  # fmt: skip
        cli = ROOT / "gulp-nimbus" / "bin" / "nimbus.js"
        done = subprocess.run(
            [node, str(cli), *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True,
            timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run
