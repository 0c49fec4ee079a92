"""What is done to the world, one function a fault. Each returns after it is over, or under way."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable

from lives import Worker
from world import World

from nimbus.services import postgres, processes, valkey

# Points that a worker meets while it works on pages.
POINTS = (
    "after_claim", "after_journal_before_call", "after_answer_before_commit", "before_result",
    "inside_commit", "after_commit", "inside_sweep", "before_wakeup",
)  # fmt: skip
# Points on the way to a provider batch and back.
ECONOMY_POINTS = (
    "economy_after_gather", "economy_after_journal", "economy_after_upload", "economy_after_create",
    "economy_inside_collect", "economy_before_end",
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
CALM |= {"batch_window": 86_400.0, "batch_reply_lost": 0.0}
HOLDERS = "SELECT DISTINCT lease_owner FROM batches_pagerun WHERE status = 'processing'"
# Of these a page has an answer in the journal and no result yet.
BUYERS = """SELECT DISTINCT r.lease_owner FROM batches_pagerun r JOIN batches_modelcall c
    ON c.batch_id = r.batch_id AND c.runs @> ARRAY[r.id] AND c.outcome = 'answered' AND c.error_code = ''
    WHERE r.status = 'processing'"""


class Faults:
    def __init__(self, world: World, lease_s: int, died: Callable[[int], None]) -> None:
        self.world, self.lease_s, self.died = world, lease_s, died
        self._later: list[threading.Timer] = []

    def later(self, seconds: float, function: Callable[[], object]) -> None:
        timer = threading.Timer(seconds, function)
        timer.daemon = True
        timer.start()
        self._later.append(timer)

    def wait(self) -> None:
        """Until whatever was stopped or taken away goes on."""
        for timer in self._later:
            timer.join()

    def some_worker(self, which: str = HOLDERS) -> Worker:
        """One that has pages in its hands; while none has, the fault would hit nothing."""
        end = time.monotonic() + LONGEST_START_S
        while time.monotonic() < end:
            owners = [row[0] for row in self.world.rows(which)]
            for worker in self.world.random.sample(self.world.workers, len(self.world.workers)):
                if any(f"-{worker.pid}-" in owner for owner in owners):
                    return worker
            time.sleep(0.05)
        return self.world.random.choice(self.world.workers)

    def kill_worker(self) -> None:
        self.kill(self.some_worker())

    def kill_buyer(self) -> None:
        """A worker that has bought something and stored nothing."""
        self.kill(self.some_worker(BUYERS))

    def kill(self, worker: Worker) -> None:
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
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

        self.later(self.lease_s + 4, go_on)

    def end_worker(self) -> None:
        self.some_worker().send(signal.SIGTERM)

    def die_at_a_point(self) -> None:
        """The worker starts again with a point armed, at which it soon dies by itself."""
        self.arm(self.some_worker(), self.world.random.choice(POINTS), 0.2)

    def die_in_the_economy(self) -> None:
        worker = self.world.random.choice(self.world.workers)
        self.arm(worker, self.world.random.choice(ECONOMY_POINTS), 1.0)

    def arm(self, worker: Worker, point: str, share: float) -> None:
        with self.world.lock:
            worker.points = {point: share}
            self.kill(worker)

    def kill_web(self) -> None:
        self.world.web.send(signal.SIGKILL)

    def kill_beat(self) -> None:
        self.world.beats[0].send(signal.SIGKILL)

    def second_beat(self) -> None:
        world = self.world
        assert world.nursery
        other = world.beat(world.nursery, "second-beat")
        with world.lock:
            world.beats.append(other)

        def end() -> None:
            with world.lock:
                world.beats.remove(other)
                other.send(signal.SIGKILL)

        self.later(6, end)

    def restart_broker(self) -> None:
        self.end_broker()
        valkey.start(self.world.var)

    def lose_broker(self) -> None:
        self.end_broker()
        self.later(3, lambda: valkey.start(self.world.var))

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
        self.blow(**self.world.random.choice(list(STORMS.values())))

    def expire_batches(self) -> None:
        """What the provider has under way runs out of time, half done."""
        self.blow(batch_window=1.0)

    def lose_replies(self) -> None:
        """Provider batches are made, and their maker does not hear of it."""
        self.blow(batch_reply_lost=1.0)

    def blow(self, **behaviour: float) -> None:
        self.world.twin.behave(**behaviour)
        self.later(2.5, lambda: self.world.twin.behave(**CALM))
