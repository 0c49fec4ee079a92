"""Processes of the product that end and live again: programs of their own, or forks of one nursery."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from nimbus.services import processes


class Process:
    """One process of the product, started again whenever it ends."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.name, self.command, self.environment, self.log = name, command, environment, log
        self.pid = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = processes.launch(self.command, self.log, env=self.environment, cwd=ROOT)
        self.pid = self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def send(self, number: signal.Signals) -> None:
        if not self.has_ended:
            os.kill(self.pid, number)


class Nursery:
    """Where workers and beat come from; see nursery.py."""

    def __init__(self, without: str, environment: dict[str, str], log: Path) -> None:
        command = [sys.executable, str(ROOT / "script" / "mayhem" / "nursery.py"), without]
        log.parent.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            command, env=environment, cwd=ROOT, text=True, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log.open("ab"),
        )  # fmt: skip

    def wait(self) -> None:
        """Until its code is loaded."""
        if self._tell() != "ready":
            raise RuntimeError("The nursery did not come up; see its log.")

    def _tell(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def bear(self, birth: dict[str, Any]) -> int:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(birth) + "\n")
        self._process.stdin.flush()
        return int(self._tell())

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


class Fork(Process):
    """Celery with these arguments, born within milliseconds."""

    def __init__(self, nursery: Nursery, name: str, arguments: list[str], log: Path) -> None:
        super().__init__(name, arguments, {}, log)
        self.nursery, self.offset = nursery, 0
        # Where it dies by itself in its next life.
        self.points: dict[str, float] = {}

    def start(self) -> None:
        points, self.points = self.points, {}
        birth = {"arguments": self.command, "log": str(self.log), "points": points, "offset": self.offset}
        self.pid = self.nursery.bear(birth)

    @property
    def has_ended(self) -> bool:
        return not self.pid or not processes.exists(self.pid)


class Worker(Fork):
    """One that works on pages; each of its lives has a clock of its own."""
