"""A backup is worth what its restore is: real pg_dump and pg_restore, then doctor and audit are asked."""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from batches import executor, queue
from batches.tests.factories import make_batch
from nimbus import health
from nimbus.services import postgres
from nimbus.services.paths import database_url, sockets

ROOT = Path(__file__).resolve().parent.parent


def run(*command, environment):
    # By their own path, not by any pg_dump that the machine may have, since that is often an older one.
    path = f"{postgres.binary('pg_dump').parent}:{os.environ['PATH']}"
    return subprocess.run(
        [str(part) for part in command], cwd=ROOT, env=os.environ | {"PATH": path} | environment,
        capture_output=True, text=True,
    )  # fmt: skip


def manage(environment, *command):
    return run(sys.executable, "manage.py", *command, environment=environment)


@pytest.fixture
def restored(test_run):
    """An empty database beside the tests' own, and the environment that leads there."""
    name = f"{test_run.database}_restored"
    with contextlib.closing(postgres.connect(test_run.var)) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} OWNER nimbus_owner")
        roles = {"DATABASE_URL": "app", "DATABASE_OWNER_URL": "owner", "DATABASE_WORKER_URL": "worker"}
        yield {key: database_url(test_run.var, role, name) for key, role in roles.items()} | {
            "NIMBUS_ROLE": "worker",
            "RESTORE_URL": f"postgresql://postgres@/{name}?host={sockets(test_run.var)}",
        }
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def finished(monkeypatch, test_run, project):
    """Something of everything, as the product makes it; and beat was heard of."""
    monkeypatch.setattr(executor, "LINGER_S", 0.1)
    files = test_run.folder / "artifacts"
    # Signed heads of chains that earlier tests made and took away again.
    shutil.rmtree(files, ignore_errors=True)
    files.mkdir()
    queue.submit(make_batch(project, pages=3), by="system")
    executor.run("test-worker", 8, 20)
    health.note(health.BEAT)
    (files / "kept.txt").write_text("a file")


@pytest.mark.django_db(transaction=True)
def test_restored_backup_passes_doctor_and_audit(finished, test_run, restored, tmp_path):
    backup, target = tmp_path / "backup", tmp_path / "restored"
    here = restored | {"NIMBUS_VAR": str(target)}

    dumped = run("deploy/backup", backup, environment=test_run.environment())
    assert dumped.returncode == 0, dumped.stderr
    found = run("deploy/restore", backup, environment=here)
    assert found.returncode == 0, found.stderr

    assert (target / "artifacts/kept.txt").read_text() == "a file"
    assert manage(here | {"NIMBUS_ROLE": "owner"}, "migrate", "--check").returncode == 0
    examined = manage(here, "doctor")
    # Beat is not started before the doctor is content, so its silence alone may be told.
    assert examined.stderr.strip() in {"", "CommandError: Broken: beat."}, examined.stdout + examined.stderr
    assert "page_counts" in examined.stdout
    verified = manage(here, "verify_audit")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    with contextlib.closing(psycopg.connect(here["RESTORE_URL"], autocommit=True)) as connection:
        count = "SELECT count(*) FROM batches_pagerun WHERE status = 'done'"
        assert connection.execute(count).fetchone() == (3,)
        # The walls between tenants came along.
        connection.execute("SET ROLE nimbus_app")
        assert connection.execute(count).fetchone() == (0,)
        # Were something lost on the way, it would be noticed.
        connection.execute("RESET ROLE; SET session_replication_role = replica")
        connection.execute("DELETE FROM accounts_auditevent WHERE seq = 1")
    assert manage(here, "verify_audit").returncode == 1


def test_a_login_that_sees_less_makes_no_backup(test_run, tmp_path):
    environment = test_run.environment()
    environment["DATABASE_WORKER_URL"] = environment["DATABASE_URL"]

    done = run("deploy/backup", tmp_path, environment=environment)

    assert done.returncode != 0
    assert "row-level security" in done.stderr
    assert not (tmp_path / "nimbus.dump").exists()
