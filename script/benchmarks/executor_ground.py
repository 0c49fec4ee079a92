"""PostgreSQL, Valkey and worker processes of the executor's benchmark, in a folder that is thrown away."""

import atexit
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Self

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from nimbus.services import postgres, valkey
from nimbus.services.paths import database_url, redis_url


class Ground:
    """The embedded services with the settings of `./script/server`, so with every commit on the disk."""

    def __enter__(self) -> Self:
        self._crew: list[Worker] = []
        self.folder = Path(tempfile.mkdtemp(prefix="nimbus-bench-"))
        self.folder.chmod(0o755)
        self.var = self.folder / "var"
        postgres.start(self.var)
        postgres.create_database(self.var)
        valkey.start(self.var)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "nimbus.settings",
            "NIMBUS_VAR": str(self.var),
            "NIMBUS_DOTENV": "",
            "DATABASE_URL": database_url(self.var, "app"),
            "DATABASE_OWNER_URL": database_url(self.var, "owner"),
            "DATABASE_WORKER_URL": database_url(self.var, "worker"),
            "REDIS_URL": redis_url(self.var),
            "SECRET_KEY": "only-for-benchmarks-" + "0" * 40,
            "NIMBUS_ENCRYPTION_KEYS": base64.urlsafe_b64encode(b"only-for-benchmarks-" + b"0" * 12).decode(),
            "DEBUG": "1",
            "LOG_LEVEL": "ERROR",
            "NIMBUS_ROLE": "worker",
        }
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=os.environ | {"NIMBUS_ROLE": "owner"}, check=True)
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._crew:
            worker.stop()
        postgres.stop(self.var)
        valkey.stop(self.var)
        shutil.rmtree(self.folder, ignore_errors=True)

    def crew(self, count: int) -> list["Worker"]:
        """Workers that all parts share, since one takes seconds to start."""
        while len(self._crew) < count:
            self._crew.append(Worker())
        return self._crew[:count]

    def vacuum(self) -> None:
        """What autovacuum would have done within minutes; only a superuser may."""
        with postgres.connect(self.var, "nimbus") as connection:
            connection.execute("VACUUM ANALYZE")

    def transactions(self) -> int:
        """How many the database has committed."""
        with postgres.connect(self.var) as connection:
            row = connection.execute("SELECT sum(xact_commit) FROM pg_stat_database").fetchone()
        assert row
        return int(row[0])

    def postgres_cpu_s(self) -> float:
        """Of the server and all its living processes."""
        pid = postgres.live_postmaster(self.var / "postgres")
        if pid is None:
            return 0.0
        server = psutil.Process(pid)
        times = [process.cpu_times() for process in [server, *server.children()]]
        ended = server.cpu_times()
        return sum(t.user + t.system for t in times) + ended.children_user + ended.children_system


class Worker:
    """One process that runs the executor when it is told to, with the provider of the order."""

    def __init__(self) -> None:
        command = [sys.executable, str(Path(__file__).with_name("executor_worker.py"))]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        # A benchmark that is broken off leaves none behind.
        atexit.register(self._process.kill)
        self.read()

    def start(self, **order: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def read(self) -> dict[str, Any]:
        """Its report, once it has done what it was told."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "A worker died."
        report: dict[str, Any] = json.loads(line)
        return report

    def run(self, **order: Any) -> dict[str, Any]:
        self.start(**order)
        return self.read()

    def stop(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(60)
