"""Switching a guard off is noticed; `./script/mutate-guards` does it with all of them."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def listed():
    sys.path.insert(0, str(ROOT / "script" / "mutants"))
    try:
        return importlib.import_module("guards").GUARDS
    finally:
        sys.path.pop(0)


@pytest.mark.parametrize("guard", listed(), ids=lambda guard: guard.name)
def test_guard_and_its_test_stand_where_the_list_says(guard):
    path, _, name = guard.tests.partition("::")

    assert f"def {name}(" in (ROOT / path).read_text() if name else (ROOT / path).exists()
    assert guard.sql or guard.start or guard.text in (ROOT / guard.path).read_text()


def test_names_of_guards_can_be_chosen():
    names = [guard.name for guard in listed()]

    assert len(set(names)) == len(names)
    assert not [name for name in names if "," in name]


def test_switched_off_guards_are_caught():
    command = [sys.executable, "script/mutants/run.py", "--only", "depth of JSON, row-level security"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert json.loads(done.stdout.splitlines()[-1]) == {"guards": 2, "caught": 2, "missed": 0}, done.stderr
