"""A whole product in a folder of its own: services, web, two workers, beat; all of them may be killed."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from lives import ROOT, Fork, Nursery, Process, Worker
from plans import CONTROLS, Plan

from nimbus.services import postgres, secretfile, valkey
from nimbus.services.paths import database_url, redis_url
from nimbus.services.testing import free_port
from optimizer.twin import Twin

# The web may have been killed just now, and takes its time to load on a busy machine.
LONGEST_WAIT_S = 180
# A worker's clock may be an hour off, either way: leases go by the database's.
OFFSETS = (0, 3600, -3600)


class World:
    def __init__(self, folder: Path, twin: Twin, plan: Plan, without: str, seed: int) -> None:
        self.var, self.twin = folder / "var", twin
        self.random = random.Random(f"{seed} world")
        self.port = free_port()
        self.environment = os.environ | {
            "NIMBUS_VAR": str(self.var), "NIMBUS_DOTENV": "", "DEBUG": "1", "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": "", "DATABASE_OWNER_URL": "", "DATABASE_WORKER_URL": "", "SMTP_URL": "",
            "REDIS_URL": redis_url(self.var), "SITE_URL": f"http://127.0.0.1:{self.port}",
            "OPENAI_API_KEY": "sk-twin", "OPENAI_BASE_URL": twin.base_url,
            "OPENAI_TIMEOUT_S": str(plan.timeout_s),
            "EXECUTOR_WINDOW": str(plan.window), "EXECUTOR_RUN_S": "20", "LEASE_S": str(plan.lease_s),
            "SWEEP_S": "1", "ECONOMY_POLL_S": "1", "ECONOMY_LEASE_S": str(plan.lease_s),
            "ECONOMY_DEADLINE_S": "60",
            "NIMBUS_FAULT_POINTS": "", "NIMBUS_CLOCK_OFFSET_S": "0",
        }  # fmt: skip
        web = [sys.executable, "-m", "uvicorn", "nimbus.asgi:application", "--port", str(self.port)]
        web += ["--timeout-graceful-shutdown", "3", "--no-access-log", "--lifespan", "off"]
        self.web = Process("web", web, self.environment | {"NIMBUS_ROLE": "app"}, self.log_of("web"))
        self.without = without
        self.workers: list[Worker] = []
        self.beats: list[Fork] = []
        self.nursery: Nursery | None = None
        self.is_up = True
        self.lock = threading.RLock()

    def log_of(self, name: str) -> Path:
        return self.var / "log" / f"{name}.log"

    def worker(self, nursery: Nursery, number: int) -> Worker:
        # Neighbours that are asked about at each start may be dead or stopped.
        options = ["-P", "threads", "-c", "4", "-Q", "default,executor", "--loglevel", "INFO"]
        options += ["--without-mingle", "--without-gossip", "-n", f"w{number}@%h"]
        return Worker(nursery, f"worker-{number}", ["worker", *options], self.log_of(f"worker-{number}"))

    def beat(self, nursery: Nursery, name: str) -> Fork:
        arguments = ["beat", "--pidfile=", "--schedule", str(self.var / f"{name}-schedule")]
        return Fork(nursery, name, arguments, self.log_of(name))

    @property
    def processes(self) -> list[Process]:
        return [self.web, *self.workers, *self.beats]

    @contextlib.contextmanager
    def running(self) -> Iterator["World"]:
        try:
            self.var.mkdir(parents=True)
            secretfile.ensure(self.var)
            postgres.start(self.var)
            postgres.create_database(self.var)
            valkey.start(self.var)
            for_workers = {"NIMBUS_ROLE": "worker", "DJANGO_SETTINGS_MODULE": "nimbus.settings"}
            # Code is loaded while the tables are made.
            self.nursery = Nursery(self.without, self.environment | for_workers, self.log_of("nursery"))
            self.web.start()
            self.manage("migrate", "--verbosity", "0", role="owner")
            if self.without and (wall := CONTROLS[self.without].wall):
                with contextlib.closing(postgres.connect(self.var, "nimbus")) as owner:
                    owner.execute(wall)
            self.nursery.wait()
            self.workers = [self.worker(self.nursery, number) for number in range(2)]
            self.beats = [self.beat(self.nursery, "beat")]
            for process in [*self.workers, *self.beats]:
                process.start()
            threading.Thread(target=self.look_after, daemon=True).start()
            self.wait(lambda: self.answers("/account/login/"), 90, "web")
            yield self
        finally:
            self.is_up = False
            with self.lock:
                for process in self.processes:
                    process.send(signal.SIGCONT)
                    process.send(signal.SIGKILL)
            if self.nursery:
                self.nursery.close()
            valkey.stop(self.var)
            postgres.stop(self.var)

    def look_after(self) -> None:
        """Whatever ends is started again, as an init system would; each worker with a clock of its own."""
        while self.is_up:
            with self.lock:
                for process in self.processes:
                    if process.has_ended and self.is_up:
                        if isinstance(process, Worker):
                            process.offset = self.random.choice(OFFSETS)
                        process.start()
            time.sleep(0.2)

    def manage(self, *arguments: str, role: str = "worker", check: bool = True) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, capture_output=True, text=True,
            env=self.environment | {"NIMBUS_ROLE": role},
        )  # fmt: skip
        if check and done.returncode:
            raise RuntimeError(f"manage.py {arguments[0]} failed:\n{done.stdout[-800:]}{done.stderr[-2000:]}")
        return done.stdout

    def wait(self, condition: Callable[[], Any], seconds: float, what: str) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"{what}: not within {seconds:.0f} s")
            time.sleep(0.1)

    def answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return bool(answer.status < 400)
        except (OSError, urllib.error.URLError):
            return False

    def call(self, key: str, path: str, body: bytes = b"", kind: str = "application/json") -> Any:
        """A POST to the API, tried until web and database are there."""
        headers = {"Authorization": f"Bearer {key}", "Content-Type": kind}
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}"
        end = time.monotonic() + LONGEST_WAIT_S
        while time.monotonic() < end:
            try:
                request = urllib.request.Request(url, data=body, headers=headers, method="POST")
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code < 500:
                    raise RuntimeError(f"{path}: {error.code} {error.read()[:300]!r}") from None
            except (OSError, urllib.error.URLError):
                pass
            time.sleep(0.2)
        raise TimeoutError(path)

    def rows(self, sql: str, *values: Any, patience_s: float = 60) -> list[Any]:
        """What the database answers, once it does."""
        end = time.monotonic() + patience_s
        while True:
            try:
                with psycopg.connect(database_url(self.var, "worker"), connect_timeout=5) as database:
                    return database.execute(sql, values or None).fetchall()
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
