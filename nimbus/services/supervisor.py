"""Starts the product's processes, restarts what dies, and stops all of them together."""

import json
import re
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from nimbus.environment import ROOT
from nimbus.services import processes

LONGEST_PAUSE_S = 30.0
# A process that lived this long is healthy: its next end starts with the shortest pause again.
HEALTHY_S = 60.0
# Open streams get three seconds from the web server; who then still lives is killed.
STOP_S = 3.6
BAD_LINE = re.compile(r"\b(ERROR|CRITICAL)\b")
# A line that comes again and again, but for its numbers, is shown once in this time.
REPEAT_S = 60.0
NUMBERS = re.compile(r"\d+")
BIGGEST_LOG = 20 * 1024 * 1024


@dataclass
class Child:
    """One of the product's own processes: web, worker or beat."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause_s: float = 1.0
    due_at: float = 0.0
    read_to: int = 0
    shown_at: dict[str, float] = field(default_factory=dict)

    def start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > BIGGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.read_to = self.log.stat().st_size if self.log.exists() else 0
        self.started_at = time.monotonic()
        self.process = processes.launch(self.command, self.log, env=self.environment, cwd=ROOT)

    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def plan_restart(self) -> float:
        if time.monotonic() - self.started_at > HEALTHY_S:
            self.pause_s = 1.0
        pause, self.pause_s = self.pause_s, min(self.pause_s * 2, LONGEST_PAUSE_S)
        self.due_at, self.process = time.monotonic() + pause, None
        return pause

    def new_errors(self) -> list[str]:
        """New lines of the log that tell of an error."""
        if not self.log.exists() or self.log.stat().st_size <= self.read_to:
            return []
        with self.log.open("rb") as log:
            log.seek(self.read_to)
            lines = log.read(1_000_000)
        # Only whole lines: the rest is read the next time.
        whole = lines[: lines.rfind(b"\n") + 1]
        self.read_to += len(whole)
        bad = [line for line in whole.decode(errors="replace").splitlines() if BAD_LINE.search(line)]
        return [line for line in bad if self._is_news(line)]

    def _is_news(self, line: str) -> bool:
        kind, now = NUMBERS.sub("#", line), time.monotonic()
        is_news = now - self.shown_at.get(kind, -REPEAT_S) >= REPEAT_S
        if is_news:
            self.shown_at = {known: at for known, at in self.shown_at.items() if now - at < REPEAT_S}
            self.shown_at[kind] = now
        return is_news


@dataclass
class Service:
    """An embedded service: how to see that it lives, and how to start it again."""

    name: str
    is_up: Callable[[], bool]
    start: Callable[[], object]


@dataclass
class Supervisor:
    var: Path
    say: Callable[[str], None]
    services: list[Service] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)
    is_stopping: bool = False

    def listen(self) -> None:
        """Ctrl-C, a polite kill and a closed terminal all mean: stop cleanly."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop_soon)

    def _stop_soon(self, *_: object) -> None:
        self.is_stopping = True

    def start(self) -> None:
        for child in self.children:
            child.start()
        self._note_ids()

    def watch(self) -> None:
        """Until someone asks to stop: restart what dies, show what goes wrong."""
        services_at = 0.0
        while not self.is_stopping:
            if time.monotonic() >= services_at:
                self._watch_services()
                services_at = time.monotonic() + 2
            self.look_after()
            time.sleep(0.2)

    def look_after(self) -> None:
        for child in self.children:
            for line in child.new_errors():
                self.say(f"{child.name}: {line[:300]}")
            if child.has_died():
                self._mourn(child)
            elif child.process is None and time.monotonic() >= child.due_at:
                child.start()
                self._note_ids()

    def _mourn(self, child: Child) -> None:
        assert child.process is not None
        code, pause = child.process.returncode, child.plan_restart()
        self.say(f"{child.name} ended ({ending(code)}) and starts again in {pause:.0f} s; see {child.log}")
        if code > 0:
            self.say(processes.tail(child.log, 8))

    def _watch_services(self) -> None:
        for service in self.services:
            if not service.is_up() and not self.is_stopping:
                self.say(f"{service.name} ended and starts again.")
                service.start()

    def stop(self) -> None:
        """All at once, so that the slowest decides how long it takes."""
        alive = [child for child in self.children if child.process and child.process.poll() is None]
        for child in alive:
            child.process.terminate()  # type: ignore[union-attr]
        end = time.monotonic() + STOP_S
        for child in alive:
            try:
                child.process.wait(max(0.0, end - time.monotonic()))  # type: ignore[union-attr]
            except subprocess.TimeoutExpired:
                # Its pages go back to the queue when their leases end.
                child.process.kill()  # type: ignore[union-attr]
                child.process.wait()  # type: ignore[union-attr]
        self._ids_file().unlink(missing_ok=True)

    def _ids_file(self) -> Path:
        return self.var / "children.json"

    def _note_ids(self) -> None:
        ids = {child.name: child.process.pid for child in self.children if child.process}
        self._ids_file().write_text(json.dumps(ids))

    def end_leftovers(self) -> None:
        """What a killed supervisor left running would serve old code on our port."""
        try:
            ids: dict[str, int] = json.loads(self._ids_file().read_text())
        except (OSError, ValueError):
            return
        for name, pid in ids.items():
            command = processes.command_of(pid)
            if "nimbus.asgi" in command or "-A nimbus" in command:
                self.say(f"Ending the {name} process that an earlier start left behind.")
                processes.stop(pid, (signal.SIGTERM, STOP_S), (signal.SIGKILL, 2))
        self._ids_file().unlink(missing_ok=True)


def ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
