"""What is stored of a page, and who may store it."""

import pytest
from django.db import connection

from accounts import chains
from accounts.models import AuditEvent
from batches import queue, results
from batches.models import Batch, Decision, OutboxMail, Page, PageRun, Suggestion
from batches.tests.factories import make_batch, make_project
from optimizer.types import Suggestion as Proposal
from optimizer.types import Verdict

pytestmark = pytest.mark.django_db


def claimed(pages=1, **settings):
    batch = queue.submit(make_batch(make_project(settings=settings), pages), by="system")
    return batch, queue.claim("w", pages)


def proposal(target="title", text="Plumber in Leeds", level="pass", confidence=0.95, original="Old title"):
    verdicts = () if level == "pass" else (Verdict("claims", level, "It says why."),)
    return Proposal(target, "head", original, text, verdicts, confidence)


def done(claim, *proposals):
    return results.Outcome(claim, "done", suggestions=proposals, model="gpt-5-mini", cost_microdollars=7)


def test_done_page_keeps_its_suggestions_for_review():
    batch, (claim,) = claimed()

    results.store([done(claim, proposal(), proposal("metaDescription", None, "refuse", None))])

    title, description = Suggestion.objects.order_by("position")
    assert (title.text, title.review, title.level) == ("Plumber in Leeds", "pending", "pass")
    assert (description.text, description.level) == ("", "refuse")
    run = PageRun.objects.get()
    assert (run.status, run.changes, run.confidence, run.model) == ("done", 1, 0.95, "gpt-5-mini")
    assert Batch.objects.get(id=batch.id).pending_count == 2


def test_text_that_stays_as_it_is_needs_no_review():
    _, (claim,) = claimed()

    results.store([done(claim, proposal(text="Old title"))])

    assert not Suggestion.objects.exists()
    assert PageRun.objects.get().changes == 0


def test_late_workers_result_is_dropped_by_its_token():
    batch, (late,) = claimed()
    PageRun.objects.update(status="queued")
    (current,) = queue.claim("other", 1)

    won = results.store([done(late, proposal(text="Late")), done(current, proposal(text="Current"))])

    assert won == {current.run_id}
    assert [s.text for s in Suggestion.objects.all()] == ["Current"]
    assert AuditEvent.objects.filter(action="result.dropped", batch=batch.id).count() == 1


def test_late_worker_that_comes_alone_changes_nothing():
    _, (late,) = claimed()
    PageRun.objects.update(status="queued")
    (current,) = queue.claim("other", 1)

    assert results.store([done(late, proposal(text="Late"))]) == set()
    assert PageRun.objects.get().status == "processing"
    assert results.store([done(current, proposal(text="Current"))]) == {current.run_id}


def test_without_the_token_the_late_result_would_be_stored(monkeypatch):
    _, (late,) = claimed()
    PageRun.objects.update(status="queued")
    queue.claim("other", 1)
    fence = results.FENCE.replace("AND r.lease_token = o.token", "").replace("r.lease_token\n", "o.token\n")
    monkeypatch.setattr(results, "FENCE", fence)

    results.store([done(late, proposal(text="Late"))])

    assert [s.text for s in Suggestion.objects.all()] == ["Late"]


def test_result_of_a_cancelled_page_is_dropped():
    batch, (claim,) = claimed()
    queue.cancel(batch, by="system")

    assert results.store([done(claim, proposal())]) == set()
    assert not Suggestion.objects.exists()


def test_last_page_completes_the_batch_and_writes_one_report():
    batch, first_and_second = claimed(pages=2)
    first, second = first_and_second

    results.store([done(first, proposal())])
    assert Batch.objects.get(id=batch.id).status == "processing"
    results.store([results.Outcome(second, "failed", code="timeout", message="No answer.")])

    batch.refresh_from_db()
    assert (batch.status, batch.done_count, batch.failed_count) == ("completed", 1, 1)
    assert batch.finished_at
    assert AuditEvent.objects.filter(action="batch.completed", target=batch.id).count() == 1
    assert OutboxMail.objects.filter(batch=batch).count() == 1
    assert chains.verify(batch.project_id) is None


def test_batch_without_one_good_page_has_failed():
    batch, (claim,) = claimed()

    results.store([results.Outcome(claim, "failed", code="refused", message="The model refused.")])

    assert Batch.objects.get(id=batch.id).status == "failed"


def test_page_for_another_try_waits_out_its_delay():
    _, (claim,) = claimed()

    results.store([results.Outcome(claim, "queued", code="timeout", delay_s=30)])

    run = PageRun.objects.get()
    assert (run.status, run.attempts, run.error_code) == ("queued", 1, "timeout")
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM not_before - clock_timestamp()) FROM batches_pagerun")
        assert 25 < cursor.fetchone()[0] <= 30
    assert queue.claim("w", 1) == []


def test_empty_account_pauses_the_batch_and_burns_no_attempt():
    batch, (claim,) = claimed()

    results.store(
        [
            results.Outcome(
                claim, "queued", code="provider_quota", is_blameless=True, pause_reason="provider_quota"
            )
        ]
    )

    batch.refresh_from_db()
    assert (batch.status, batch.pause_reason) == ("paused", "provider_quota")
    assert PageRun.objects.get().attempts == 0
    assert AuditEvent.objects.filter(action="batch.paused").count() == 1


@pytest.mark.parametrize(
    ("mode", "approved"),
    [("manual", set()), ("auto", {"pass", "note", "unsure"}), ("auto_threshold", {"pass", "note"})],
)
def test_review_mode_decides_what_is_approved_without_a_person(mode, approved):
    batch, (claim,) = claimed(review_mode=mode)
    proposals = [
        proposal("pass", "A"),
        proposal("note", "B", "note"),
        proposal("unsure", "C", confidence=0.5),
        proposal("hold", "D", "hold"),
        proposal("refuse", None, "refuse"),
    ]

    results.store([done(claim, *proposals)])

    rows = Suggestion.objects.filter(review="approved")
    assert {row.target for row in rows} == approved
    assert Decision.objects.filter(by="auto", what="approve").count() == len(approved)
    batch.project.refresh_from_db()
    assert Page.objects.get().results_version == batch.project.results_version == (1 if approved else 0)
