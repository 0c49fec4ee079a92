"""Broker, database and disk fail while pages are worked on or requests come in."""

import asyncio
import contextlib
import errno
import resource
import signal
import threading
import time

import pytest
import redis
from django.conf import settings as django_settings
from django.db import connection, connections, transaction

from batches import committer, doctor, queue, tasks, wakeups
from batches.models import Artifact, Batch, PageRun
from batches.tests.deaths import states, work
from batches.tests.factories import make_batch, make_project
from nimbus import artifacts, limits
from nimbus.services import postgres, processes, valkey
from nimbus.services.paths import redis_url

pytestmark = pytest.mark.django_db(transaction=True)


def submitted(pages=3, **settings):
    return queue.submit(make_batch(make_project(settings=settings), pages), by="system")


def broken():
    return [(finding.name, finding.breaches) for finding in doctor.examine() if not finding.is_well]


@pytest.fixture
def own_valkey(tmp_path, settings):
    """A Valkey that only this test sees, and may ruin."""
    var = tmp_path / "var"
    (var / "log").mkdir(parents=True)
    pid = valkey.start(var)
    settings.REDIS_URL = redis_url(var)
    limits.script.cache_clear()
    yield var
    limits.script.cache_clear()
    # By its id: one that hangs answers no question about it.
    processes.stop(pid, (signal.SIGKILL, 5))


def test_broker_that_was_emptied_is_told_again():
    batch = submitted()
    broker = redis.Redis.from_url(django_settings.REDIS_URL)
    broker.flushdb()

    tasks.sweep()

    assert broker.llen("executor") == 1
    work()
    assert states(batch) == {"done"}


def test_executor_needs_no_broker(twin, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    batch = submitted()

    work()

    assert states(batch) == {"done"}
    assert broken() == []


def test_upload_and_submit_need_no_broker(api, project, make_page_line, monkeypatch, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    limits.script.cache_clear()
    monkeypatch.setattr(wakeups.app.conf, "broker_url", "redis://127.0.0.1:1/0")

    batch = api.send(f"projects/{project.id}/batches", {}).json()["batch_id"]
    assert api.upload(batch, make_page_line()).status_code == 200
    assert api.send(f"batches/{batch}/submit").status_code == 202
    limits.script.cache_clear()

    assert Batch.objects.get().status == "queued"


def test_valkey_that_is_full_stops_nothing(twin, api, project, own_valkey):
    full = redis.Redis.from_url(django_settings.REDIS_URL)
    full.config_set("maxmemory-policy", "noeviction")
    full.config_set("maxmemory", "1")
    batch = submitted()

    work()

    assert states(batch) == {"done"}
    assert api.read("project").status_code == 200


def test_valkey_that_hangs_holds_no_request_for_long(api, project, own_valkey):
    redis.Redis.from_url(django_settings.REDIS_URL).client_pause(20_000)
    begun = time.monotonic()

    assert api.read("project").status_code == 200

    assert time.monotonic() - begun < 10


def test_broker_that_hangs_holds_no_submit_for_long(api, project, own_valkey, make_page_line, monkeypatch):
    batch = api.send(f"projects/{project.id}/batches", {}).json()["batch_id"]
    api.upload(batch, make_page_line())
    address = django_settings.REDIS_URL.replace("unix://", "redis+socket://").replace(
        "?db=", "?virtual_host="
    )
    monkeypatch.setattr(wakeups.app.conf, "broker_url", address)
    # An earlier test of this process may have left connections to another broker.
    monkeypatch.setattr(wakeups.app, "_pool", None)
    monkeypatch.setattr(wakeups.app.amqp, "_producer_pool", None)
    redis.Redis.from_url(django_settings.REDIS_URL).client_pause(30_000)
    assert api.send(f"batches/{batch}/submit").status_code == 202
    tries = []
    monkeypatch.setattr(wakeups.app, "send_task", lambda *_, **__: tries.append(1))

    assert api.send(f"batches/{batch}/pause").status_code == 202
    assert api.send(f"batches/{batch}/resume").status_code == 202

    # The first one has found out that nobody answers.
    assert tries == []
    monkeypatch.setattr(wakeups, "_quiet_until", time.monotonic())
    wakeups.send()
    assert tries == [1]


@pytest.fixture
def database(test_run):
    """What an operator may do to the database of this run: cut its connections, take none any more."""

    class Operator:
        def cut(self):
            with contextlib.closing(postgres.connect(test_run.var)) as boss:
                boss.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                    [test_run.database],
                )

        def allow(self, limit):
            with contextlib.closing(postgres.connect(test_run.var)) as boss:
                boss.execute(f"ALTER DATABASE {test_run.database} CONNECTION LIMIT {limit}")

    operator = Operator()
    yield operator
    operator.allow(-1)
    connections.close_all()


def test_lost_connections_lose_no_page_and_burn_no_attempt(twin, database):
    batch = submitted(pages=8, default_concurrency=4)
    twin.behave(latency=0.3)

    def cut():
        for _ in range(3):
            time.sleep(0.4)
            database.cut()

    cutter = threading.Thread(target=cut)
    cutter.start()
    work()
    cutter.join()
    connections.close_all()

    assert states(batch) == {"done"}
    assert set(batch.runs.values_list("attempts", flat=True)) == {1}
    assert broken() == []


def test_database_that_is_away_is_waited_for(twin, database):
    batch = submitted(pages=4)
    twin.behave(latency=0.2)

    def outage():
        time.sleep(0.3)
        database.allow(0)
        database.cut()
        time.sleep(2.5)
        database.allow(-1)

    away = threading.Thread(target=outage)
    away.start()
    work()
    away.join()
    connections.close_all()

    assert states(batch) == {"done"}
    assert set(batch.runs.values_list("attempts", flat=True)) == {1}
    assert broken() == []


def test_api_without_a_database_asks_to_come_back(api, database):
    connections.close_all()
    database.allow(0)

    answer = api.read("project")

    database.allow(-1)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer["Retry-After"]) > 0
    connections.close_all()
    assert api.read("project").status_code == 200


