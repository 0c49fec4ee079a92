"""The economy lane under SIGKILL, lost replies and lying files: nothing lost or paid twice."""

import pytest
from django.db.models import Sum

from accounts.models import AuditEvent
from batches import economy, economy_answers, tasks
from batches.models import ModelCall, ProviderBatch
from batches.tests.deaths import dies_at
from batches.tests.frugal import PAGES, broken, bury, drive, recovers, run_twice, submitted
from optimizer.economy import Economy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def lane(twin, settings):
    settings.ECONOMY_POLL_S = 0.02
    twin.behave(batch_seconds=0, latency=0)


@pytest.fixture
def batch():
    return submitted()


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
