"""What is over goes, what is not stays: by travelling in time."""

import uuid
from datetime import timedelta

import orjson
import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import audit, chains, exports
from accounts.models import AuditEvent, DataExport
from batches import retention, uploads
from batches.models import Artifact, Batch, ModelCall, OutboxMail, PageSnapshot
from tests.cast import sign_in
from tests.traces import traces

pytestmark = pytest.mark.django_db
MARKER = "xoldwordsx"


def after(days):
    return retention.purge(timezone.now() + timedelta(days=days))


@pytest.fixture
def batch(project, alice, make_page_line, settings, tmp_path):
    settings.NIMBUS_ARTIFACTS = tmp_path
    batch = uploads.create_batch(project, tier="meta", by=alice)
    line = make_page_line() | {"source_html": f"<title>{MARKER}</title>"}
    uploads.accept(batch, [orjson.dumps(line)], by=alice)
    ModelCall.objects.create(
        id=uuid.uuid4(), organization_id=project.organization_id, project=project, batch=batch, runs=[],
        purpose="optimize", request_hash="0", sent_at=timezone.now(), answer=MARKER.encode(),
    )  # fmt: skip
    return batch


def test_html_of_a_page_goes_after_its_days(batch):
    assert after(89)["files"] == 0
    assert PageSnapshot.objects.get().source_key
    assert after(91)["files"] == 1

    assert not PageSnapshot.objects.get().source_key
    assert not Artifact.objects.exists()
    assert not [trace for trace in traces(MARKER) if "modelcall" not in trace]


@pytest.mark.parametrize(("days", "own"), [(7, 7), (200, 200), (90, None)])
def test_project_says_itself_how_long_its_pages_are_kept(batch, project, days, own):
    project.settings = {"content_days": own}
    project.save()

    assert after(days - 1)["files"] == 0
    assert after(days + 1)["files"] == 1


def test_days_are_set_by_the_api_and_by_the_form(api_as, client, alice, project):
    api = api_as(project, scopes=["admin"])
    for days, status in ((7, 200), (None, 200), (0, 422), (4000, 422), ("7", 422)):
        answer = api.send(f"projects/{project.id}", {"settings": {"content_days": days}}, method="patch")
        assert answer.status_code == status, (days, answer.content)

    sign_in(client, alice)
    page = client.get(f"/projects/{project.id}/settings")
    form = {name: value for name, value in page.context["form"].initial.items() if value}
    client.post(f"/projects/{project.id}/settings", form | {"content_days": "14"})
    project.refresh_from_db()
    assert project.setting("content_days") == 14


def test_days_of_a_project_are_its_own(batch, make_project):
    make_project("Second", content_days=1)

    assert after(89)["files"] == 0


def test_file_that_a_younger_upload_names_stays(batch, project, alice, make_page_line):
    Artifact.objects.update(created_at=timezone.now() - timedelta(days=100))
    batch.runs.update(uploaded_at=timezone.now() - timedelta(days=100))
    younger = uploads.create_batch(project, tier="meta", by=alice)
    line = make_page_line() | {"source_html": f"<title>{MARKER}</title>"}
    uploads.accept(younger, [orjson.dumps(line)], by=alice)

    assert after(0)["files"] == 0
    assert [trace for trace in traces(MARKER) if "org_" in trace]


def test_answers_of_an_open_batch_stay_and_go_when_it_ended(batch):
    assert after(31)["answers"] == 0

    Batch.objects.update(status="completed")
    assert after(29)["answers"] == 0
    assert after(31)["answers"] == 1
    assert ModelCall.objects.get().answer is None


def test_words_of_a_mail_go_and_it_is_not_sent_again(batch):
    OutboxMail.objects.create(
        organization_id=batch.organization_id, kind="report", to="a@acme.test", subject="Done", text=MARKER,
        message_id="1@x", sent_at=timezone.now(),
    )  # fmt: skip

    assert after(31)["mails"] == 1
    assert OutboxMail.objects.get().sent_at


def test_texts_of_the_audit_trail_go_and_the_chain_stays_whole(acme):
    audit.record(acme, "batch.created", message=MARKER)
    assert after(399)["texts"] == 0

    assert after(401)["texts"] >= 1
    assert AuditEvent.objects.get(action="batch.created").message == ""
    assert chains.verify(acme.id) is None
    assert after(402)["texts"] <= 1


def test_dead_sessions_and_old_copies_go(acme, alice, settings, tmp_path, django_capture_on_commit_callbacks):
    settings.NIMBUS_ARTIFACTS = tmp_path
    Session.objects.create(session_key="old", session_data="", expire_date=timezone.now())
    exports.ask(alice, acme)
    exports.make_waiting()
    with django_capture_on_commit_callbacks(execute=True):
        gone = after(8)

    assert (gone["sessions"], gone["exports"]) == (1, 1)
    assert not DataExport.objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
