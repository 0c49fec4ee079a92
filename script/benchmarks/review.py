"""A batch of a generated site decided in a real browser by a reader who sees no more than the screen.

Defects are planted by the twin: damage of the classes that the checks are measured with, swaps of places and
brands, and as a third of them damage that no check can see. The reader goes by a fixed rule: reject what a
check holds, read what is unlike its sisters and the sample, and approve the rest at once. Only keys and
clicks that a person has are used, and each counts as a press. The last line is one JSON object.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from flow import Client, create_project
from product import ROOT, server
from review_planting import SpoiledTwin, plan
from review_reader import Reader

sys.path.insert(0, str(ROOT))

from nimbus.demo import site

MOST_PRESSES = 150
SESSION = """
from django.test import Client
from accounts.models import User
from tests.cast import sign_in
client = Client()
sign_in(client, User.objects.get(email="bench@nimbus.test"))
print(client.cookies["sessionid"].value)
"""
# What became of every change, for the judgement afterwards; the reader never sees it.
TRUTH = """
import json
from batches.models import Suggestion
rows = Suggestion.objects.order_by("id").values_list("page__path", "target", "level", "review", "text")
print(json.dumps(list(rows)))
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench review")
    parser.add_argument("--changes", type=int, default=3000)
    parser.add_argument("--defects", type=int, default=30)
    parser.add_argument("--quick", action="store_true", help="300 changes with 9 defects")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=8795)
    parser.add_argument("--in-flight", type=int, default=20)
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.changes, chosen.defects = 300, 9
    chosen.tier = "meta"
    with tempfile.TemporaryDirectory(prefix="nimbus-bench-", ignore_cleanup_errors=True) as folder:
        figures = measure(chosen, Path(folder))
    print(json.dumps(figures))
    return 0 if passes(figures) else 1


def passes(figures: dict[str, Any]) -> bool:
    decided = figures["undecided"] == 0 and figures["key_presses"] <= MOST_PRESSES
    return bool(decided and figures["missed_by_checks_share"] == 0)


def measure(chosen: argparse.Namespace, folder: Path) -> dict[str, Any]:
    built, pages = folder / "dist", chosen.changes // 2
    site.write(built, pages)
    planted = plan(list(site.places(pages)), chosen.defects, chosen.seed)
    with (
        SpoiledTwin(planted) as twin,
        server(folder, chosen.port, twin.base_url, EXECUTOR_WINDOW=str(chosen.in_flight)) as _,
    ):
        settings = {"review_mode": "manual"}
        client = Client(chosen, folder, create_project(folder, chosen, **settings))
        client.nimbus("push", str(built))
        batch = client.wait_until_final()["batch_id"]
        print(f"{pages} pages are done; reading begins", flush=True)
        reader = Reader(client.base, batch, said(folder, SESSION))
        seen = reader.decide()
        truth = json.loads(said(folder, TRUTH))
    return judge(planted, truth) | seen


def judge(planted: dict[str, Any], truth: list[list[str]]) -> dict[str, Any]:
    """What became of the planted defects."""
    by_place = {(path, target): (level, review) for path, target, level, review, _ in truth}
    found = {name: by_place[path, defect.target] for path, defect in planted.items() if
             (path, defect.target) in by_place for name in [f"{defect.kind} {path}"]}  # fmt: skip
    caught = {name for name, (level, _) in found.items() if level in ("hold", "refuse")}
    missed = sorted(name for name, (_, review) in found.items() if review == "approved")
    reviews = [review for *_, review, _ in truth]
    return {
        "changes": len(truth),
        "planted": len(found),
        "caught_by_checks": len(caught),
        "invisible_to_checks": len(found) - len(caught),
        "missed": len(missed),
        "missed_by_checks_share": len(caught & set(missed)),
        "missed_defects": missed,
        "approved": reviews.count("approved"),
        "sound_but_rejected": reviews.count("rejected") - (len(found) - len(missed)),
        "undecided": reviews.count("pending"),
    }


def said(folder: Path, program: str) -> str:
    environment = os.environ | {"NIMBUS_VAR": str(folder / "var"), "DEBUG": "1", "NIMBUS_ROLE": "worker"}
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", program]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1]


if __name__ == "__main__":
    sys.exit(main())
