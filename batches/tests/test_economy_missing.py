"""The economy lane where answers are missing, late, repeated or refused: their pages go live, paid once."""

import time

import pytest
from django.db import connection

from accounts.models import AuditEvent
from batches import (
    economy,
    queue,
)
from batches.models import ProviderBatch
from batches.tests.factories import make_batch, make_project
from batches.tests.frugal import actions, calls, drive, submitted, wait_a_poll
from optimizer.economy import Economy

# What the twin takes one of these pages for.
TOKENS = 720
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def lane(twin, settings):
    settings.ECONOMY_POLL_S = 0.02
    twin.behave(batch_seconds=0, latency=0)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("batch_missing", "missing_line"),
        ("batch_cut", "missing_line"),
        ("batch_errors", "provider_error"),
        ("rate_limited", "rate_limited"),
        ("hang", "request_timeout"),
    ],
)
def test_page_without_an_answer_goes_live(twin, fault, code):
    twin.behave(**{fault: 1.0})
    batch = submitted()
    economy.run()
    wait_a_poll()
    economy.run()
    twin.behave(**{fault: 0})
    drive(batch)

    assert (batch.status, batch.done_count) == ("completed", 3)
    assert set(batch.runs.values_list("lane", flat=True)) == {"live"}
    assert set(calls(provider_batch__isnull=False).values_list("error_code", flat=True)) == {code}
    assert twin.stats()["paid_calls"] == 3
    assert "page.replanned" in actions(batch)


def test_only_the_pages_without_an_answer_go_live(twin):
    twin.behave(batch_missing=0.4)
    batch = drive(submitted(12))

    lanes = list(batch.runs.values_list("lane", flat=True))
    assert 0 < lanes.count("live") < 12
    row = ProviderBatch.objects.get()
    assert (row.answered_count, row.missing_count) == (lanes.count("economy"), lanes.count("live"))
    assert twin.stats()["paid_calls"] == lanes.count("live")
    # What may have been paid and never came stands at its full reservation.
    assert calls(outcome="lost", cost_microdollars__gt=0).count() == row.missing_count


def test_lines_that_come_twice_or_for_nobody_change_nothing(twin):
    twin.behave(batch_repeated=1.0, batch_unknown=1.0)
    batch = drive(submitted())

    row = ProviderBatch.objects.get()
    assert (row.answered_count, row.repeated_count, row.unknown_count) == (3, 3, 3)
    assert calls().count() == 3
    assert (batch.status, batch.done_count) == ("completed", 3)
    told = AuditEvent.objects.get(action="provider_batch.ended").data
    assert (told["repeated"], told["unknown"]) == (3, 3)


def test_answers_for_another_tenants_page_reach_nobody(twin, monkeypatch):
    twin.behave(batch_seconds=60)
    theirs = submitted()
    mine = queue.submit(make_batch(make_project("other"), 1, lane="economy"), by="system")
    economy.run()
    lines = Economy.lines

    def forge(self, file_id):
        for line in lines(self, file_id):
            yield line.__class__(custom_id, line.completion) if line.custom_id.startswith(name) else line

    custom_id = calls(batch=theirs).first().custom_id
    name = f"run-{mine.runs.get().pk}-"
    monkeypatch.setattr(Economy, "lines", forge)
    twin.behave(batch_seconds=0)
    wait_a_poll()
    economy.run()

    assert ProviderBatch.objects.get(batch=mine).unknown_count == 1
    assert calls(batch=mine).get().outcome == "lost"
    assert set(calls(batch=theirs).values_list("outcome", flat=True)) == {"answered"}


@pytest.mark.parametrize("status", ["expired", "cancelled"])
def test_what_was_done_before_the_end_is_kept_and_the_rest_goes_live(twin, settings, status):
    twin.behave(batch_seconds=1.0)
    batch = submitted(12)
    economy.run()
    time.sleep(0.4)
    if status == "expired":
        twin.behave(batch_window=0.4)
    else:
        set_deadline("now() - interval '1 second'")
    drive(batch)

    row = ProviderBatch.objects.get()
    assert row.status == status
    assert 0 < row.answered_count < 12 == row.answered_count + row.failed_count
    assert (batch.status, batch.done_count) == ("completed", 12)
    stats = twin.stats()
    assert (stats["batch_paid_calls"], stats["paid_calls"]) == (row.answered_count, 12 - row.answered_count)


def set_deadline(value, table="batches_providerbatch", column="deadline_at"):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = {value}")


def test_provider_that_never_ends_is_given_up(twin, monkeypatch):
    twin.behave(batch_seconds=3600)
    batch = submitted()
    economy.run()
    set_deadline("now() - interval '1 hour'")

    drive(batch)

    assert ProviderBatch.objects.get().status == "given_up"
    assert batch.done_count == 3
    assert calls(outcome="lost", error_code="deadline").count() == 3


def test_batch_that_the_provider_forgot_goes_live(twin):
    twin.behave(batch_seconds=3600)
    batch = submitted()
    economy.run()
    twin.batches.jobs.clear()

    drive(batch)

    assert ProviderBatch.objects.get().status == "gone"
    assert batch.done_count == 3


def test_failed_validation_costs_nothing_and_goes_live(twin):
    twin.behave(batch_invalid="invalid_json_line")
    batch = drive(submitted())

    assert ProviderBatch.objects.get().error_code == "invalid_json_line"
    assert (batch.done_count, twin.stats()["batch_paid_calls"]) == (3, 0)
    assert not calls(provider_batch__isnull=False).exclude(outcome="failed", cost_microdollars=0).exists()


def test_provider_without_room_gets_fewer_pages_at_a_time(twin):
    twin.behave(batch_enqueued_tokens=9 * TOKENS // 2)
    batch = drive(submitted(8))

    sizes = list(ProviderBatch.objects.order_by("id").values_list("request_count", "error_code"))
    assert sizes[0] == (8, "token_limit_exceeded")
    assert max(size for size, code in sizes if not code) <= 4
    assert (batch.done_count, twin.stats()["batch_paid_calls"], twin.stats()["paid_calls"]) == (8, 8, 0)


def test_page_that_finds_no_room_in_time_goes_live(twin):
    twin.behave(batch_enqueued_tokens=1)
    batch = submitted()
    economy.run()
    wait_a_poll()
    economy.run()
    set_deadline("now() - interval '1 second'", "batches_pagerun", "parked_until")

    drive(batch)

    assert set(batch.runs.values_list("lane", flat=True)) == {"live"}
    assert twin.stats()["batch_paid_calls"] == 0


def test_file_takes_no_more_than_the_provider_allows(twin, monkeypatch):
    monkeypatch.setattr(Economy, "most_requests", 2)
    batch = drive(submitted(5))

    assert sorted(ProviderBatch.objects.values_list("request_count", flat=True)) == [1, 2, 2]
    assert (batch.done_count, twin.stats()["paid_calls"]) == (5, 0)


def test_page_larger_than_a_file_goes_live(twin, monkeypatch):
    monkeypatch.setattr(Economy, "most_bytes", 100)
    batch = drive(submitted(2))

    assert (batch.done_count, twin.stats()["paid_calls"], twin.stats()["batches"]) == (2, 2, 0)
