"""A link opens one file, for a time, until it is taken back."""

import io
import re
import zipfile
from datetime import timedelta

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent
from batches import archives, shares
from batches.models import Artifact, Batch, PageRun
from batches.tests.factories import make_batch, make_project
from nimbus import artifacts
from nimbus.errors import InvalidError
from tests.cast import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(project, alice):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("index.html", b"<!doctype html><title>Home</title><p>Watches repaired by post.")
    file = SimpleUploadedFile("site.zip", target.getvalue())
    batch = archives.receive(project, file, "meta", alice)
    PageRun.objects.filter(batch=batch).update(status="done")
    Batch.objects.filter(id=batch.id).update(status="completed")
    batch.refresh_from_db()
    return batch


def path_of(share):
    return shares.link(share).removeprefix("http://127.0.0.1:8000")


def test_anybody_with_the_link_gets_the_site(batch, alice):
    share = shares.create(batch, "site", 7, alice)

    answer = Client().get(path_of(share))

    assert answer.status_code == 200
    assert answer["Content-Disposition"] == 'attachment; filename="site-nimbus.zip"'
    assert "no-store" in answer["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert "index.html" in archive.namelist()


def test_shared_report_names_no_reader(batch, alice):
    share = shares.create(batch, "report", 1, alice)

    html = b"".join(Client().get(path_of(share)).streaming_content).decode()

    assert "1 of 1 pages done" in html
    assert alice.email not in html
    assert "nsubscribe" not in html


def test_link_ends_by_itself_and_when_it_is_taken_back(batch, alice):
    first, second = (shares.create(batch, "report", 7, alice) for _ in range(2))

    assert shares.revoke(batch, first.pk, alice)
    assert not shares.revoke(batch, first.pk, alice)
    assert Client().get(path_of(first)).status_code == 404
    assert Client().get(path_of(second)).status_code == 200
    Artifact.objects.filter(pk=second.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get(path_of(second)).status_code == 404
    actions = AuditEvent.objects.filter(action__startswith="share.").values_list("action", flat=True)
    assert sorted(actions) == ["share.created", "share.created", "share.revoked"]


def test_only_what_was_shared_opens(batch, alice):
    upload = batch.artifacts.get(kind="upload")
    share = shares.create(batch, "report", 7, alice)
    forged = signing.dumps([batch.organization_id, share.pk], salt="other")

    assert Client().get(path_of(upload)).status_code == 404
    assert Client().get(f"/shared/{forged}").status_code == 404
    assert Client().get(f"/shared/{path_of(share).split('/')[-1]}x").status_code == 404


def test_damaged_file_is_not_handed_out(batch, alice):
    share = shares.create(batch, "report", 7, alice)
    artifacts.path_of(share.key).write_bytes(b"other")

    assert Client().get(path_of(share)).status_code == 404


@pytest.mark.parametrize(("what", "days"), [("upload", 7), ("site", 0), ("site", 365)])
def test_nothing_else_and_no_longer(batch, alice, what, days):
    with pytest.raises(InvalidError):
        shares.create(batch, what, days, alice)


def test_unfinished_batch_is_not_shared(alice):
    with pytest.raises(InvalidError, match="not done yet"):
        shares.create(make_batch(make_project()), "report", 7, alice)


def test_editor_makes_and_takes_back_links_on_the_screen(client, batch, bob):
    sign_in(client, bob)

    client.post(f"/batches/{batch.id}/shares", {"what": "site", "days": "7"})
    share = shares.of(batch).get()
    page = client.get(f"/batches/{batch.id}/shares").content.decode()
    (path,) = set(re.findall(r"/shared/[\w:-]+", page))
    assert Client().get(path).status_code == 200
    client.post(f"/batches/{batch.id}/shares/{share.pk}/revoke")
    assert not shares.of(batch).exists()


def test_bucket_hands_the_file_out_itself(batch, alice, monkeypatch):
    share = shares.create(batch, "site", 7, alice)
    monkeypatch.setattr(artifacts, "link", lambda key, name, seconds: f"https://r2.test/{key}?{seconds}")

    answer = Client().get(path_of(share))

    assert (answer.status_code, answer["Location"]) == (302, f"https://r2.test/{share.key}?60")
