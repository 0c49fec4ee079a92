"""Two workers at one provider batch, or one that wakes too late: nothing is made or paid twice."""

import contextlib
import threading
import time

import pytest
from django.db import connection

from accounts.models import AuditEvent
from batches import economy, economy_jobs, economy_leases, economy_pages, executor, steering
from batches.models import ModelCall, PageRun, ProviderBatch
from batches.tests.frugal import PAGES, bury, drive, recovers, submitted
from optimizer.economy import Economy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def lane(twin, settings):
    settings.ECONOMY_POLL_S = 0.02
    twin.behave(batch_seconds=0, latency=0)


@pytest.fixture
def batch():
    return submitted()


def both(monkeypatch, settings, patience_s=0.5):
    """A second worker comes while the first is about to upload, and the first waits a while for it."""
    upload, gate, arrived = Economy.upload, threading.Barrier(2), threading.Event()

    def dawdle(self, *arguments):
        arrived.set()
        with contextlib.suppress(threading.BrokenBarrierError):
            gate.wait(patience_s)
        return upload(self, *arguments)

    monkeypatch.setattr(Economy, "upload", dawdle)

    def work():
        economy.run()
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    workers[0].start()
    assert arrived.wait(20)
    workers[1].start()
    for worker in workers:
        worker.join()


def test_two_workers_submit_no_page_twice(batch, twin, monkeypatch, settings):
    twin.behave(batch_seconds=60)
    both(monkeypatch, settings)

    assert twin.stats()["batches"] == 1
    twin.behave(batch_seconds=0)
    assert recovers(batch, twin)


def write_anyway(lease, **fields):
    ProviderBatch.objects.filter(id=lease.row.id).update(**fields)
    for name, value in fields.items():
        setattr(lease.row, name, value)


def test_without_leases_two_workers_submit_everything_twice(batch, twin, monkeypatch, settings):
    twin.behave(batch_seconds=60)
    for name in ("TAKE", "RENEW", "RELEASE"):
        sql = getattr(economy_leases, name)
        sql = sql.replace("AND (lease_expires_at IS NULL OR lease_expires_at < clock_timestamp())", "")
        monkeypatch.setattr(economy_leases, name, sql.replace("AND lease_token = %s", "AND %s IS NOT NULL"))
    monkeypatch.setattr(economy_leases.Lease, "write", write_anyway)
    monkeypatch.setattr(Economy, "find", lambda self, key: [])
    keep_files(monkeypatch)
    both(monkeypatch, settings, patience_s=20)

    assert twin.stats()["batches"] > 1


def stopped_before_creating(monkeypatch):
    """The first worker stands still right before its request, until another has done all of it."""
    create, calls = Economy.create, []

    def stand_still(self, *arguments):
        calls.append(arguments)
        if len(calls) == 1:
            bury()
            economy.run()
        return create(self, *arguments)

    monkeypatch.setattr(Economy, "create", stand_still)


def keep_files(monkeypatch):
    """As if the provider took its time to delete a file."""
    monkeypatch.setattr(Economy, "delete", lambda self, file_id: None)


def test_worker_that_wakes_too_late_can_make_nothing_any_more(batch, twin, monkeypatch):
    twin.behave(batch_seconds=60)
    stopped_before_creating(monkeypatch)

    economy.run()

    # Its file is gone, and what it says about that is not written over what the other did.
    assert twin.stats()["batches"] == 1
    assert is_under_way(batch)
    twin.behave(batch_seconds=0)
    assert recovers(batch, twin)


def is_under_way(batch):
    """All of its questions are at the provider, all of its pages wait for them."""
    outcomes = set(ModelCall.objects.values_list("outcome", flat=True))
    return outcomes == {"sent"} and set(batch.runs.values_list("lane", flat=True)) == {"economy"}


def test_without_its_lease_the_late_worker_would_send_the_pages_live(batch, twin, monkeypatch):
    twin.behave(batch_seconds=60)
    stopped_before_creating(monkeypatch)
    monkeypatch.setattr(economy_leases.Lease, "renew", lambda self: None)

    economy.run()

    assert not is_under_way(batch)


def test_worker_that_wakes_too_late_cancels_what_it_made(batch, twin, monkeypatch):
    twin.behave(batch_seconds=60)
    stopped_before_creating(monkeypatch)
    with monkeypatch.context() as patch:
        keep_files(patch)
        economy.run()
    assert twin.stats()["batches"] == 2

    twin.behave(batch_seconds=0)

    # It was cancelled before a single request of it was worked on.
    assert recovers(batch, twin)


def test_stray_whose_maker_died_is_cancelled_by_the_next_look(batch, twin, monkeypatch):
    twin.behave(batch_seconds=60)
    stopped_before_creating(monkeypatch)
    with monkeypatch.context() as patch:
        keep_files(patch)
        patch.setattr(Economy, "cancel", lambda self, job: None)
        economy.run()
    time.sleep(0.1)
    economy.run()

    jobs = list(twin.batches.jobs.values())
    assert sorted(job.status for job in jobs) in (["cancelled", "in_progress"], ["cancelling", "in_progress"])
    assert AuditEvent.objects.get(action="provider_batch.cancelled").data["reason"] == "stray"


def test_without_that_look_the_stray_is_paid(batch, twin, monkeypatch):
    twin.behave(batch_seconds=60)
    stopped_before_creating(monkeypatch)
    keep_files(monkeypatch)
    monkeypatch.setattr(Economy, "cancel", lambda self, job: None)
    monkeypatch.setattr(economy_jobs, "cancel_strays", lambda lease, lane: None)
    economy.run()
    twin.behave(batch_seconds=0)
    drive(batch)

    assert twin.stats()["batch_paid_calls"] == 2 * PAGES


def late_answer(batch, twin):
    """One page is taken live and done while its question is at the provider; then the answer comes."""
    twin.behave(batch_seconds=60)
    economy.run()
    run = batch.runs.first()
    steering.process_now(run, by="system")
    executor.run("w", 8, 10)
    # As if nobody had taken it out of the provider batch.
    PageRun.objects.filter(id=run.pk).update(provider_batch=ProviderBatch.objects.get())
    twin.behave(batch_seconds=0)
    time.sleep(0.05)
    economy.run()
    return AuditEvent.objects.filter(action="page.answered", target=run.page_id).exists()


def test_late_answer_moves_no_page_that_went_on(batch, twin):
    assert not late_answer(batch, twin)


def test_without_the_fence_a_late_answer_moves_it(batch, twin, monkeypatch):
    monkeypatch.setattr(
        economy_pages, "MOVE",
        economy_pages.MOVE.replace("AND r.lease_token = m.token", "").replace("AND r.status = 'queued'", ""),
    )  # fmt: skip

    assert late_answer(batch, twin)
