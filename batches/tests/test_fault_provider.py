"""The provider storms, hangs, swaps answers, turns the key down; pages wait, and none pays for it."""

import threading
import time

import pytest

from accounts.models import AuditEvent, Membership, User
from batches import attempts, doctor, executor, queue
from batches.models import Batch, ModelCall, OutboxMail, PageRun, Suggestion
from batches.tests.deaths import states, work
from batches.tests.factories import make_batch, make_project

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def impatience(monkeypatch, settings):
    settings.OPENAI_TIMEOUT_S = 1
    monkeypatch.setattr(attempts, "FIRST_BACKOFF_S", 0.05)
    monkeypatch.setattr(executor, "LINGER_S", 0.5)


def submitted(pages=3, **settings):
    return queue.submit(make_batch(make_project(settings=settings), pages), by="system")


def broken():
    return [(finding.name, finding.breaches) for finding in doctor.examine() if not finding.is_well]


def calm_after(twin, seconds, **calm):
    threading.Timer(seconds, lambda: twin.behave(**calm)).start()


def work_until_done(batch, seconds=40):
    """As wake-ups do: one run after the other while there is something to do."""
    end = time.monotonic() + seconds
    while Batch.objects.get(id=batch.id).status in ("queued", "processing"):
        assert time.monotonic() < end
        work()


def test_storm_of_errors_fails_no_page_and_burns_no_attempt_for_long(twin):
    batch = submitted(pages=12)
    twin.behave(server_error=1.0)
    calm_after(twin, 3, server_error=0.0)

    work_until_done(batch)

    assert states(batch) == {"done"}
    # The breaker opened: far fewer calls than an endless storm would take.
    assert twin.stats()["outcomes"]["server_error"] < 60
    assert broken() == []


@pytest.mark.parametrize("fault", ["hang", "reset", "cut_body"])
def test_lines_that_break_are_asked_again(twin, fault):
    batch = submitted(pages=4)
    twin.behave(**{fault: 0.6})
    calm_after(twin, 2.5, **{fault: 0.0})

    work_until_done(batch)

    assert states(batch) == {"done"}
    assert ModelCall.objects.filter(outcome="lost").exists()
    assert broken() == []


def test_key_that_is_turned_down_pauses_the_batch_and_burns_nothing(twin):
    batch = submitted()
    twin.behave(key_state="invalid")

    work()

    batch.refresh_from_db()
    assert (batch.status, batch.pause_reason) == ("paused", "provider_auth")
    assert set(batch.runs.values_list("status", "attempts")) == {("queued", 0)}
    assert AuditEvent.objects.filter(action="batch.paused").count() == 1


def test_batch_goes_on_once_the_bill_is_paid(twin):
    batch = submitted()
    twin.behave(key_state="no_quota")
    work()
    assert Batch.objects.get().pause_reason == "provider_quota"

    twin.behave(key_state="ok")
    queue.resume(Batch.objects.get(), by="system")
    work_until_done(batch)

    assert states(batch) == {"done"}
    assert broken() == []


def letters():
    return list(OutboxMail.objects.order_by("id").values_list("kind", "to", "subject"))


def test_owner_is_told_once_of_each_pause_and_members_are_not(twin):
    batch = submitted()
    owner = batch.project.creator
    member = User.objects.create_user("member@acme.test", "a-long-password")
    Membership.objects.create(organization=batch.project.organization, user=member, role="editor")
    twin.behave(key_state="no_quota")
    work()
    work()

    subject = "Paused: Acme. The provider's quota is used up"
    assert letters() == [("batch_paused", owner.email, subject)]
    assert f"/batches/{batch.id}" in OutboxMail.objects.get().text

    queue.resume(Batch.objects.get(), by="system")
    work()

    assert letters()[1:] == [("batch_paused_1", owner.email, subject)]


def test_answer_for_another_request_is_not_stored(twin):
    batch = submitted(pages=2)
    twin.behave(wrong_ids=1.0)

    work()

    assert set(batch.runs.values_list("status", "error_code")) == {("failed", "invalid_output")}
    assert not Suggestion.objects.exclude(text="").exists()
    assert broken() == []


def test_model_that_is_gone_fails_the_pages_with_its_name_for_it(twin, settings):
    settings.OPENAI_BASE_URL = twin.base_url + "/retired"
    batch = submitted(pages=2)

    work()

    assert set(batch.runs.values_list("status", "error_code")) == {("failed", "model_not_found")}
    assert PageRun.objects.exclude(error_message="").count() == 2
