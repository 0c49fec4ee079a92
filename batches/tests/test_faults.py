"""A worker dies at each fault point; the next one ends the work, and the doctor finds nothing."""

import ast
import time
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

import batches
from accounts.models import AuditEvent
from batches import doctor, executor, faults, queue, reports, results, tasks, wakeups
from batches.models import Batch, ModelCall, OutboxMail, Suggestion
from batches.tests.deaths import bury, dies_at, states, work
from batches.tests.factories import make_batch, make_project
from nimbus import environment

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = 3


@pytest.fixture
def batch():
    return queue.submit(make_batch(make_project(settings={"review_mode": "auto"}), PAGES), by="system")


def broken():
    return [(finding.name, finding.breaches) for finding in doctor.examine() if not finding.is_well]


def recovers(batch):
    """The next worker ends the batch, and everything that is always true still is."""
    bury()
    work()
    tasks.sweep()
    batch.refresh_from_db()
    assert (batch.status, batch.done_count) == ("completed", PAGES)
    assert broken() == []
    assert AuditEvent.objects.filter(action="batch.completed").count() == 1
    return True


def test_death_after_claim_costs_nothing_but_time(batch, twin, settings):
    assert dies_at("after_claim", settings, work)

    assert states(batch) == {"processing"}
    assert twin.stats()["calls"] == 0
    assert recovers(batch)
    assert set(batch.runs.values_list("attempts", flat=True)) == {2}


def test_death_before_the_calls_leaves_them_in_the_journal(batch, twin, settings):
    assert dies_at("after_journal_before_call", settings, work)

    assert twin.stats()["calls"] == 0
    assert set(ModelCall.objects.values_list("outcome", flat=True)) == {"sent"}
    assert recovers(batch)


def test_death_after_an_answer_buys_each_page_at_most_once_more(batch, twin, settings):
    assert dies_at("after_answer_before_commit", settings, work)

    assert recovers(batch)
    calls = twin.stats()["paid_calls"]
    assert PAGES < calls <= 2 * PAGES
    # Every paid call beyond one a page is a journal row.
    assert ModelCall.objects.count() >= calls
    assert ModelCall.objects.filter(outcome="sent").count() >= calls - PAGES


def test_death_before_the_result_keeps_no_half_of_it(batch, twin, settings):
    assert dies_at("before_result", settings, work)

    assert not Suggestion.objects.exists()
    assert recovers(batch)


def test_death_inside_a_commit_leaves_nothing_of_it(batch, twin, settings):
    assert dies_at("inside_commit", settings, work)

    assert not ModelCall.objects.exists()
    assert not Suggestion.objects.exists()
    assert recovers(batch)


def test_death_after_a_commit_is_no_loss(batch, twin, settings):
    assert dies_at("after_commit", settings, work)

    assert recovers(batch)


def test_death_at_the_end_of_a_batch_ends_it_once_with_one_mail(batch, twin, settings):
    assert dies_at("inside_finish", settings, work)

    assert not OutboxMail.objects.exists()
    assert recovers(batch)
    assert OutboxMail.objects.filter(batch=batch).count() == 1


def test_death_between_the_last_page_and_the_end_is_seen_by_the_sweep(batch, twin, settings, monkeypatch):
    # Where nobody ends the batch in the last page's own commit.
    with monkeypatch.context() as patch:
        patch.setattr(results, "finish", lambda ids: [])
        work()
    assert Batch.objects.get().status == "processing"

    tasks.sweep()
    tasks.sweep()

    assert Batch.objects.get().status == "completed"
    assert OutboxMail.objects.filter(batch=batch).count() == 1
    assert broken() == []


def test_death_after_a_release_burns_no_attempt(batch, twin, settings):
    twin.behave(latency=3.0)
    assert dies_at("after_release", settings, stop_soon)

    # The call under way goes on; what only waited went back.
    waiting = batch.runs.filter(status="queued")
    assert set(waiting.values_list("attempts", flat=True)) == {0}
    assert waiting.count() >= 2
    twin.behave(latency=0.05)
    assert recovers(batch)


def stop_soon():
    begun = time.monotonic()
    executor.run("worker", 1, 20, lambda: time.monotonic() - begun > 0.5)


def test_death_inside_the_sweep_is_mended_by_the_next(batch, twin, settings):
    queue.claim("dead", PAGES)
    assert dies_at("inside_sweep", settings, tasks.sweep)

    assert recovers(batch)


def test_submit_whose_wake_up_was_lost_is_offered_by_the_sweep(twin, settings, monkeypatch):
    batch = make_batch(make_project(), PAGES)
    assert dies_at("before_wakeup", settings, lambda: queue.submit(batch, by="system"))
    sent = []
    monkeypatch.setattr(wakeups, "send", lambda: sent.append("run_executor"))

    tasks.sweep()

    assert Batch.objects.get().status == "queued"
    assert sent == ["run_executor"]


def test_mail_whose_sender_died_comes_again_under_the_same_id(batch, settings, monkeypatch):
    work()
    (letter,) = OutboxMail.objects.all()
    assert dies_at("after_mail_before_mark", settings, reports.send_outbox)
    assert OutboxMail.objects.get().sent_at is None

    reports.send_outbox()

    letter.refresh_from_db()
    assert letter.sent_at
    assert reports.send_outbox() == 0


def test_without_a_name_no_point_strikes(settings):
    settings.FAULT_POINTS = {}

    for name in faults.POINTS:
        faults.strike(name)


def calls_of_strike():
    for path in Path(batches.__file__).parent.rglob("*.py"):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("faults.strike"):
                yield ast.literal_eval(node.args[0])


def test_every_point_stands_in_the_code_and_has_its_test():
    assert set(calls_of_strike()) == set(faults.POINTS)
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in faults.POINTS if f'dies_at("{name}"' not in tests] == []


@pytest.mark.parametrize("text", ["a:2", "a:x", "a:-1", "a:nan"])
def test_wrong_share_stops_the_start(text, monkeypatch):
    monkeypatch.setenv("NIMBUS_FAULT_POINTS", text)

    with pytest.raises(ImproperlyConfigured, match="NIMBUS_FAULT_POINTS"):
        environment.shares("NIMBUS_FAULT_POINTS")
