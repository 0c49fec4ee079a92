"""The executor, the real database and Valkey against the model twin: limits, storms and closed accounts."""

import time
import uuid

import pytest

from accounts.models import AuditEvent
from batches import attempts, executor, queue
from batches.gates import breaker, gate
from batches.models import ModelCall, PageRun
from batches.tests.factories import make_batch, make_project, make_run
from optimizer.twin import Behaviour, Twin

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def twin(settings, monkeypatch):
    monkeypatch.setattr(executor, "LINGER_S", 0.3)
    monkeypatch.setattr(executor, "OVERTIME_S", 0.3)
    monkeypatch.setattr(attempts, "FIRST_BACKOFF_S", 0.05)
    with Twin(Behaviour(latency=0.02)) as twin:
        settings.OPENAI_API_KEY = f"sk-{uuid.uuid4()}"
        settings.OPENAI_BASE_URL = twin.base_url
        yield twin


def submitted(pages=1, name="acme", **settings):
    settings = {"default_concurrency": 100} | settings
    batch = make_batch(make_project(name, settings=settings), 0)
    for number in range(pages):
        # The twin tells requests apart by their text.
        make_run(batch, f"/p{number}", text=f"Old title {number}")
    return queue.submit(batch, by="system")


def run(window=20, run_s=30):
    return executor.run(executor.worker_id(), window, run_s)


def pages(batch):
    return set(batch.runs.values_list("status", "attempts"))


def test_refusals_burn_no_attempt_and_no_page_comes_back_early(twin):
    twin.behave(rate_limited=0.1, retry_after=0.3)
    batch = submitted(80)

    run()

    assert pages(batch) == {("done", 1)}
    assert twin.stats()["outcomes"]["rate_limited"] >= 3
    assert twin.stats()["early_repeats"] == 0


def test_page_that_ignores_retry_after_is_seen_by_the_twin(twin, monkeypatch):
    # Longer than a busy machine takes to come back.
    twin.behave(rate_limited=0.3, retry_after=20.0)
    monkeypatch.setattr(attempts, "retry_after_of", lambda error: 0.0)
    monkeypatch.setattr(gate.Gate, "close", lambda self, seconds: None)
    submitted(120)

    run()

    assert twin.stats()["early_repeats"] > 0


def test_announced_limit_is_kept_without_a_refusal(twin):
    twin.behave(requests_per_minute=600)
    batch = submitted(30)

    run()

    assert pages(batch) == {("done", 1)}
    assert twin.stats()["outcomes"].get("rate_limited", 0) <= gate.FIRST_CALLS
    assert twin.stats()["inside_retry_after"] == 0


def test_without_the_gate_the_same_limit_is_run_into(twin, monkeypatch):
    twin.behave(requests_per_minute=600, retry_after=0.5)
    monkeypatch.setattr(gate.Gate, "wait_s", lambda self, tokens: 0.0)
    # So many that some are sent long after the first refusal came back.
    submitted(200)

    run(run_s=2)

    assert twin.stats()["outcomes"]["rate_limited"] > gate.FIRST_CALLS
    assert twin.stats()["inside_retry_after"] > 0


def test_whole_key_waits_out_the_retry_after_of_an_empty_quota(twin):
    twin.behave(requests_per_minute=600)
    first = submitted(3)
    run()
    # Calls that were sent before the first refusal travel longer on a busy machine.
    twin.behave(rate_limited=1.0, retry_after=1.5, travel=0.4)
    second = submitted(30, "bobs")
    third = submitted(30, "carls")

    run(run_s=1.0)
    twin.behave(rate_limited=0, requests_per_minute=0)
    run()

    assert pages(first) == pages(second) == pages(third) == {("done", 1)}
    assert twin.stats()["inside_retry_after"] == 0


def test_silent_limit_fails_no_page(twin):
    twin.behave(requests_per_minute=3000, limits="silent")
    batch = submitted(150)

    run()

    assert pages(batch) == {("done", 1)}


