"""The executor on the real database, with a provider that is told how to behave."""

import asyncio
import time
import uuid
from dataclasses import replace

import pytest
from django.db import connection

from accounts import chains
from accounts.models import AuditEvent
from batches import attempts, contexts, engines, executor, queue, tasks
from batches.models import Batch, ModelCall, PageRun, Suggestion
from batches.tests.factories import make_batch, make_project
from optimizer.errors import CompletionError, ProviderBlockedError, ProviderError
from optimizer.limits import RateLimit
from optimizer.offline import OfflineProvider
from optimizer.types import Usage

pytestmark = pytest.mark.django_db(transaction=True)


class Provider:
    """Answers as the offline engine does, but for money, after `behave` had its say."""

    rate_limit = RateLimit()

    def __init__(self, behave=None):
        self.behave = behave
        self.calls = self.under_way = self.most_under_way = 0

    async def complete(self, prompt):
        self.calls += 1
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            if self.behave:
                await self.behave(self)
            answer = await OfflineProvider().complete(prompt)
            return replace(answer, model="gpt-5-mini", usage=Usage(1000, 100), request_id="req-1")
        finally:
            self.under_way -= 1

    async def aclose(self):
        self.is_closed = True


@pytest.fixture
def buy(monkeypatch, settings):
    """A paid provider for every batch; no patience where a test would only wait."""
    # A new key, since workers remember what they know about one.
    settings.OPENAI_API_KEY = f"sk-{uuid.uuid4()}"
    monkeypatch.setattr(attempts, "FIRST_BACKOFF_S", 0.01)
    monkeypatch.setattr(executor, "LINGER_S", 0.3)

    def use(behave=None):
        provider = Provider(behave)
        monkeypatch.setattr(engines, "make", lambda choice: provider)
        return provider

    return use


def submitted(pages=1, **settings):
    return queue.submit(make_batch(make_project(settings=settings), pages), by="system")


def run(window=8, run_s=20, should_stop=lambda: False):
    return executor.run("test-worker", window, run_s, should_stop)


def actions(batch):
    return list(AuditEvent.objects.filter(batch=batch.id).order_by("seq").values_list("action", flat=True))


def test_offline_batch_runs_from_submit_to_completed(monkeypatch):
    monkeypatch.setattr(executor, "LINGER_S", 0.1)
    batch = submitted(pages=3)

    assert run() == 3

    batch.refresh_from_db()
    assert (batch.status, batch.done_count, batch.cost_microdollars) == ("completed", 3, 0)
    assert set(batch.runs.values_list("status", "model", "attempts")) == {("done", "offline", 1)}
    assert Suggestion.objects.filter(batch=batch).exists()
    assert not ModelCall.objects.exists()
    assert {a: actions(batch).count(a) for a in ("page.claimed", "page.completed", "batch.completed")} == {
        "page.claimed": 3,
        "page.completed": 3,
        "batch.completed": 1,
    }
    assert chains.verify(batch.project_id) is None


def test_model_whose_price_got_lost_is_not_asked(buy, settings):
    provider = buy()
    batch = submitted()
    settings.OPENAI_MODEL = "mystery-1"

    run()

    batch.refresh_from_db()
    assert (batch.status, batch.pause_reason, provider.calls) == ("paused", "budget", 0)
    assert "mystery-1" in AuditEvent.objects.get(action="batch.paused").message


def test_paid_call_stands_in_the_journal_with_its_answer_and_cost(buy):
    batch, provider = submitted(), buy()

    run()

    calls = list(ModelCall.objects.all())
    assert len(calls) == provider.calls
    assert {(c.outcome, c.input_tokens, c.cost_microdollars) for c in calls} == {("answered", 1000, 450)}
    assert calls[0].answer
    assert batch.runs.get().cost_microdollars == 450 * len(calls)


def test_call_is_in_the_journal_before_it_is_made(buy):
    seen = []

    async def look(provider):
        seen.extend(await asyncio.to_thread(outcomes))

    def outcomes():
        found = list(ModelCall.objects.values_list("outcome", flat=True))
        connection.close()
        return found

    submitted()
    buy(look)

    run()

    assert seen[0] == "sent"


def test_page_is_tried_again_after_a_passing_error(buy):
    batch = submitted()

    async def fail_once(provider):
        if provider.calls == 1:
            raise ProviderError("provider_error")

    buy(fail_once)
    run()

    assert batch.runs.values_list("status", "attempts", "error_code").get() == ("done", 2, "")
    assert "page.requeued" in actions(batch)


def test_page_fails_after_five_attempts_with_the_code_of_the_last(buy):
    batch = submitted()

    async def fail(provider):
        raise ProviderError("timeout", message="The provider did not answer in time.")

    provider = buy(fail)
    run()

    assert batch.runs.values_list("status", "attempts", "error_code").get() == ("failed", 5, "timeout")
    assert provider.calls == 5
    assert Batch.objects.get().status == "failed"


def test_retry_after_is_waited_out(buy):
    submitted()

    async def limit(provider):
        if provider.calls == 1:
            provider.refused_at = time.monotonic()
            raise ProviderError("rate_limited", retry_after=0.7)
        provider.waited = time.monotonic() - provider.refused_at

    provider = buy(limit)
    run()

    assert PageRun.objects.get().status == "done"
    assert provider.waited >= 0.7


