"""Money: a run in which everything dies, against the twin's own bill, to the micro-dollar.

Several workers die at fault points over and over while the twin fails calls; three caps are reached on the
way and raised later. Then a quote is held against the bill. `figures` does it in a process of its own.
"""

import json
import operator
import os
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import orjson
from executor_ground import Ground

from optimizer.twin import Behaviour, Twin, lines

POINTS = {
    "after_claim": 0.02,
    "after_journal_before_call": 0.02,
    "after_answer_before_commit": 0.004,
    "inside_commit": 0.02,
    "after_commit": 0.02,
    "economy_after_journal": 0.2,
    "economy_inside_collect": 0.2,
}
FAULTS = {
    "rate_limited": 0.03,
    "server_error": 0.03,
    "reset": 0.02,
    "cut_body": 0.02,
    "cut_json": 0.02,
    "hostile": 0.05,
    "retry_after": 0.2,
}
# Dollars for a million tokens, in and out, written down here once more.
PRICES = {
    "gpt-5-mini": (Fraction(25, 100), Fraction(2)),
    "gpt-4.1-mini": (Fraction(40, 100), Fraction(160, 100)),
}
WORKERS, WINDOW = 2, 12
LONGEST_S = {True: 240, False: 900}
# Whatever the totals say at any moment; the owner's trigger sees each change.
WATCH = """
CREATE TABLE bench_excess (key text, excess bigint);
CREATE FUNCTION bench_watch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE cap bigint;
BEGIN
    SELECT coalesce(NEW.cap_microdollars, p.monthly_cap_microdollars, o.monthly_cap_microdollars) INTO cap
    FROM (SELECT 1) one LEFT JOIN projects_project p ON p.id = NEW.owner
        LEFT JOIN accounts_organization o ON o.id = NEW.owner;
    IF NEW.reserved + NEW.spent > cap AND NEW.reserved > OLD.reserved THEN
        INSERT INTO bench_excess VALUES (NEW.key, NEW.reserved + NEW.spent - cap);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER bench_watch AFTER UPDATE ON projects_spendtotal FOR EACH ROW EXECUTE FUNCTION bench_watch();
"""


def figures(is_quick: bool) -> dict[str, Any]:
    """In a process of its own, with a database and workers that are thrown away."""
    command = [sys.executable, str(Path(__file__)), *(["--quick"] if is_quick else [])]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    *told, last = done.stdout.splitlines()
    print("\n".join(told))
    found: dict[str, Any] = json.loads(last)
    return found


class Billing(Twin):
    """A twin that writes down what each answer took."""

    def __init__(self) -> None:
        super().__init__(Behaviour(latency=0.03, batch_seconds=0.3))
        self.bill: dict[str, Fraction] = {}
        write = lines._line

        def note(custom_id: str, status: int, body: dict[str, Any]) -> bytes:
            line = write(custom_id, status, body)
            if status == 200:
                self._note(orjson.loads(line)["response"]["request_id"], body)
            return line

        lines._line = note

    def _compose(self, asked: dict[str, Any], outcome: str, request_id: str) -> dict[str, Any]:
        answer = super()._compose(asked, outcome, request_id)
        self._note(f"req_{request_id}", answer)
        return answer

    def _note(self, request_id: str, answer: dict[str, Any]) -> None:
        usage = answer["usage"]
        prices = next(found for model, found in PRICES.items() if answer["model"].startswith(model))
        tokens = usage["prompt_tokens"], usage["completion_tokens"]
        self.bill[request_id] = sum(map(operator.mul, tokens, prices), Fraction(0))

    def cost(self, request_id: str, is_half: bool) -> int:
        """What the provider charges for this answer; a share of a micro-dollar counts as one."""
        exact = self.bill[request_id] / (2 if is_half else 1)
        return -(-exact.numerator // exact.denominator)


class Workers:
    """Processes that work until they die, and are started again."""

    def __init__(self, points: dict[str, float]) -> None:
        self.points = ",".join(f"{name}:{share}" for name, share in points.items())
        self.deaths = 0
        self.processes = [self._start() for _ in range(WORKERS)]

    def _start(self) -> subprocess.Popen[bytes]:
        environment = os.environ | {"NIMBUS_FAULT_POINTS": self.points}
        return subprocess.Popen([sys.executable, __file__, "--worker"], cwd=ROOT, env=environment)

    def look(self) -> None:
        for number, process in enumerate(self.processes):
            if process.poll() is not None:
                self.deaths += process.returncode == -signal.SIGKILL
                self.processes[number] = self._start()

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


def work() -> None:
    """A worker's life: the executor and the economy lane, in turn."""
    import django

    django.setup()
    from batches import economy, executor

    executor.LINGER_S = 0.2
    while True:
        executor.run(executor.worker_id(), WINDOW, 5)
        economy.run(5)
        time.sleep(0.2)


def measure(is_quick: bool) -> dict[str, Any]:
    with Billing() as twin, Ground():
        os.environ |= {
            "OPENAI_BASE_URL": twin.base_url, "OPENAI_API_KEY": "sk-bench", "OPENAI_TIMEOUT_S": "5",
            "OPENAI_MODEL": "gpt-5-mini", "LEASE_S": "10", "ECONOMY_POLL_S": "1", "ECONOMY_LEASE_S": "10",
        }  # fmt: skip
        import django

        django.setup()
        import optimizer_spend_world as world

        world.watch(WATCH)
        twin.behave(**FAULTS)
        begin = time.monotonic()
        batches = world.build(40 if is_quick else 400)
        workers = Workers(POINTS)
        try:
            crashes = world.crash(batches, workers, begin + LONGEST_S[is_quick])
        finally:
            workers.stop()
        found = world.settle_all() | crashes | {"worker_deaths": workers.deaths}
        found |= world.compare(twin)
        calm = {name: 0.0 for name in FAULTS} | {"hostile": 0.05}
        twin.behave(**calm)
        return found | world.quote(twin, 40 if is_quick else 200)


if __name__ == "__main__":
    if "--worker" in sys.argv:
        work()
    else:
        print(json.dumps(measure("--quick" in sys.argv)))
