"""Tools that are installed apart: where they can't be had, people read so and CI fails."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(("continuous", "code"), [("true", 1), ("1", 1), ("", 0)])
def test_fuzzer_without_its_tools_fails_in_ci_alone(monkeypatch, capsys, continuous, code):
    monkeypatch.setenv("CI", continuous)
    # As on a machine without a network, with nothing installed before.
    monkeypatch.setattr(sys, "argv", ["fuzz_api.py", "--quick"])
    monkeypatch.setattr(sys, "path", [str(ROOT / "script"), *sys.path])
    fuzz = importlib.import_module("fuzz_api")

    def broken(*_):
        raise subprocess.CalledProcessError(1, "pip")

    monkeypatch.setattr(fuzz, "installed", broken)

    assert fuzz.main() == code
    assert "NOT held against its description" in capsys.readouterr().out
