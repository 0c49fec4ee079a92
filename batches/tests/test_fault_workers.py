"""Workers that are killed, stopped or poisoned, as processes of their own against the real database."""

import os
import resource
import signal
import threading
import time

import pytest
from django.db import connection

from accounts.models import AuditEvent
from batches import attempts, doctor, executor, queue, tasks
from batches.models import Batch, ModelCall, PageRun
from batches.tests.deaths import bury, ending, grown, states, work
from batches.tests.factories import make_batch, make_project
from nimbus.celery import app

pytestmark = pytest.mark.django_db(transaction=True)


def submitted(pages, **settings):
    return queue.submit(make_batch(make_project(settings=settings), pages), by="system")


def broken():
    return [(finding.name, finding.breaches) for finding in doctor.examine() if not finding.is_well]


def wait_until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)


def events(action):
    return AuditEvent.objects.filter(action=action).count()


def test_killed_worker_costs_each_page_one_more_call_at_most(twin):
    batch = submitted(3)
    twin.behave(latency=30.0)
    child = grown(work)
    wait_until(lambda: twin.stats()["calls"] == 3)
    os.kill(child, signal.SIGKILL)
    assert ending(child) == -signal.SIGKILL

    twin.behave(latency=0.05)
    bury()
    work()

    assert states(batch) == {"done"}
    assert set(batch.runs.values_list("attempts", flat=True)) == {2}
    assert twin.stats()["calls"] <= 6
    assert events("lease.expired") == 3
    assert broken() == []


def test_useless_answer_of_a_dead_worker_is_read_once_and_asked_again(twin):
    batch = submitted(1)
    twin.behave(cut_json=1.0, latency=0.5)
    child = grown(work)
    wait_until(lambda: ModelCall.objects.filter(outcome="answered").exists())
    wait_until(lambda: twin.stats()["calls"] == 2)
    os.kill(child, signal.SIGKILL)
    ending(child)

    twin.behave(cut_json=0.0)
    bury()
    work()

    assert states(batch) == {"done"}
    assert twin.stats()["calls"] == 3
    assert ModelCall.objects.filter(error_code="unusable").count() == 1
    assert broken() == []


def test_other_workers_go_on_and_take_a_dead_ones_pages(twin):
    batch = submitted(6, default_concurrency=20)
    twin.behave(latency=0.4)
    children = [grown(lambda: work(window=2)) for _ in range(2)]
    wait_until(lambda: PageRun.objects.filter(status="processing").count() >= 4)
    os.kill(children[0], signal.SIGKILL)
    wait_until(lambda: ending(children[0]) == -signal.SIGKILL)

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE batches_pagerun SET lease_expires_at = now() WHERE lease_owner = 'worker' "
            "AND status = 'processing'"
        )
    ending(children[1])
    bury()
    work()

    assert states(batch) == {"done"}
    assert broken() == []


def test_worker_that_was_stopped_beyond_its_lease_changes_nothing_any_more(twin):
    batch = submitted(2)
    twin.behave(latency=1.0)
    child = grown(work)
    wait_until(lambda: twin.stats()["calls"] == 2)
    os.kill(child, signal.SIGSTOP)
    twin.behave(latency=0.05)
    bury()
    work()
    before = list(batch.runs.order_by("id").values("status", "lease_token", "finished_at"))

    os.kill(child, signal.SIGCONT)
    ending(child)

    assert list(batch.runs.order_by("id").values("status", "lease_token", "finished_at")) == before
    assert states(batch) == {"done"}
    assert broken() == []


def test_who_lost_the_page_makes_no_second_call(twin, monkeypatch, settings):
    """Without an answer that is whole a page asks twice; the second time it looks whether it may."""
    batch = submitted(1)
    twin.behave(latency=0.3, wrong_ids=1.0)
    monkeypatch.setattr(executor, "WATCH_S", 60)
    threading.Thread(target=take_away, args=[twin, batch], daemon=True).start()

    work()

    assert twin.stats()["calls"] == 1
    assert PageRun.objects.get().status == "cancelled"


def take_away(twin, batch):
    wait_until(lambda: twin.stats()["calls"] == 1)
    queue.cancel(batch, by="system")
    connection.close()


def test_paused_batch_makes_no_second_call_and_keeps_what_it_bought(twin, monkeypatch):
    batch = submitted(1)
    twin.behave(latency=0.3, wrong_ids=1.0)
    monkeypatch.setattr(executor, "WATCH_S", 60)

    def pause():
        wait_until(lambda: twin.stats()["calls"] == 1)
        queue.pause(batch, by="system")
        connection.close()

    threading.Thread(target=pause, daemon=True).start()
    work()
    assert (twin.stats()["calls"], PageRun.objects.get().attempts) == (1, 0)

    twin.behave(wrong_ids=0.0)
    queue.resume(Batch.objects.get(), by="system")
    work()

    assert PageRun.objects.get().status == "done"
    # The first answer came from the journal, the repair was bought.
    assert twin.stats()["calls"] == 2
    assert ModelCall.objects.filter(outcome="answered").count() == 2


