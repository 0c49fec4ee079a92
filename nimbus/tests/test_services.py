"""The embedded PostgreSQL and Valkey: started once, found again, alive after a kill."""

import os
import signal
import tempfile
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from nimbus import walls
from nimbus.services import paths, postgres, processes, valkey


@pytest.fixture
def var(tmp_path):
    yield tmp_path
    valkey.stop(tmp_path)
    postgres.stop(tmp_path)


def test_second_start_finds_the_first(var):
    first = postgres.start(var, for_tests=True), valkey.start(var)

    assert (postgres.start(var, for_tests=True), valkey.start(var)) == first


def test_data_survives_a_killed_postmaster(var):
    pid = postgres.start(var)
    postgres.create_database(var)
    with psycopg.connect(paths.database_url(var, "owner")) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 7 AS number")

    os.kill(pid, signal.SIGKILL)
    postgres.start(var)

    with psycopg.connect(paths.database_url(var, "app")) as app:
        assert app.execute("SELECT number FROM kept").fetchone() == (7,)


def test_reused_process_id_does_not_stop_the_start(var):
    postgres.start(var, for_tests=True)
    postgres.stop(var)

    (var / "postgres" / "postmaster.pid").write_text(f"{os.getppid()}\n{var}\n")

    assert postgres.start(var, for_tests=True)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become nobody")
def test_root_without_user_namespaces_starts_it_as_nobody(monkeypatch):
    monkeypatch.setattr(processes, "has_user_namespaces", lambda: False)
    with tempfile.TemporaryDirectory() as folder:
        # Nobody has to be able to walk to the data.
        Path(folder).chmod(0o755)
        pid = postgres.start(Path(folder), for_tests=True)

        assert Path(f"/proc/{pid}").stat().st_uid == paths.unprivileged_id() != 0
        postgres.stop(Path(folder))


def test_long_folder_gets_a_short_private_socket(tmp_path):
    folder = paths.sockets(tmp_path / ("long" * 40))

    assert len(str(folder)) < 60
    assert paths.private(folder).stat().st_mode & 0o777 == 0o700
    folder.rmdir()


def test_socket_folder_of_a_stranger_is_refused(tmp_path):
    (tmp_path / "run").symlink_to("/")

    with pytest.raises(paths.ServiceError, match="belongs to someone else"):
        paths.private(tmp_path / "run")


@pytest.mark.django_db
def test_requests_are_answered_as_the_app_role(monkeypatch):
    monkeypatch.setattr(walls, "STAND_IN", "")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )

        assert cursor.fetchone() == ("nimbus_app", False, False)


@pytest.mark.django_db
def test_app_role_makes_no_tables():
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute("CREATE TABLE forbidden (id int)")


def test_cache_answers():
    cache.set("services", "up", 5)

    assert cache.get("services") == "up"
    assert settings.CELERY_BROKER_URL.startswith("redis+socket://")