def test_storm_opens_the_breaker_and_fails_no_page(twin, monkeypatch):
    monkeypatch.setattr(breaker, "FIRST_REST_S", 0.2)
    twin.behave(server_error=1.0)
    batch = submitted(30)

    run(run_s=2)
    stormy = twin.stats()["calls"]
    twin.behave(server_error=0)
    run()

    assert stormy < 45
    assert set(batch.runs.values_list("status", flat=True)) == {"done"}
    assert max(batch.runs.values_list("attempts", flat=True)) <= 3


def test_without_the_breaker_the_same_storm_fails_pages(twin, monkeypatch):
    monkeypatch.setattr(breaker, "MOST", 10**9)
    twin.behave(server_error=1.0)
    batch = submitted(30)

    run(run_s=5)

    assert batch.runs.filter(status="failed").exists()


@pytest.mark.parametrize(("state", "reason"), [("no_quota", "provider_quota"), ("invalid", "provider_auth")])
def test_closed_account_pauses_the_batch_at_once(twin, state, reason):
    twin.behave(key_state=state)
    batch = submitted(60)

    run(window=10)

    batch.refresh_from_db()
    assert (batch.status, batch.pause_reason) == ("paused", reason)
    assert pages(batch) == {("queued", 0)}
    assert twin.stats()["calls"] <= 10
    assert AuditEvent.objects.filter(batch=batch.id, action="batch.paused").count() == 1


def test_hung_call_is_given_up_long_before_the_deadline(twin, monkeypatch):
    monkeypatch.setattr(gate.Patience, "limit_s", lambda self, tokens, most_s, attempt: 0.5)
    twin.behave(hang=0.1)
    batch = submitted(30)
    started = time.monotonic()

    run()

    assert time.monotonic() - started < 15
    assert set(batch.runs.values_list("status", flat=True)) == {"done"}
    assert ModelCall.objects.filter(outcome="lost", error_code="timeout").exists()


def test_two_executors_share_what_they_learn(twin):
    twin.behave(requests_per_minute=1800)
    submitted(20)
    run()
    twin.behave()
    batch = submitted(40, "bobs")
    before = twin.stats()["outcomes"].get("rate_limited", 0)

    run(window=40)

    assert pages(batch) == {("done", 1)}
    # It started at the limit, not with a burst.
    assert twin.stats()["outcomes"].get("rate_limited", 0) == before


def test_closed_key_holds_up_no_other_organization(twin, settings, monkeypatch):
    closed = submitted(30)
    twin.behave(rate_limited=1.0, retry_after=6)
    run(run_s=1)
    twin.behave(rate_limited=0)
    settings.OPENAI_API_KEY = f"sk-{uuid.uuid4()}"
    other = submitted(1, "bobs")
    started = time.monotonic()

    run(run_s=3)

    assert other.runs.get().status == "done"
    assert time.monotonic() - started < 4
    assert PageRun.objects.filter(batch=closed).exists()


@pytest.fixture
def slow_one(twin, monkeypatch):
    """Every call is quick but the first one of the last page, which takes five seconds."""
    draw = Behaviour.draw
    seen = set()

    def dawdle(self, request, attempt):
        outcome, latency = draw(self, request, attempt)
        seen.add(request)
        return outcome, 5.0 if len(seen) == 40 and attempt == 1 else latency

    monkeypatch.setattr(Behaviour, "draw", dawdle)
    monkeypatch.setattr("batches.gates.patience.LEAST_HEDGE_S", 0.4)
    return twin


@pytest.mark.parametrize(("hedge", "calls", "is_quick"), [(True, 41, True), (False, 40, False)])
def test_very_slow_call_is_made_twice_where_the_project_pays_for_it(slow_one, hedge, calls, is_quick):
    batch = submitted(40, hedge=hedge)
    started = time.monotonic()

    run()

    assert pages(batch) == {("done", 1)}
    assert (time.monotonic() - started < 4.5) is is_quick
    assert ModelCall.objects.count() == calls
    assert ModelCall.objects.filter(outcome="lost", error_code="hedged").count() == calls - 40
