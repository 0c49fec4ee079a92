"""What batch, page and review screens say in place of codes, parameters and doubled words."""

import pytest
from django.urls import reverse

from accounts import audit
from accounts.models import AuditEvent
from batches import progress, reviews
from batches.models import Suggestion
from batches.tests.factories import make_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(project):
    batch = make_batch(project, pages=1, status="processing")
    batch.runs.update(status="done", changes=1)
    return batch


@pytest.fixture
def change(batch):
    run = batch.runs.get()
    return Suggestion.objects.create(
        organization_id=batch.organization_id, batch=batch, run=run, page=run.page, kind="head",
        target="metaDescription", original="Old", original_hash="0" * 64, level="pass",
        text="Plumber in Leeds, day and night", confidence=0.95, pattern="a" * 16,
    )  # fmt: skip


def note(batch, action, message=""):
    page = batch.runs.get().page_id
    audit.record_many([
        audit.Entry(
            chain=batch.project_id, organization_id=batch.organization_id, actor="system", action=action,
            target=page, batch=batch.id, step="upload", message=message,
        )
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("q=nowhere", "“nowhere”"),
        ("field=title", "Titles"),
        ("check=facts", "Facts"),
        ("below=0.2", "Confidence at most 0.2"),
    ],
)
def test_list_without_a_match_names_the_filter_and_shows_the_way_out(
    client, alice, batch, change, query, words
):
    client.force_login(alice)
    answer = client.get(f"{reverse('batches:review', args=[batch.id])}?list=all&{query}").text
    assert f"0 to decide · {words}" in answer
    assert "No undecided change matches this filter." in answer
    assert '<a class="btn" href="?list=all">Clear filters</a>' in answer


def test_path_is_not_said_twice(batch):
    path = batch.runs.get().page.path
    note(batch, "page.uploaded", f"Uploaded {path.lstrip('/')}")
    [event] = progress.latest_events(batch)
    assert (event["path"], event["text"]) == (path, "Uploaded")


def test_event_without_a_message_is_told_in_words(client, alice, batch):
    note(batch, "page.claimed")
    client.force_login(alice)
    [event] = progress.latest_events(batch)
    assert event["text"] == "A worker took a page"
    answer = client.get(reverse("batches:page", args=[batch.id, batch.runs.get().page_id])).text
    assert ">A worker took a page<small>page.claimed by system" in answer


def test_log_names_the_description_as_people_do(change, alice):
    reviews.approve(change, by=alice)
    assert AuditEvent.objects.get(action="suggestion.approved").message == "Approved description"
