"""The economy lane under SIGKILL, two workers, lost replies, lying files: nothing lost or paid twice."""

import contextlib
import threading
import time

import pytest
from django.db import connection
from django.db.models import Sum

from accounts.models import AuditEvent
from batches import (
    doctor,
    economy,
    economy_answers,
    economy_jobs,
    economy_leases,
    economy_pages,
    executor,
    queue,
    steering,
    tasks,
)
from batches.models import Batch, ModelCall, PageRun, ProviderBatch
from batches.tests.deaths import dies_at
from batches.tests.factories import make_batch, make_project, make_run
from optimizer.economy import Economy

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = 3


@pytest.fixture(autouse=True)
def lane(twin, settings):
    settings.ECONOMY_POLL_S = 0.02
    twin.behave(batch_seconds=0, latency=0)


@pytest.fixture
def batch():
    return submitted()


def submitted(pages=PAGES):
    batch = make_batch(make_project(), 0, lane="economy")
    for number in range(pages):
        make_run(batch, f"/p{number}", f"Plumber number {number}")
    batch.refresh_from_db()
    return queue.submit(batch, by="system")


def bury():
    """The dead worker's leases run out."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE batches_providerbatch SET lease_expires_at = NULL, next_at = now()")


def drive(batch, seconds=30):
    end = time.monotonic() + seconds
    while not Batch.objects.get(id=batch.id).is_final:
        assert time.monotonic() < end, "the batch does not end"
        economy.run()
        executor.run("w", 8, 10)
        time.sleep(0.03)
    # What was told to end at the provider is seen to its end, too.
    economy.run()
    batch.refresh_from_db()
    return batch


def run_twice():
    """Submit, then collect."""
    economy.run()
    time.sleep(0.1)
    economy.run()


def broken():
    return [(finding.name, finding.breaches) for finding in doctor.examine() if not finding.is_well]


def recovers(batch, twin):
    """Another worker ends the batch; each page is paid once, at half the price, and all is well."""
    bury()
    drive(batch)
    assert (batch.status, batch.done_count) == ("completed", PAGES)
    assert (twin.stats()["batch_paid_calls"], twin.stats()["paid_calls"]) == (PAGES, 0)
    assert ModelCall.objects.filter(outcome="answered").count() == ModelCall.objects.count() == PAGES
    assert broken() == []
    return True


def test_death_after_gathering_leaves_the_pages_to_the_next(batch, twin, settings):
    assert dies_at("economy_after_gather", settings, economy.run)

    assert not ModelCall.objects.exists()
    assert recovers(batch, twin)


def test_death_before_the_upload_writes_no_request_twice(batch, twin, settings):
    assert dies_at("economy_after_journal", settings, economy.run)

    assert ModelCall.objects.filter(outcome="sent").count() == PAGES
    assert recovers(batch, twin)


def test_death_after_the_upload_uploads_again_and_pays_once(batch, twin, settings):
    assert dies_at("economy_after_upload", settings, economy.run)

    assert twin.stats()["batches"] == 0
    assert recovers(batch, twin)


def test_death_after_the_creation_is_found_at_the_provider(batch, twin, settings):
    assert dies_at("economy_after_create", settings, economy.run)

    assert ProviderBatch.objects.get().provider_id == ""
    assert recovers(batch, twin)
    assert twin.stats()["batches"] == 1
    assert AuditEvent.objects.filter(action="provider_batch.found").exists()


def test_without_a_look_at_the_provider_the_same_death_pays_twice(batch, twin, settings, monkeypatch):
    assert dies_at("economy_after_create", settings, economy.run)
    monkeypatch.setattr(Economy, "find", lambda self, key: [])

    bury()
    drive(batch)

    assert twin.stats()["batch_paid_calls"] == 2 * PAGES


def test_death_amid_the_answers_loses_and_repeats_none(batch, twin, settings, monkeypatch):
    monkeypatch.setattr(economy_answers, "LINES_A_COMMIT", 1)
    assert dies_at("economy_inside_collect", settings, run_twice)

    assert ModelCall.objects.filter(outcome="answered").count() == 1
    assert recovers(batch, twin)


def test_death_before_the_end_moves_no_page_twice(batch, twin, settings):
    assert dies_at("economy_before_end", settings, run_twice)

    assert ProviderBatch.objects.get().state == "submitted"
    assert recovers(batch, twin)
    assert AuditEvent.objects.filter(action="page.answered").count() == PAGES


def test_creation_whose_reply_was_lost_is_not_repeated(batch, twin):
    twin.behave(batch_reply_lost=1.0)
    economy.run()
    twin.behave(batch_reply_lost=0)

    assert recovers(batch, twin)
    assert twin.stats()["batches"] == 1


def test_line_that_an_expired_batch_lacks_may_have_been_paid(batch, twin):
    # Two of three are done when its time is over, and the lines of both get lost.
    twin.behave(batch_window=0.25, batch_seconds=0.3, batch_missing=1.0)
    drive(batch)

    cheap = ModelCall.objects.filter(provider_batch__isnull=False)
    assert twin.stats()["batch_paid_calls"] == 2
    assert sorted(cheap.values_list("outcome", "error_code")) == [
        ("failed", "batch_expired"), ("lost", "missing_line"), ("lost", "missing_line")
    ]  # fmt: skip
    assert ProviderBatch.objects.get().missing_count == 2
    assert broken() == []


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


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_the_files_hold_every_page_ends_and_every_payment_is_in_the_journal(twin, seed):
    shares = dict.fromkeys(("batch_missing", "batch_repeated", "batch_unknown", "batch_errors"), 0.2)
    twin.behave(seed=seed, batch_cut=0.1, hostile=0.1, refusal=0.05, cut_json=0.05, **shares)
    batch = drive(submitted(24))
    tasks.sweep()

    assert batch.done_count + batch.failed_count == 24
    assert batch.runs.filter(status="failed").exclude(error_code="refused").count() <= 1
    economy_calls = ModelCall.objects.filter(provider_batch__isnull=False)
    paid = twin.stats()["batch_paid_calls"]
    answered = economy_calls.filter(outcome="answered").count()
    assert answered <= paid <= answered + economy_calls.filter(outcome="lost").count()
    assert not ModelCall.objects.filter(outcome="sent").exists()
    total = ModelCall.objects.filter(outcome="answered").aggregate(n=Sum("cost_microdollars"))["n"]
    assert 0 < batch.cost_microdollars <= total
    assert broken() == []
