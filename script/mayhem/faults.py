"""What is done to the world, one function a fault. Each returns after it is over, or under way."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable

from figures import HELD
from world import CELERY, Worker, World

from nimbus.services import postgres, processes, valkey

# Points that a worker meets while it works on pages.
POINTS = (
    "after_claim", "after_journal_before_call", "after_answer_before_commit", "before_result",
    "inside_commit", "after_commit", "inside_sweep", "before_wakeup",
)  # fmt: skip
STORMS: dict[str, dict[str, float]] = {
    "refusals": {"rate_limited": 0.5, "retry_after": 1.0},
    "errors": {"server_error": 0.7},
    "silence": {"hang": 0.3},
    "broken_lines": {"reset": 0.3, "cut_body": 0.3},
    "nonsense": {"cut_json": 0.15, "invalid_json": 0.15},
}
# A worker under load takes long to load its code.
LONGEST_START_S = 30.0
CALM = dict.fromkeys((name for storm in STORMS.values() for name in storm if name != "retry_after"), 0.0)


class Faults:
    def __init__(self, world: World, lease_s: int, died: Callable[[int], None]) -> None:
        self.world, self.lease_s, self.died = world, lease_s, died

    def some_worker(self) -> Worker:
        """One that has pages in its hands; while none has, the fault would hit nothing."""
        end = time.monotonic() + LONGEST_START_S
        while time.monotonic() < end:
            for worker in self.world.random.sample(self.world.workers, len(self.world.workers)):
                if self.world.rows(HELD, f"%-{worker.pid}-%"):
                    return worker
            time.sleep(0.2)
        return self.world.random.choice(self.world.workers)

    def kill_worker(self) -> None:
        worker = self.some_worker()
        pid = worker.pid
        worker.send(signal.SIGKILL)
        self.died(pid)

    def stop_worker(self) -> None:
        """Longer than its lease: when it goes on, its pages are in other hands."""
        worker = self.some_worker()
        pid = worker.pid
        worker.send(signal.SIGSTOP)
        self.died(pid)

        def go_on() -> None:
            time.sleep(self.lease_s + 5)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

        threading.Thread(target=go_on, daemon=True).start()

    def end_worker(self) -> None:
        self.some_worker().send(signal.SIGTERM)

    def die_at_a_point(self) -> None:
        """The worker starts again with a point armed, at which it soon dies by itself."""
        worker = self.some_worker()
        point = self.world.random.choice(POINTS)
        with self.world.lock:
            worker.points = {point: 0.2}
            worker.send(signal.SIGKILL)
            self.died(worker.pid)

    def kill_web(self) -> None:
        self.world.web.send(signal.SIGKILL)

    def kill_beat(self) -> None:
        self.world.beat.send(signal.SIGKILL)

    def second_beat(self) -> None:
        world = self.world
        beat = [*CELERY, "beat", "--pidfile=", "--schedule", str(world.var / "second-beat")]
        other = world.process("second-beat", beat, "app")
        other.start()
        threading.Timer(6, lambda: other.send(signal.SIGKILL)).start()

    def restart_broker(self) -> None:
        self.end_broker()
        valkey.start(self.world.var)

    def lose_broker(self) -> None:
        self.end_broker()
        threading.Timer(3, lambda: valkey.start(self.world.var)).start()

    def end_broker(self) -> None:
        if pid := valkey.live_server(self.world.var):
            processes.stop(pid, (signal.SIGKILL, 5))

    def restart_database(self) -> None:
        self.end_database(signal.SIGINT)

    def crash_database(self) -> None:
        self.end_database(signal.SIGQUIT)

    def end_database(self, number: signal.Signals) -> None:
        if pid := postgres.live_postmaster(self.world.var / "postgres"):
            os.kill(pid, number)
            processes.wait_until(lambda: not processes.is_alive(pid), None, 15)
        postgres.start(self.world.var)

    def storm(self) -> None:
        self.world.twin.behave(**self.world.random.choice(list(STORMS.values())))
        threading.Timer(2.5, lambda: self.world.twin.behave(**CALM)).start()
