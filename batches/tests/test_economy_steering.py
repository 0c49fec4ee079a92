"""People and settings that change while a batch waits in the economy lane."""

import time

import pytest

from batches import (
    economy,
    economy_pages,
    executor,
    queue,
    steering,
)
from batches.models import PageRun, ProviderBatch
from batches.tests.frugal import calls, drive, submitted, wait_a_poll

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def lane(twin, settings):
    settings.ECONOMY_POLL_S = 0.02
    twin.behave(batch_seconds=0, latency=0)


def test_cancelled_batch_is_cancelled_at_the_provider(twin):
    twin.behave(batch_seconds=2.0)
    batch = submitted(12)
    economy.run()
    time.sleep(0.4)
    queue.cancel(batch, by="system")
    economy.run()
    wait_a_poll()
    economy.run()

    row = ProviderBatch.objects.get()
    assert (row.state, row.status) == ("ended", "cancelled")
    assert 0 < twin.stats()["batch_paid_calls"] == row.answered_count < 12
    assert set(batch.runs.values_list("status", flat=True)) == {"cancelled"}


def test_batch_cancelled_before_its_upload_reaches_no_provider(twin):
    batch = submitted()
    economy_pages.gather(batch.id)
    queue.cancel(batch, by="system")

    economy.run()

    assert ProviderBatch.objects.get().state == "ended"
    assert twin.stats()["batches"] == 0


def test_paused_batch_is_not_submitted_until_it_is_resumed(twin):
    batch = submitted()
    queue.pause(batch, by="system")
    economy.run()
    assert twin.stats()["batches"] == 0

    queue.resume(batch, by="system")

    assert drive(batch).done_count == 3


def test_bad_key_pauses_the_batch_and_costs_no_attempt(twin):
    twin.behave(key_state="invalid")
    batch = submitted()
    economy.run()
    batch.refresh_from_db()
    assert (batch.status, batch.pause_reason) == ("paused", "provider_auth")

    twin.behave(key_state="ok")
    queue.resume(batch, by="system")

    assert drive(batch).done_count == 3
    assert set(batch.runs.values_list("lane", "attempts")) == {("economy", 1)}


def test_page_wanted_now_goes_live_and_its_late_answer_moves_nothing(twin):
    twin.behave(batch_seconds=3600)
    batch = submitted(2)
    economy.run()
    wanted = batch.runs.first()
    steering.process_now(wanted, by="system")
    executor.run("w", 8, 10)
    wanted.refresh_from_db()
    assert wanted.status == "done"

    twin.behave(batch_seconds=0)
    drive(batch)

    before, wanted = wanted, PageRun.objects.get(id=wanted.pk)
    assert (wanted.status, wanted.lease_token, wanted.lane) == ("done", before.lease_token, "live")
    assert twin.stats()["paid_calls"] == 1
    # The late answer was paid, so the journal has it.
    assert calls(outcome="answered").count() == 3


def test_both_lanes_run_in_one_batch(twin):
    batch = submitted(4)
    PageRun.objects.filter(id__in=list(batch.runs.values_list("id", flat=True)[:2])).update(
        lane="live", parked_until=None
    )

    drive(batch)

    assert sorted(batch.runs.values_list("lane", flat=True)) == ["economy"] * 2 + ["live"] * 2
    assert (twin.stats()["paid_calls"], twin.stats()["batch_paid_calls"]) == (2, 2)


def test_changed_settings_leave_bought_answers_of_use(twin):
    twin.behave(batch_seconds=3600)
    batch = submitted()
    economy.run()
    batch.project.settings = {"tone": "playful", "ai_model": "gpt-5"}
    batch.project.save()
    twin.behave(batch_seconds=0)

    drive(batch)

    assert (twin.stats()["batch_paid_calls"], twin.stats()["paid_calls"]) == (3, 0)


def test_retried_batch_asks_by_the_settings_of_today(twin):
    twin.behave(refusal=1.0)
    batch = drive(submitted(1))
    assert batch.status == "failed"
    twin.behave(refusal=0)
    batch.project.settings = {"ai_model": "gpt-5-nano"}
    batch.project.save()

    queue.retry(batch, by="system")

    assert drive(batch).status == "completed"
    assert list(calls().order_by("sent_at").values_list("model", flat=True)) == ["gpt-5-mini", "gpt-5-nano"]
    assert (twin.stats()["batch_paid_calls"], twin.stats()["paid_calls"]) == (2, 0)
