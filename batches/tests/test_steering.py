"""Sooner, and once more: a batch before the others, one page now, failed ones alone."""

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from batches import doctor, queue, steering
from batches.models import Batch, PageRun
from batches.tests.factories import make_batch

pytestmark = pytest.mark.django_db


def queued(project, pages=1, **fields):
    return queue.submit(make_batch(project, pages, **fields), by="system")


@pytest.fixture
def first(project):
    return queued(project, pages=3)


@pytest.fixture
def second(make_project):
    return queued(make_project("Second"), pages=2)


def fail(batch, count):
    ids = batch.runs.order_by("id").values_list("id", flat=True)[:count]
    for run_id in ids:
        PageRun.objects.filter(id=run_id).update(status="failed", attempts=5, error_code="timeout")
    batch.runs.filter(status="queued").update(status="done")


def taken(limit=1):
    return [(claim.batch_id, claim.run_id) for claim in queue.claim("w", limit)]


def test_preferred_batch_goes_before_an_earlier_one(first, second, alice):
    steering.prioritize(second, alice)

    assert [batch for batch, _ in taken(2)] == [second.id, second.id]
    event = AuditEvent.objects.get(action="batch.prioritized")
    assert (event.actor, event.data) == (alice.id, {"from": 5, "to": 10})


def test_ended_batch_cannot_be_preferred(first, alice):
    queue.cancel(first, alice)

    with pytest.raises(steering.PageStateError):
        steering.prioritize(first, alice)


def test_page_wanted_now_is_claimed_before_all_others(first, second, alice):
    wanted = second.runs.order_by("-id")[0]
    steering.prioritize(first, alice)

    steering.process_now(wanted, alice)

    assert taken() == [(second.id, wanted.id)]
    assert AuditEvent.objects.get(action="page.prioritized").target == wanted.page_id


def test_page_wanted_now_waits_out_no_backoff(first, alice):
    run = first.runs.first()
    PageRun.objects.filter(id=run.id).update(not_before="2100-01-01T00:00Z")

    steering.process_now(run, alice)

    assert taken() == [(first.id, run.id)]


def test_failed_page_is_queued_again_alone_and_its_batch_goes_on(first, alice):
    fail(first, 2)
    queue.results.finish([first.id])
    run = first.runs.filter(status="failed").first()

    steering.process_now(run, alice)

    assert list(first.runs.order_by("id").values_list("status", flat=True)) == ["queued", "failed", "done"]
    assert (Batch.objects.get(id=first.id).status, PageRun.objects.get(id=run.id).attempts) == (
        "processing",
        0,
    )


@pytest.mark.parametrize("status", ["processing", "done", "cancelled", "skipped"])
def test_other_pages_cannot_be_processed_now(first, alice, status):
    run = first.runs.first()
    PageRun.objects.filter(id=run.id).update(status=status)
    run.refresh_from_db()

    with pytest.raises(steering.PageStateError, match=status):
        steering.process_now(run, alice)


def test_page_of_a_paused_batch_waits(first, alice):
    queue.pause(first, alice)

    with pytest.raises(steering.PageStateError, match="Resume"):
        steering.process_now(first.runs.first(), alice)


def test_page_of_a_cancelled_batch_is_not_revived(first, alice):
    queue.cancel(first, alice)
    PageRun.objects.filter(batch=first).update(status="failed")

    with pytest.raises(steering.PageStateError, match="cancelled"):
        steering.process_now(first.runs.first(), alice)


def test_failed_pages_are_retried_while_others_are_still_worked_on(first, alice):
    queue.claim("w", 1)
    PageRun.objects.filter(batch=first, status="queued").update(status="failed")

    queue.retry(first, alice)

    assert sorted(first.runs.values_list("status", flat=True)) == ["processing", "queued", "queued"]
    assert AuditEvent.objects.get(action="batch.retried").data == {"pages": 2, "reopened": False}


def test_doctor_knows_which_retry_let_an_ended_batch_go_on(first, alice):
    fail(first, 1)
    queue.results.finish([first.id])
    queue.retry(first, alice)
    fail(first, 1)
    queue.retry(first, alice)

    assert doctor.examine(["batch_events"])[0].is_well


def test_api_prefers_a_batch_and_a_page(api, project, first):
    run = first.runs.last()

    batch = api.send(f"batches/{first.id}/priority", {"priority": 9})
    page = api.send(f"projects/{project.id}/pages/{run.page_id}/process")

    assert (batch.status_code, batch.json()["priority"]) == (202, 9)
    assert (page.status_code, page.json()["status"]) == (202, "queued")
    assert taken() == [(first.id, run.id)]


@pytest.mark.parametrize("body", [{}, {"priority": 11}, {"priority": "9"}, {"priority": True}, {"x": 1}])
def test_wrong_priority_is_422(api, first, body):
    assert api.send(f"batches/{first.id}/priority", body).status_code == 422


def test_steering_needs_the_scope_upload(api_as, project, first):
    reader = api_as(project, scopes=["read"])
    run = first.runs.first()

    paths = [f"batches/{first.id}/priority", f"projects/{project.id}/pages/{run.page_id}/process"]
    assert [reader.send(path, {"priority": 9}).status_code for path in paths] == [403, 403]


def test_viewer_may_not_steer_in_the_dashboard(client, first, bob, acme):
    acme.memberships.filter(user=bob).update(role="viewer")
    client.force_login(bob)
    run = first.runs.first()

    addresses = [
        reverse("batches:act", kwargs={"batch_id": first.id, "verb": "prioritize"}),
        reverse("batches:process_now", args=[first.id, run.page_id]),
    ]
    assert [client.post(address).status_code for address in addresses] == [403, 403]


def test_dashboard_offers_and_does_process_now(client, first, alice):
    client.force_login(alice)
    run = first.runs.last()
    page = reverse("batches:page", args=[first.id, run.page_id])
    address = reverse("batches:process_now", args=[first.id, run.page_id])
    assert address in client.get(page).text

    client.post(address)

    assert PageRun.objects.get(id=run.id).priority == PageRun.NOW
    assert address not in client.get(page).text


def test_dashboard_prefers_a_batch(client, first, alice):
    client.force_login(alice)
    address = reverse("batches:act", kwargs={"batch_id": first.id, "verb": "prioritize"})
    assert address in client.get(reverse("batches:detail", args=[first.id])).text

    client.post(address)

    assert Batch.objects.get(id=first.id).priority == 10