def test_empty_account_pauses_the_batch_without_burning_attempts(buy):
    batch = submitted(pages=4)

    async def refuse(provider):
        raise ProviderBlockedError("provider_quota", "The provider account is empty.")

    buy(refuse)
    run()

    batch.refresh_from_db()
    assert (batch.status, batch.pause_reason) == ("paused", "provider_quota")
    assert set(batch.runs.values_list("status", "attempts")) == {("queued", 0)}


def test_final_answer_fails_the_page_at_once(buy):
    batch = submitted()

    async def refuse(provider):
        raise CompletionError("refused", "The model refused to work on this page.")

    provider = buy(refuse)
    run()

    assert batch.runs.values_list("status", "error_code").get() == ("failed", "refused")
    assert provider.calls == 1


def test_error_of_ours_fails_the_page_without_telling_internals(buy):
    batch = submitted()

    async def stumble(provider):
        raise KeyError("secret internals")

    buy(stumble)
    run()

    page = batch.runs.get()
    assert (page.status, page.error_code, page.attempts) == ("failed", "internal", 3)
    assert "secret" not in page.error_message


async def crash_before_commit(self, claim):
    """The answers reach the journal, the outcome is lost with its worker."""
    attempt = attempts.Attempt(
        claim, self._contexts[claim.batch_id], self._window, self._turns, self._committer, self._database
    )
    await attempt.run()
    self._hands.drop(claim)


def crash_after_answer(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(executor.Executor, "_process", crash_before_commit)
        run(run_s=0.5)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE batches_pagerun SET lease_expires_at = now() - interval '1 second'")


def test_answer_that_was_stored_before_a_crash_is_not_bought_again(buy, monkeypatch):
    batch, provider = submitted(pages=2), buy()
    crash_after_answer(monkeypatch)
    bought = provider.calls
    assert queue.reclaim() == 2

    run()

    assert provider.calls == bought > 0
    assert set(batch.runs.values_list("status", "attempts")) == {("done", 2)}
    assert Batch.objects.get().cost_microdollars == 450 * bought


def test_without_the_journal_the_same_crash_buys_twice(buy, monkeypatch):
    submitted(pages=2)
    provider = buy()
    crash_after_answer(monkeypatch)
    bought = provider.calls
    queue.reclaim()
    monkeypatch.setattr(attempts.journal, "find", lambda *_: None)

    run()

    assert provider.calls == 2 * bought


def test_no_project_has_more_calls_under_way_than_its_concurrency(buy):
    submitted(pages=12, default_concurrency=3)

    async def wait(provider):
        await asyncio.sleep(0.05)

    provider = buy(wait)
    run(window=8)

    assert provider.most_under_way == 3
    assert set(PageRun.objects.values_list("status", flat=True)) == {"done"}


def test_slow_page_holds_up_no_other(buy):
    batch = submitted(pages=10)

    async def dawdle(provider):
        await asyncio.sleep(1.5 if provider.calls == 1 else 0.02)

    buy(dawdle)
    run(window=2)

    slow, *others = batch.runs.order_by("-finished_at")
    assert all(other.finished_at < slow.finished_at for other in others)
    assert (slow.finished_at - others[0].finished_at).total_seconds() > 0.2


def test_stopping_worker_hands_its_pages_back_unburnt(buy, monkeypatch):
    monkeypatch.setattr(executor, "GRACE_S", 0.1)
    batch = submitted(pages=6)

    async def hang(provider):
        await asyncio.sleep(60)

    provider = buy(hang)
    run(window=2, should_stop=lambda: provider.calls >= 2)

    assert set(batch.runs.values_list("status", "attempts")) == {("queued", 0)}
    assert set(ModelCall.objects.values_list("error_code", flat=True)) == {"abandoned", "not_sent"}


def test_cancelled_batch_ends_its_calls_soon(buy, monkeypatch):
    monkeypatch.setattr(executor, "WATCH_S", 0.1)
    batch = submitted(pages=2)

    async def cancel_and_hang(provider):
        if provider.calls == 1:
            await asyncio.to_thread(cancel)
        await asyncio.sleep(60)

    def cancel():
        queue.cancel(batch, by="system")
        connection.close()

    buy(cancel_and_hang)
    started = time.monotonic()
    run()

    assert time.monotonic() - started < 5
    assert set(batch.runs.values_list("status", flat=True)) == {"cancelled"}


def test_run_ends_at_its_time_limit_with_work_left(buy):
    batch = submitted(pages=30)

    async def wait(provider):
        await asyncio.sleep(0.3)

    buy(wait)
    run(window=2, run_s=0.5)

    batch.refresh_from_db()
    assert batch.queued_count > 0
    assert batch.processing_count == 0


def test_second_executor_of_a_process_leaves_the_first_alone():
    with tasks.ALONE:
        assert tasks.run_executor() == 0


def test_key_that_cannot_be_read_fails_its_batch_and_no_other(buy, monkeypatch):
    broken = submitted()
    good = queue.submit(make_batch(make_project("other")), by="system")
    buy()
    choose = contexts.providers.choose

    def stumble(batch):
        if batch.id == broken.id:
            raise ValueError("wrong key")
        return choose(batch)

    monkeypatch.setattr(contexts.providers, "choose", stumble)
    run()

    assert broken.runs.values_list("status", "error_code").get() == ("failed", "internal")
    assert good.runs.get().status == "done"
