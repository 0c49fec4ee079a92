"""Switching a guard off is noticed; `./script/mutate-guards` does it with all of them."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_switched_off_guards_are_caught():
    command = [sys.executable, "script/mutants/run.py", "--only", "depth of JSON, row-level security"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert json.loads(done.stdout.splitlines()[-1]) == {"guards": 2, "caught": 2, "missed": 0}, done.stderr
