"""What the sweep sets right, and its wake-ups."""

import pytest
from django.db import connection

from accounts.models import AuditEvent
from batches import committer, journal, paid_calls, queue, results, tasks, wakeups
from batches.models import Batch, ModelCall, PageRun
from batches.tests.factories import make_batch, make_project
from optimizer.types import Completion, Prompt, Usage

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    """The wake-ups that would have gone to the broker."""
    messages = []
    monkeypatch.setattr(wakeups, "send", lambda: messages.append("run_executor"))
    return messages


@pytest.fixture
def batch():
    return queue.submit(make_batch(make_project()), by="system")


def let_lease_run_out(**fields):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE batches_pagerun SET lease_expires_at = now() - interval '1 second'")
    PageRun.objects.update(**fields)


def test_page_of_a_dead_worker_is_queued_again_and_offered(batch, sent):
    (dead,) = queue.claim("w", 1)
    let_lease_run_out(attempts=1)

    tasks.sweep()

    assert PageRun.objects.values_list("status", "attempts").get() == ("queued", 1)
    event = AuditEvent.objects.get(action="lease.expired")
    assert (event.target, event.batch, event.chain) == (dead.page_id, batch.id, batch.project_id)
    assert sent == ["run_executor"]


def test_living_lease_is_left_alone(batch, sent):
    queue.claim("w", 1)

    tasks.sweep()

    assert PageRun.objects.get().status == "processing"
    assert sent == []


def die(kills, **fields):
    """Workers that die one after the other, each with all pages that are ready in its hands."""
    for number in range(kills):
        for claim in queue.claim(f"w{number}", 10):
            if claim.is_suspect:
                queue.isolate(claim.run_id, claim.token)
        let_lease_run_out(**fields)
        queue.reclaim()


def test_page_that_kills_its_workers_even_alone_is_quarantined_and_its_batch_ends(batch, sent):
    die(kills=5)

    assert PageRun.objects.values_list("status", "error_code").get() == ("failed", "quarantined")
    tasks.sweep()
    assert Batch.objects.get().status == "failed"


def test_who_died_beside_a_poisonous_page_is_innocent(sent):
    batch = queue.submit(make_batch(make_project(), pages=3), by="system")
    die(kills=2)
    poison = batch.runs.order_by("id")[0]

    # All three are suspects now; while the first is worked on alone, the others only wait.
    for _ in range(3):
        claims = {claim.run_id: claim for claim in queue.claim("w", 10)}
        queue.isolate(poison.id, claims[poison.id].token)
        let_lease_run_out()
        queue.reclaim()

    found = list(batch.runs.order_by("id").values_list("status", "kills", "attempts"))
    assert found == [("failed", 5, 4), ("queued", 2, 2), ("queued", 2, 2)]


def test_who_died_with_many_others_dies_alone_three_times_before_it_fails(batch, sent):
    """Where workers are killed by chance, a page has died with many of them and once or twice alone."""
    PageRun.objects.update(kills=1)
    for _ in range(6):
        queue.claim("w", 10)
        let_lease_run_out()
        queue.reclaim()
    assert PageRun.objects.get().kills == PageRun.SUSPECT_KILLS

    die(kills=2)

    assert PageRun.objects.values_list("status", "kills").get() == ("queued", 4)


def test_deaths_without_a_suspect_fail_no_page(batch, sent):
    queue.claim("w", 1)
    let_lease_run_out(attempts=5, kills=9)

    queue.reclaim()

    assert PageRun.objects.values_list("status", "attempts").get() == ("queued", 4)


def test_open_batch_of_a_deleted_project_is_cancelled(batch, sent):
    batch.project.deleted_at = batch.submitted_at
    batch.project.save()

    tasks.sweep()

    assert Batch.objects.get().status == "cancelled"
    assert PageRun.objects.get().status == "cancelled"


def test_batch_whose_last_page_ended_unseen_is_completed_once(batch, sent):
    queue.claim("w", 1)
    PageRun.objects.update(status="done")

    tasks.sweep()
    tasks.sweep()

    assert Batch.objects.get().status == "completed"
    assert AuditEvent.objects.filter(action="batch.completed").count() == 1


def test_call_that_nobody_saw_the_end_of_is_lost_at_its_reservation(batch, sent):
    (claim,) = queue.claim("w", 1)
    prompt = Prompt(system="s" * 400, user="u" * 400, schema={}, max_output_tokens=1000)
    old, young = (paid_calls.prepare(claim, prompt, "gpt-5-mini") for _ in range(2))
    journal.write([old, young])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE batches_modelcall SET sent_at = now() - interval '1 day' WHERE id = %s", [old.id]
        )

    tasks.sweep()

    lost = ModelCall.objects.get(id=old.id)
    # Every byte of the texts might be a token of its own.
    most = (800 + paid_calls.FRAME_TOKENS) * 0.25 + 1000 * 2
    assert (lost.outcome, lost.cost_microdollars) == ("lost", most)
    assert ModelCall.objects.get(id=young.id).outcome == "sent"


def test_stored_answer_comes_back_word_for_word(batch):
    (claim,) = queue.claim("w", 1)
    prompt = Prompt(system="s", user="u", schema={"type": "object"}, max_output_tokens=10)
    call = paid_calls.prepare(claim, prompt, "gpt-5-mini")
    journal.write([call])
    assert journal.find(batch.id, claim.run_id, call.request_hash) is None
    completion = Completion('{"items": []} é', "gpt-5-mini", Usage(3, 4), "stop", "req-9")

    call.answer(completion, 0.5)
    journal.complete([call])

    assert journal.find(batch.id, claim.run_id, call.request_hash) == (call.id, completion)
    # Of another page of the same words: it was not bought for it.
    assert journal.find(batch.id, 0, call.request_hash)[1].usage == Usage(0, 0)
    journal.spoil([call.id])
    assert journal.find(batch.id, claim.run_id, call.request_hash) is None


@pytest.mark.django_db(transaction=True)
def test_broker_that_is_down_fails_no_submit(monkeypatch):
    batch = make_batch(make_project())

    def refuse(*_, **__):
        raise ConnectionError("no broker")

    monkeypatch.setattr(wakeups.app, "send_task", refuse)
    queue.submit(batch, by="system")

    assert Batch.objects.get().status == "queued"


def test_bad_result_does_not_sink_the_others():
    queue.submit(make_batch(make_project(), pages=2), by="system")
    good, bad = queue.claim("w", 2)
    outcomes = [
        results.Outcome(good, "done", model="offline"),
        results.Outcome(bad, "done", model="of\0line"),
    ]

    committer.commit(committer.Writes(outcomes=outcomes))

    stored = dict(PageRun.objects.values_list("id", "status"))
    assert stored == {good.run_id: "done", bad.run_id: "failed"}
