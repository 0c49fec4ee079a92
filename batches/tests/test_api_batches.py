"""Making batches and telling them what to do, through their addresses."""

import pytest

from accounts.models import AuditEvent
from batches import uploads
from batches.models import Batch, PageRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(project, alice):
    return uploads.create_batch(project, tier="full", by=alice)


def refused(answer, status, code, field=None):
    data = answer.json()
    assert (answer.status_code, data["code"], data.get("field")) == (status, code, field), data
    return True


def test_batch_is_made_with_the_projects_own_settings(api, project):
    project.settings = {"optimization_tier": "above-fold", "lane": "economy"}
    project.save()

    answer = api.send(f"projects/{project.id}/batches", {"label": "Nightly", "priority": 10})

    data = answer.json()
    assert answer.status_code == 201
    assert (data["tier"], data["lane"], data["label"], data["priority"]) == (
        "above-fold",
        "economy",
        "Nightly",
        10,
    )
    assert (data["status"], data["page_count"]) == ("uploading", 0)
    assert data["upload_url"] == f"http://testserver/api/v1/batches/{data['batch_id']}/pages"


def test_batch_names_the_key_that_made_it(api, project):
    batch_id = api.send(f"projects/{project.id}/batches", {}).json()["batch_id"]

    assert Batch.objects.get(id=batch_id).created_by.startswith("key_")
    assert AuditEvent.objects.get(action="batch.created").actor.startswith("key_")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"tier": "root"}, "unknown_tier", "tier"),
        ({"tier": 5}, "invalid", "tier"),
        ({"lane": "fast"}, "invalid", "lane"),
        ({"callback_url": "http://127.0.0.1/"}, "address_refused", "callback_url"),
        ({"status": "completed"}, "invalid", "status"),
        ({"cost": 0}, "invalid", "cost"),
        ({"label": "x" * 121}, "invalid", "label"),
        *(
            ({"priority": priority}, "invalid", "priority")
            for priority in (0, 11, -1, "10", 10**9, True, 1.5)
        ),
    ],
)
def test_wrong_field_is_422(api, project, body, code, field):
    assert refused(api.send(f"projects/{project.id}/batches", body), 422, code, field)
    assert not Batch.objects.exists()


def test_wrong_choice_is_answered_with_the_right_ones(api, project):
    answer = api.send(f"projects/{project.id}/batches", {"lane": "fast"})

    assert answer.json()["detail"] == "Choose one of live, economy."


def test_batch_of_another_organizations_project_is_404(api, foreign_project):
    assert refused(api.send(f"projects/{foreign_project.id}/batches", {}), 404, "not_found")


def test_submit_queues_the_pages(api, batch, make_page_line):
    api.upload(batch.id, make_page_line())

    answer = api.send(f"batches/{batch.id}/submit")

    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert PageRun.objects.get().status == "queued"


def test_submit_twice_is_409(api, batch, make_page_line):
    api.upload(batch.id, make_page_line())
    api.send(f"batches/{batch.id}/submit")

    assert refused(api.send(f"batches/{batch.id}/submit"), 409, "batch_not_uploading")


def test_empty_batch_is_422(api, batch):
    assert refused(api.send(f"batches/{batch.id}/submit"), 422, "empty_batch")
    assert Batch.objects.get().status == "uploading"


def test_batch_is_paused_resumed_and_cancelled(api, batch, make_page_line):
    api.upload(batch.id, make_page_line())
    api.send(f"batches/{batch.id}/submit")

    found = [
        api.send(f"batches/{batch.id}/{verb}").json()["status"] for verb in ("pause", "resume", "cancel")
    ]

    assert found == ["paused", "processing", "cancelled"]
    assert api.send(f"batches/{batch.id}/cancel").status_code == 409


def test_detail_is_not_sent_twice(api, batch):
    first = api.read(f"batches/{batch.id}")
    again = api.read(f"batches/{batch.id}", headers={"if-none-match": first["ETag"]})

    assert first.json()["batch_id"] == batch.id
    assert (again.status_code, again.content) == (304, b"")


def test_detail_changes_its_tag_with_the_batch(api, batch, make_page_line):
    first = api.read(f"batches/{batch.id}")["ETag"]
    api.upload(batch.id, make_page_line())

    assert api.read(f"batches/{batch.id}")["ETag"] != first


def test_pages_are_included_on_demand(api, batch, make_page_line):
    api.upload(batch.id, make_page_line())

    pages = api.read(f"batches/{batch.id}?include=pages").json()["pages"]

    assert [page["status"] for page in pages.values()] == ["uploaded"]


@pytest.mark.parametrize("wait", ["-1", "61", "x", "1e9"])
def test_wrong_wait_is_422(api, batch, wait):
    assert refused(api.read(f"batches/{batch.id}?wait={wait}"), 422, "invalid", "wait")


@pytest.mark.parametrize("path", ["", "/events"])
def test_async_views_guard_like_the_others(client, api, charlie, foreign_project, batch, path):
    foreign = uploads.create_batch(foreign_project, by=charlie)

    assert refused(client.get(f"/api/v1/batches/{batch.id}{path}"), 401, "not_authenticated")
    assert refused(api.read(f"batches/{foreign.id}{path}"), 404, "not_found")
    assert refused(api.send(f"batches/{batch.id}{path}"), 405, "method_not_allowed")
