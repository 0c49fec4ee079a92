"""Starting, finding and stopping the processes of the embedded services."""

import contextlib
import functools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nimbus.services.paths import ServiceError, unprivileged_id


@functools.cache
def has_user_namespaces() -> bool:
    return (
        bool(shutil.which("unshare"))
        and subprocess.run(["unshare", "-U", "true"], capture_output=True).returncode == 0
    )


def as_ordinary_user(command: list[str]) -> tuple[list[str], dict[str, Any]]:
    """PostgreSQL refuses root and nameless users: give it a user namespace, or run it as nobody."""
    if has_name() and os.getuid() != 0:
        return command, {}
    if has_user_namespaces():
        return ["unshare", "-U", *command], {}
    if os.getuid() != 0:
        raise ServiceError(
            f"User id {os.getuid()} has no name on this machine, which PostgreSQL needs. Add one."
        )
    return command, {"user": "nobody", "group": unprivileged_group(), "extra_groups": []}


def has_name() -> bool:
    """False for the bare ids that containers like to run under."""
    try:
        pwd.getpwuid(os.getuid())
    except KeyError:
        return False
    return True


def unprivileged_group() -> int:
    return pwd.getpwnam("nobody").pw_gid


def give_away(*folders: Path) -> None:
    """Hand the folders to the user that will run PostgreSQL, where that is not us."""
    if os.getuid() != 0 or has_user_namespaces():
        return
    for folder in folders:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, unprivileged_id(), unprivileged_group(), follow_symlinks=False)


def launch(command: list[str], log: Path, **options: Any) -> subprocess.Popen[bytes]:
    """Start in a session of its own, so that Ctrl-C reaches the supervisor alone."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, **options
        )


def wait_until(is_ready: Callable[[], bool], process: subprocess.Popen[bytes] | None, seconds: float) -> bool:
    """Poll until ready; False when the time is up or the process has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_ready():
            return True
        if process is not None and process.poll() is not None:
            return False
        time.sleep(0.03)
    return False


def command_of(pid: int) -> str:
    """The command line of a live process, or an empty text."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return ""
    found = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True)
    return found.stdout.strip()


def stop(pid: int, *steps: tuple[signal.Signals, float]) -> None:
    """Send each signal in turn until the process is gone; our own children are reaped."""
    for number, seconds in steps:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not is_alive(pid):
                return
            time.sleep(0.02)
    raise ServiceError(f"Process {pid} does not stop. End it by hand and start again.")


def is_alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    return exists(pid) and not is_zombie(pid)


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_zombie(pid: int) -> bool:
    """An ended process that its parent (not us) has not looked after."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def tail(log: Path, lines: int = 12) -> str:
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
