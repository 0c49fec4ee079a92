"""What the flow spends stands in the ledger, and a cap stops it, tells why, and lets it go on."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from accounts.models import AuditEvent
from batches import attempts, caps, committer, engines, executor, paid_calls, queue, tasks
from batches.models import Batch, ModelCall, OutboxMail, PageRun, WebhookDelivery, WebhookEndpoint
from batches.tests.factories import make_batch, make_project, make_run
from batches.tests.test_executor import Provider
from optimizer.types import Completion, Prompt, Usage
from projects.models import Project, SpendDay, SpendEntry, SpendTotal

pytestmark = pytest.mark.django_db(transaction=True)
# What the provider of these tests takes for a call, in micro-dollars.
PRICE = 3500
USAGE = Usage(10_000, 500)
PROMPT = Prompt(system="s" * 400, user="u" * 400, schema={}, max_output_tokens=1000)


class Dear(Provider):
    async def complete(self, prompt):
        return replace(await super().complete(prompt), usage=USAGE)


@pytest.fixture
def batch(monkeypatch, settings):
    """Six pages and a paid provider."""
    settings.OPENAI_API_KEY = "sk-for-tests"
    monkeypatch.setattr(engines, "make", lambda choice: Dear())
    monkeypatch.setattr(attempts, "ROOM_WAIT_S", 0.01)
    monkeypatch.setattr(executor, "LINGER_S", 0.1)
    batch = make_batch(make_project(), 0)
    # Each its own words, since the same request is not bought twice.
    for number in range(6):
        make_run(batch, f"/p{number}", f"Title {number}")
    return queue.submit(batch, by="system")


def run():
    executor.run("test-worker", 8, 20)


def total(owner):
    return SpendTotal.objects.get(owner=getattr(owner, "id", owner))


def sums():
    return dict(SpendEntry.objects.values("kind").annotate(n=Sum("microdollars")).values_list("kind", "n"))


def write(sent=(), ended=()):
    """A group commit as the executor makes it; the writes, with the calls that were refused."""
    writes = committer.Writes(sent=[(call, None) for call in sent], ended=list(ended))
    committer.write(writes)
    return writes


def reserved_call(batch, prompt=PROMPT):
    (claim,) = queue.claim("w", 1)
    call = paid_calls.prepare(claim, prompt, "gpt-5-mini")
    assert not write(sent=[call]).refused
    return call


def grow_old():
    ModelCall.objects.update(sent_at=timezone.now() - timedelta(days=1))


def test_ledger_equals_the_journal_and_the_pages(batch):
    run()

    batch.refresh_from_db()
    calls = ModelCall.objects.filter(outcome="answered")
    spent = calls.aggregate(n=Sum("cost_microdollars"))["n"]
    owners = (batch.id, batch.project_id, batch.organization_id)
    assert [(total(o).spent, total(o).reserved) for o in owners] == [(spent, 0)] * 3
    assert spent == batch.cost_microdollars == PRICE * calls.count() > 0
    assert sums()["reserve"] - sums()["refund"] == sums()["settle"] == spent
    assert SpendDay.objects.aggregate(n=Sum("calls"))["n"] == calls.count()


def test_offline_engine_spends_nothing(monkeypatch):
    monkeypatch.setattr(executor, "LINGER_S", 0.1)
    queue.submit(make_batch(make_project()), by="system")

    run()

    assert not SpendEntry.objects.exists()


def test_call_whose_worker_died_is_settled_at_its_reservation_once(batch):
    call = reserved_call(batch)
    grow_old()

    tasks.sweep()
    tasks.sweep()

    lost = ModelCall.objects.get(id=call.id)
    assert (lost.outcome, lost.cost_microdollars) == ("lost", call.cost_microdollars)
    assert (total(batch).spent, total(batch).reserved) == (call.cost_microdollars, 0)


def test_answer_that_comes_after_its_call_was_lost_changes_neither_journal_nor_ledger(batch):
    call = reserved_call(batch)
    most = call.cost_microdollars
    grow_old()
    tasks.sweep()

    call.answer(Completion("{}", "gpt-5-mini", Usage(10, 10), "stop", "req-1"), 900)
    write(ended=[call])

    assert ModelCall.objects.get(id=call.id).outcome == "lost"
    assert total(batch).spent == most


def test_failed_call_gives_everything_back(batch):
    call = reserved_call(batch)

    call.fail("rate_limited", 0.1)
    write(ended=[call])

    assert (total(batch).spent, total(batch).reserved) == (0, 0)


def test_call_that_finds_no_room_is_not_in_the_journal(batch):
    caps.set_of_batch(batch, "system", 10)
    (claim,) = queue.claim("w", 1)
    call = paid_calls.prepare(claim, PROMPT, "gpt-5-mini")

    refused = write(sent=[call]).refused

    assert "The batch's cap of $0.00001 leaves no room" in str(refused[call.id])
    assert refused[call.id].is_final
    assert not ModelCall.objects.exists()
    assert not SpendEntry.objects.exists()


def test_calls_that_wait_for_others_to_end_do_not_pause_the_batch(batch):
    # Room for every page, some after the others.
    caps.set_of_batch(batch, "system", 40_000)

    run()

    batch.refresh_from_db()
    assert (batch.status, batch.done_count) == ("completed", 6)
    assert total(batch).spent <= 40_000


@pytest.fixture
def capped(batch):
    """Its cap was reached on the way."""
    WebhookEndpoint.objects.create(
        organization_id=batch.organization_id, project=batch.project, url="https://acme.test/",
        events=["budget.reached"], secret_ciphertext=b"0",
    )  # fmt: skip
    caps.set_of_project(batch.project, "system", 16_000)
    run()
    batch.refresh_from_db()
    return batch


@pytest.fixture(autouse=True)
def dear(monkeypatch):
    """One call at a time takes most of the room, so that few pages are done before the cap is reached."""
    monkeypatch.setattr(paid_calls, "FRAME_TOKENS", 35_000)


def test_cap_pauses_the_batch_and_names_itself(capped):
    assert (capped.status, capped.pause_reason) == ("paused", "budget")
    assert 0 < capped.done_count < 6
    assert total(capped).spent <= 16_000
    assert not PageRun.objects.filter(attempts__gt=1)
    assert "project's cap" in AuditEvent.objects.get(action="batch.paused").message


def test_owner_hears_of_it_once_by_mail_and_webhook(capped):
    tasks.sweep()

    mails = OutboxMail.objects.filter(kind="budget")
    assert mails.filter(subject__startswith="Reached: the project's cap for").count() == 1
    assert f"The batch {capped} is paused" in mails.get(subject__startswith="Reached").text
    data = WebhookDelivery.objects.get().payload["data"]
    assert (data["cap"], data["batch_id"], data["cap_usd"]) == ("project", capped.id, 0.016)


def test_resuming_is_refused_until_the_cap_is_raised(capped):
    with pytest.raises(queue.BudgetReachedError, match="project's cap"):
        queue.resume(capped, "system")
    tasks.sweep()
    assert Batch.objects.get().status == "paused"

    caps.set_of_project(capped.project, capped.project.creator, 10_000_000)

    assert Batch.objects.get().status == "processing"
    run()
    assert Batch.objects.get().status == "completed"
    event = AuditEvent.objects.filter(action="cap.changed").latest("id")
    assert event.data == {"cap": "project", "from_microdollars": 16_000, "to_microdollars": 10_000_000}


def test_next_month_lets_the_batch_go_on(capped):
    SpendTotal.objects.filter(owner=capped.project_id).update(spent=0)

    tasks.sweep()

    assert Batch.objects.get().status == "processing"


def test_shares_of_a_cap_are_mailed_once_each(batch):
    Project.objects.filter(id=batch.project_id).update(monthly_cap_microdollars=100_000)
    subjects = []
    for cost in (40_000, 15_000, 4_000, 30_000, 16_000):
        call = reserved_call(batch)
        call.answer(Completion("{}", "gpt-5-mini", Usage(cost * 4, 0), "stop", "req"), 1)
        write(ended=[call])
        subjects.append(OutboxMail.objects.filter(kind="budget").count())

    assert subjects == [0, 1, 1, 2, 3]
    texts = OutboxMail.objects.filter(kind="budget").order_by("id").values_list("subject", flat=True)
    month = total(batch.project_id).month
    assert list(texts) == [
        f"50 % of the project's cap for {month} is spent",
        f"80 % of the project's cap for {month} is spent",
        f"Reached: the project's cap for {month}",
    ]


def test_raised_cap_tells_its_own_shares_again(batch):
    caps.set_of_batch(batch, "system", 100_000)
    for spent, cap in ((60_000, 100_000), (20_000, 110_000)):
        caps.set_of_batch(batch, "system", cap)
        call = reserved_call(batch)
        call.answer(Completion("{}", "gpt-5-mini", Usage(spent * 4, 0), "stop", "req"), 1)
        write(ended=[call])

    assert OutboxMail.objects.filter(kind="budget").count() == 1
    assert total(batch).told_percent == 50
