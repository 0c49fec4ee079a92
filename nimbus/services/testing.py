"""A database and a cache of its own for each test run, on servers that parallel runs share.

A template database is migrated once for each state of the migrations; a run gets a copy of it. The servers
live under var/test and stop when the last run ends; what a killed run leaves behind is found and used.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from nimbus.environment import ROOT
from nimbus.services import postgres, roles, valkey
from nimbus.services.paths import ServiceError, database_url, private, redis_url

MOST_RUNS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TestRun:
    """One slot among the parallel runs: its number names the database, the cache and the folder."""

    __test__ = False

    def __init__(self, var: Path = ROOT / "var" / "test") -> None:
        self.var = private(var)
        self.number, self._slot = self._take_slot()
        self.database = f"nimbus_test_{self.number}"
        self.folder = self.var / f"run-{self.number}"
        self._users: IO[str] | None = None

    def _take_slot(self) -> tuple[int, IO[str]]:
        for number in range(1, MOST_RUNS):
            lock = (self.var / f"slot-{number}.lock").open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            return number, lock
        raise ServiceError(f"{MOST_RUNS} test runs are under way. Wait until one ends.")

    def environment(self) -> dict[str, str]:
        """What the settings read, for this process and for the ones that tests start."""
        return {
            "DJANGO_SETTINGS_MODULE": "nimbus.settings",
            "NIMBUS_VAR": str(self.folder),
            "NIMBUS_ROLE": "app",
            "DATABASE_URL": database_url(self.var, "app", self.database),
            "DATABASE_OWNER_URL": database_url(self.var, "owner", self.database),
            "DATABASE_WORKER_URL": database_url(self.var, "worker", self.database),
            "REDIS_URL": redis_url(self.var, self.number),
            "SECRET_KEY": "only-for-tests-" + "0" * 40,
            "NIMBUS_KEY_PEPPER": "only-for-tests",
            "NIMBUS_ENCRYPTION_KEYS": "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMDA=",
            "NIMBUS_DEMO_PASSWORD": "only-for-tests",
            "DEBUG": "1",
            # What a developer keeps in .env or exports must not change what tests see.
            "NIMBUS_DOTENV": "",
            "OPENAI_API_KEY": "",
            "OPENAI_BASE_URL": "",
            "SMTP_URL": "",
        }

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """While one run starts, stops or migrates, the others wait."""
        with (self.var / "alone.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def start(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        private(self.folder)
        with self._alone():
            self._users = (self.var / "users.lock").open("w")
            fcntl.flock(self._users, fcntl.LOCK_SH)
            postgres.start(self.var, for_tests=True)
            valkey.start(self.var)
        valkey.ask(self.var, f"SELECT {self.number}\r\nFLUSHDB\r\n".encode())

    def stop(self) -> None:
        if self._users is None:
            return
        with self._alone():
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                postgres.stop(self.var)
                valkey.stop(self.var)
            self._users.close()
        self._slot.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def create_database(self) -> None:
        """A fresh copy of the migrated template, whose owner is nimbus_owner."""
        with self._alone():
            template = self._template()
            with contextlib.closing(postgres.connect(self.var)) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")
                connection.execute(f"CREATE DATABASE {self.database} TEMPLATE {template} OWNER nimbus_owner")
                # Memberships belong to the cluster, and another checkout's run may have had none of these.
                roles.create(connection)
                roles.allow_stand_in(connection)
                # Rights on a database are not copied with it.
                connection.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {self.database} TO PUBLIC")

    def _template(self) -> str:
        name = f"nimbus_template_{state_of_migrations()}"
        with contextlib.closing(postgres.connect(self.var)) as connection:
            rows = connection.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE 'nimbus_template_%'"
            )
            found = {row[0] for row in rows}
            if name in found:
                return name
            for old in found:
                connection.execute(f"DROP DATABASE {old} WITH (FORCE)")
        draft = "nimbus_template_draft"
        postgres.create_database(self.var, draft)
        self._migrate(draft)
        with contextlib.closing(postgres.connect(self.var, draft)) as connection:
            roles.allow_flush(connection)
            roles.allow_stand_in(connection)
        with contextlib.closing(postgres.connect(self.var)) as connection:
            connection.execute(f"ALTER DATABASE {draft} RENAME TO {name}")
        return name

    def _migrate(self, database: str) -> None:
        """In a process of its own, as the owner: this one stays the app."""
        url = database_url(self.var, "owner", database)
        environment = os.environ | self.environment() | {"NIMBUS_ROLE": "owner", "DATABASE_OWNER_URL": url}
        command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise ServiceError(f"The test database could not be migrated:\n{done.stdout}{done.stderr}")


def state_of_migrations() -> str:
    """Changes with everything that shapes a freshly migrated database."""
    digest = hashlib.sha256()
    shaping = ["requirements.txt", "nimbus/settings.py", "nimbus/services/roles.py"]
    migrations = sorted(ROOT.glob("*/migrations/*.py"))
    for path in [*(ROOT / name for name in shaping), *migrations]:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