def test_project_that_is_deleted_while_it_runs_buys_nothing_more(twin, monkeypatch):
    monkeypatch.setattr(executor, "WATCH_S", 0.1)
    batch = submitted(12)
    twin.behave(latency=0.4)

    def delete():
        wait_until(lambda: twin.stats()["calls"] >= 2)
        batch.project.deleted_at = batch.submitted_at
        batch.project.save(update_fields=["deleted_at"])
        connection.close()

    threading.Thread(target=delete, daemon=True).start()
    work(window=2)
    tasks.sweep()

    assert twin.stats()["calls"] <= 4
    assert Batch.objects.get().status == "cancelled"
    assert states(batch) <= {"done", "cancelled"}
    assert broken() == []


POISON = "/p1"


def test_poisonous_page_is_quarantined_and_the_others_are_done(twin, monkeypatch):
    """Its text makes the process die, as the kernel does with one that eats all memory."""
    batch = submitted(5)
    read = attempts.PageText.from_extraction

    def die_of(extraction, url):
        if url.endswith(POISON):
            os.kill(os.getpid(), signal.SIGKILL)
        return read(extraction, url)

    monkeypatch.setattr(attempts.PageText, "from_extraction", die_of)
    deaths = 0
    while Batch.objects.get().status != "completed" and deaths < 10:
        deaths += ending(grown(lambda: work(window=2))) == -signal.SIGKILL
        bury()
        tasks.sweep()

    batch.refresh_from_db()
    assert (batch.status, batch.done_count, batch.failed_count) == ("completed", 4, 1)
    assert batch.runs.get(page__path=POISON).error_code == "quarantined"
    assert deaths == PageRun.MOST_KILLS
    assert broken() == []


def test_page_that_needs_more_memory_than_there_is_fails_alone(twin, monkeypatch):
    """The operating system bounds the worker, and refuses what this page asks for."""
    batch = submitted(2)
    read = attempts.PageText.from_extraction

    def grow(extraction, url):
        needed = bytearray(16 << 30 if url.endswith(POISON) else 0)
        return read(extraction | {"needed": len(needed)}, url)

    def work_within_bounds():
        resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
        work()

    monkeypatch.setattr(attempts.PageText, "from_extraction", grow)
    assert ending(grown(work_within_bounds)) == 0

    assert sorted(batch.runs.values_list("status", "error_code")) == [("done", ""), ("failed", "too_large")]
    assert batch.runs.get(status="failed").attempts == 1
    assert broken() == []


def test_two_beats_at_once_do_everything_once():
    batch = submitted(4)
    queue.claim("dead", 2)
    PageRun.objects.filter(status="queued").update(status="done", finished_at=batch.submitted_at)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE batches_pagerun SET lease_expires_at = now() WHERE status = 'processing'")

    sweeps = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in sweeps:
        thread.start()
    for thread in sweeps:
        thread.join()

    assert events("lease.expired") == 2
    assert set(batch.runs.values_list("status", "kills")) == {("queued", 1), ("done", 0)}


def sweep():
    tasks.sweep()
    connection.close()


def test_beat_that_comes_back_finds_no_heap_of_old_ticks(settings):
    late = [
        name for name, entry in settings.CELERY_BEAT_SCHEDULE.items()
        if not 0 < (entry.get("options") or {}).get("expires", 0) <= 3600
    ]  # fmt: skip

    assert late == []


# Every task is listed here, so that a new one is thought about.
TASKS = {
    "batches.tasks.run_economy", "batches.tasks.run_executor", "batches.tasks.send_outbox",
    "batches.tasks.sweep", "nimbus.tasks.forget_answers", "batches.tasks.deliver_webhooks",
    "batches.tasks.purge", "batches.tasks.sweep_files", "accounts.tasks.mind_rights",
    "accounts.tasks.sign_heads", "batches.tasks.queue_digests", "batches.tasks.carry_out_groups",
    "batches.tasks.recalibrate",
}  # fmt: skip


def own_tasks():
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def test_every_task_is_known_and_takes_no_arguments():
    """So that old and new code understand each other's messages while a new version is rolled out."""
    tasks_found = own_tasks()

    assert set(tasks_found) == TASKS
    assert [name for name, task in tasks_found.items() if task.run.__code__.co_argcount] == []


def test_every_task_delivered_ten_times_changes_nothing_more(twin):
    batch = submitted(2)
    for name in sorted(own_tasks()):
        for _ in range(10):
            own_tasks()[name].run()
            if name == "batches.tasks.run_executor":
                break
    once = list(AuditEvent.objects.order_by("id").values_list("action", "target"))
    for name in sorted(own_tasks()):
        for _ in range(10):
            own_tasks()[name].run()

    assert states(batch) == {"done"}
    again = list(AuditEvent.objects.order_by("id").values_list("action", "target"))
    assert again == once
    assert events("batch.completed") == 1
    assert broken() == []


@pytest.mark.parametrize("offset_s", [3600, -3600])
def test_worker_whose_clock_is_an_hour_wrong_keeps_its_leases_and_its_calls(twin, settings, offset_s):
    settings.CLOCK_OFFSET_S = offset_s
    batch = submitted(2, review_mode="auto")
    claims = queue.claim("w", 2)

    assert queue.reclaim() == 0
    queue.release(claims)
    work()
    tasks.sweep()

    assert states(batch) == {"done"}
    assert not ModelCall.objects.filter(outcome="lost").exists()
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM batches_modelcall c, batches_suggestion s
            WHERE abs(extract(epoch FROM c.sent_at - now())) > 600
                OR abs(extract(epoch FROM s.decided_at - now())) > 600"""
        )
        assert cursor.fetchone() == (0,)
    assert broken() == []
