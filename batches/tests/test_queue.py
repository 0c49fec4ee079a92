"""What people and keys do to a whole batch."""

import pytest

from accounts import chains
from accounts.models import AuditEvent
from batches import queue
from batches.models import Batch, PageRun
from batches.tests.factories import make_batch, make_project, make_run
from projects.prices import UnknownPriceError

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


def statuses(batch):
    return list(PageRun.objects.filter(batch=batch).order_by("id").values_list("status", flat=True))


def finish_by_hand(batch, **fields):
    PageRun.objects.filter(batch=batch).update(status="done", model="gpt-5-mini", **fields)


def test_submit_queues_every_page_with_the_priority_of_the_batch(project):
    batch = make_batch(project, pages=2, priority=9)

    queue.submit(batch, by=project.creator)

    assert (batch.status, batch.queued_count) == ("queued", 2)
    assert set(PageRun.objects.filter(batch=batch).values_list("priority", flat=True)) == {9}
    assert AuditEvent.objects.get(action="batch.submitted").actor == project.creator.id


def test_batch_for_a_model_without_a_price_is_refused(settings):
    settings.OPENAI_API_KEY = "sk-test"
    batch = make_batch(make_project(settings={"ai_model": "mystery-1"}))

    with pytest.raises(UnknownPriceError, match="mystery-1"):
        queue.submit(batch, by="system")

    assert Batch.objects.get(id=batch.id).status == "uploading"


def test_empty_batch_stays_open_for_uploads(project):
    batch = make_batch(project, pages=0)

    with pytest.raises(queue.EmptyBatchError):
        queue.submit(batch, by="system")

    assert Batch.objects.get(id=batch.id).status == "uploading"


def test_second_submit_is_refused(project):
    batch = make_batch(project)
    queue.submit(batch, by="system")

    with pytest.raises(queue.BatchNotUploadingError):
        queue.submit(batch, by="system")


def test_unchanged_page_is_skipped_and_names_the_run_that_holds(project):
    first = make_batch(project)
    queue.submit(first, by="system")
    finish_by_hand(first)
    second = make_batch(project)
    make_run(second, "/new")

    queue.submit(second, by="system")

    assert statuses(second) == ["skipped", "queued"]
    assert PageRun.objects.get(batch=second, status="skipped").reused_from == first.runs.get()


def test_batch_of_nothing_but_unchanged_pages_is_completed_at_once(project):
    first = make_batch(project)
    queue.submit(first, by="system")
    finish_by_hand(first)
    second, third = make_batch(project), make_batch(project)

    queue.submit(second, by="system")
    queue.submit(third, by="system")

    assert (second.status, third.status) == ("completed", "completed")
    assert third.runs.get().reused_from == first.runs.get()
    assert AuditEvent.objects.filter(action="batch.completed", target=third.id).count() == 1


@pytest.mark.parametrize(
    "change",
    [{"content_hash": "another"}, {"brief_version": 7}, {"model": "offline", "_key": "sk-test"}],
)
def test_changed_page_brief_or_engine_is_run_again(project, settings, change):
    settings.OPENAI_API_KEY = change.pop("_key", "")
    first = make_batch(project)
    queue.submit(first, by="system")
    finish_by_hand(first)
    PageRun.objects.filter(batch=first).update(**change)
    second = make_batch(project)

    queue.submit(second, by="system")

    assert statuses(second) == ["queued"]


def test_page_of_another_tier_is_run_again(project):
    first = make_batch(project)
    queue.submit(first, by="system")
    finish_by_hand(first)
    second = make_batch(project, tier="full")

    queue.submit(second, by="system")

    assert statuses(second) == ["queued"]


def test_cancel_gives_up_open_pages_and_keeps_done_ones(project):
    batch = make_batch(project, pages=3)
    queue.submit(batch, by="system")
    PageRun.objects.filter(id=batch.runs.order_by("id")[0].id).update(status="done")

    queue.cancel(batch, by="system")

    assert statuses(batch) == ["done", "cancelled", "cancelled"]
    assert Batch.objects.get(id=batch.id).status == "cancelled"
    with pytest.raises(queue.BatchFinalError):
        queue.cancel(batch, by="system")


def test_paused_batch_is_not_claimed_until_it_is_resumed(project):
    batch = make_batch(project)
    queue.submit(batch, by="system")

    queue.pause(batch, by="system")
    assert queue.claim("w", 5) == []
    queue.resume(batch, by="system")

    assert [c.batch_id for c in queue.claim("w", 5)] == [batch.id]


def test_retry_queues_failed_pages_with_all_their_attempts(project):
    batch = make_batch(project, pages=2)
    queue.submit(batch, by="system")
    PageRun.objects.filter(batch=batch).update(status="failed", attempts=5, error_code="timeout")
    Batch.objects.filter(id=batch.id).update(status="failed")

    queue.retry(batch, by="system")

    assert (batch.status, batch.queued_count, batch.failed_count) == ("processing", 2, 0)
    assert set(batch.runs.values_list("attempts", "error_code")) == {(0, "")}


def test_batch_without_failures_has_nothing_to_retry(project):
    batch = make_batch(project)
    queue.submit(batch, by="system")
    finish_by_hand(batch)
    Batch.objects.filter(id=batch.id).update(status="completed")

    with pytest.raises(queue.NothingToRetryError):
        queue.retry(batch, by="system")

    assert Batch.objects.get(id=batch.id).status == "completed"


def test_every_change_of_a_batch_moves_its_version_and_its_chain(project):
    batch = make_batch(project)
    versions = [batch.version]
    for step in (queue.submit, queue.pause, queue.resume, queue.cancel):
        step(batch, by="system")
        versions.append(Batch.objects.get(id=batch.id).version)

    assert versions == sorted(set(versions))
    assert chains.verify(project.id) is None
