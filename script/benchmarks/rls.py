"""What row-level security costs: the same requests with the wall between tenants and without it, in turns.

`with` asks as the app, whose transactions are told who asks; `without` as the worker, who passes every policy
and is told nothing. Each figure is the median of a round, the better of two rounds. The last line is one JSON
object.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from executor_ground import ROOT, Ground

QUICK, FULL = (2_000, 40), (10_000, 200)


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench rls")
    parser.add_argument("--quick", action="store_true", help="2,000 pages and fewer rounds")
    parser.add_argument("--ask", nargs=3, metavar=("TIMES", "BATCH", "KEY"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.ask:
        print(json.dumps(ask(int(chosen.ask[0]), *chosen.ask[1:])))
        return 0
    pages, times = QUICK if chosen.quick else FULL
    figures: dict[str, Any] = {"pages": pages, "load_average": round(os.getloadavg()[0], 1)}
    with Ground():
        batch_id, secret = furnish(pages)
        rounds: dict[str, list[dict[str, float]]] = {"app": [], "worker": []}
        for _ in range(2):
            for role, found in rounds.items():
                command = [sys.executable, __file__, "--ask", str(times), batch_id, secret]
                done = subprocess.run(
                    command, env=os.environ | {"NIMBUS_ROLE": role}, cwd=ROOT, check=True, capture_output=True
                )
                found.append(json.loads(done.stdout))
    for name in rounds["app"][0]:
        walled, bare = (min(found[name] for found in rounds[role]) for role in ("app", "worker"))
        figures[name] = {"with_ms": walled, "without_ms": bare, "factor": round(walled / bare, 2)}
        print(f"{name}: {walled} ms with the wall, {bare} ms without")
    print(json.dumps(figures))
    return 0


def furnish(pages: int) -> tuple[str, str]:
    """A batch of Alice's and one of a stranger's, of so many pages each."""
    import django

    django.setup()
    # They need the settings.
    import executor_pages

    from projects.models import APIKey

    executor_pages.submit(pages)
    batch = executor_pages.submit(pages)
    _, secret = APIKey.objects.issue(batch.project.organization, "Bench", project=batch.project)
    return batch.id, secret


def ask(times: int, batch_id: str, secret: str) -> dict[str, float]:
    import django

    django.setup()
    from django.test import Client
    from django.test.utils import setup_test_environment

    from accounts.models import User
    from batches.models import Batch
    from nimbus import walls

    setup_test_environment()
    with walls.asked_by(walls.Fixed(walls.Sight(role=walls.SUPPORT))):
        batch = Batch.objects.select_related("project").get(id=batch_id)
        alice = User.objects.get(memberships__organization=batch.organization_id)
    people, keys = Client(), Client(headers={"authorization": f"Bearer {secret}"})
    people.force_login(alice)
    caller = walls.Fixed(walls.Sight(person=alice.id))

    def statement() -> None:
        with walls.asked_by(caller):
            assert Batch.objects.filter(id=batch_id).exists()

    def read(client: Any, url: str) -> Callable[[], None]:
        def get() -> None:
            response = client.get(url)
            assert response.status_code == 200, (url, response.status_code)
            assert response.content if not response.streaming else list(response)

        return get

    return {
        "one_statement": median(statement, times * 5),
        "home": median(read(people, "/"), times),
        "batch_page": median(read(people, f"/batches/{batch_id}"), times),
        "review": median(read(people, f"/batches/{batch_id}/review"), times),
        "api_project": median(read(keys, "/api/v1/project"), times),
        "api_pages_1000": median(read(keys, f"/api/v1/batches/{batch_id}/pages?limit=1000"), times // 10),
    }


def median(act: Callable[[], None], times: int) -> float:
    """Milliseconds of one call; the first ones warm up."""
    for _ in range(3):
        act()
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - began)
    return round(statistics.median(seconds) * 1000, 2)


if __name__ == "__main__":
    sys.exit(main())
