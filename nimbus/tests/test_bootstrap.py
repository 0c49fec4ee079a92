"""The first command on a strange machine: which Python it takes, and what it says when there is none."""

import importlib.util
import os
import socket
import stat
import subprocess
import sys

import pytest

from nimbus.environment import ROOT
from nimbus.services import secretfile, server
from nimbus.services.paths import ServiceError

spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "script" / "bootstrap.py")
bootstrap = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bootstrap)


def make_python(folder, name, script):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with nothing on it but what a test adds."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NIMBUS_PYTHON", raising=False)
    monkeypatch.setattr(bootstrap, "FOLDERS", ("~/.pyenv/versions/{v}*/bin",))
    monkeypatch.setattr(bootstrap.sys, "executable", "")
    return tmp_path


def test_dead_shim_is_passed_over_for_a_python_that_runs(machine):
    make_python(machine / "bin", "python3.13", "exit 127")
    real = make_python(machine / ".pyenv/versions/3.13.0/bin", "python3.13", "echo 3.13")

    assert bootstrap.find_python() == real


def test_313_is_taken_before_314(machine):
    make_python(machine / "bin", "python3.14", "echo 3.14")
    preferred = make_python(machine / "bin", "python3.13", "echo 3.13")

    assert bootstrap.find_python() == preferred


def test_too_old_and_too_new_pythons_are_not_taken(machine):
    make_python(machine / "bin", "python3", "echo 3.11")
    make_python(machine / "bin", "python3.13", "echo 3.15")

    assert bootstrap.find_python() is None


def test_named_python_that_does_not_work_is_told(machine, monkeypatch):
    monkeypatch.setenv("NIMBUS_PYTHON", "/nowhere/python")

    with pytest.raises(bootstrap.BootstrapError, match="/nowhere/python"):
        bootstrap.find_python()


def test_no_python_at_all_says_what_to_install(machine, monkeypatch):
    monkeypatch.setattr(bootstrap, "VENV", machine / "venv")
    monkeypatch.setattr(bootstrap, "find_uv", lambda: None)
    monkeypatch.setattr(bootstrap, "works", lambda *command: False)

    with pytest.raises(bootstrap.BootstrapError, match="brew install"):
        bootstrap.download_python()


def test_bootstrap_is_written_for_python_39():
    source = (ROOT / "script" / "bootstrap.py").read_text()

    compiled = subprocess.run(
        [sys.executable, "-c", "import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 9))"],
        input=source,
        text=True,
    )

    assert compiled.returncode == 0


def test_secrets_are_private_and_kept(tmp_path):
    first = secretfile.ensure(tmp_path).read_text()

    assert secretfile.ensure(tmp_path).read_text() == first
    assert stat.S_IMODE(os.stat(tmp_path / "secrets.env").st_mode) == 0o600


def test_missing_secret_is_added_to_those_that_are_there(tmp_path):
    (tmp_path / "secrets.env").write_text("SECRET_KEY=mine")

    lines = secretfile.ensure(tmp_path).read_text().splitlines()

    assert lines[0] == "SECRET_KEY=mine"
    assert any(line.startswith("NIMBUS_KEY_PEPPER=") for line in lines)


def test_taken_port_is_answered_with_a_free_one_to_try():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(ServiceError, match="--port"):
            server.check_port("127.0.0.1", port)