def test_statement_that_takes_too_long_is_503_and_leaves_nothing(api, project, make_page_line):
    batch = api.send(f"projects/{project.id}/batches", {}).json()["batch_id"]
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '150ms'")
    hold = threading.Event()
    blocker = threading.Thread(target=hold_batch, args=[batch, hold])
    blocker.start()
    time.sleep(0.3)

    answer = api.upload(batch, make_page_line())

    hold.set()
    blocker.join()
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert not PageRun.objects.exists()
    assert api.upload(batch, make_page_line()).status_code == 200


def hold_batch(batch, hold):
    with transaction.atomic():
        Batch.objects.select_for_update().get(id=batch)
        hold.wait(5)
    connection.close()


def test_deadlock_is_tried_again_until_both_are_through():
    first, second = submitted(1), queue.submit(make_batch(make_project("other")), by="system")
    meet = threading.Barrier(2, timeout=5)

    def touch(one, other):
        with transaction.atomic():
            Batch.objects.filter(id=one).update(label="touched")
            with contextlib.suppress(threading.BrokenBarrierError):
                meet.wait()
            Batch.objects.filter(id=other).update(label="touched")
        return True

    async def both():
        databases = [committer.Database(), committer.Database()]
        found = await asyncio.gather(
            databases[0].persist(touch, first.id, second.id),
            databases[1].persist(touch, second.id, first.id),
        )
        for database in databases:
            database.close()
        return found

    assert asyncio.run(both()) == [True, True]


def test_full_disk_is_503_and_leaves_no_half_file(tmp_path, settings, api, project, make_page_line):
    settings.NIMBUS_ARTIFACTS = tmp_path / "files"
    batch = api.send(f"projects/{project.id}/batches", {}).json()["batch_id"]
    line = make_page_line() | {"source_html": "<p>" + "text " * 20_000}
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limit[1]))
    try:
        answer = api.upload(batch, line)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert [path for path in settings.NIMBUS_ARTIFACTS.rglob("*") if path.is_file()] == []
    assert not PageRun.objects.exists()
    assert not Artifact.objects.exists()
    assert api.upload(batch, line).json()["accepted"] == 1


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_disk_without_room_is_said_so(api, project, monkeypatch, make_page_line, number):
    def refuse(*_, **__):
        raise OSError(number, "no room")

    monkeypatch.setattr(artifacts, "put_all", refuse)
    batch = api.send(f"projects/{project.id}/batches", {}).json()["batch_id"]

    answer = api.upload(batch, make_page_line() | {"source_html": "<p>text"})

    assert answer.status_code == 503
