"""Where the embedded services keep their sockets, and the URLs that lead there."""

import hashlib
import os
import stat
from pathlib import Path
from urllib.parse import quote

# A socket's address may hold 107 bytes on Linux and 103 on macOS; PostgreSQL adds a lock file's name.
LONGEST_SOCKET = 100


class ServiceError(Exception):
    """A service could not be started or stopped; the message says what to do."""


def sockets(var: Path) -> Path:
    """The folder of the sockets: under var, or a short private one in /tmp when that path is too long."""
    run = var / "run"
    if len(os.fsencode(run / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET:
        return run
    digest = hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
    return Path("/tmp") / f"nimbus-{os.getuid()}-{digest}"  # noqa: S108  private() checks its owner


def database_url(var: Path, role: str, name: str = "nimbus") -> str:
    return f"postgresql://nimbus_{role}@/{name}?host={quote(str(sockets(var)))}"


def redis_url(var: Path, database: int = 0) -> str:
    url = f"unix://{quote(str(sockets(var) / 'valkey.sock'))}"
    return f"{url}?db={database}" if database else url


def private(folder: Path) -> Path:
    """Make `folder` readable by its owner alone; a folder that someone else made is refused."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.getuid(), unprivileged_id()}:
        raise ServiceError(
            f"{folder} belongs to someone else. Remove it, or set NIMBUS_VAR to another folder."
        )
    folder.chmod(0o700)
    return folder


def unprivileged_id() -> int:
    """The user that stands in for root where user namespaces are off; otherwise ourselves."""
    if os.getuid() != 0:
        return os.getuid()
    import pwd

    return pwd.getpwnam("nobody").pw_uid
