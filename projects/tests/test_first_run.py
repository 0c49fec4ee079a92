"""The way to the first improved page: what is offered, and how a build is seen as soon as it calls."""

import io
import zipfile

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from batches import uploads
from batches.models import Batch
from batches.tests.factories import make_batch
from projects import keyring
from tests.cast import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def look(client, alice, project):
    sign_in(client, alice)
    return lambda: client.get(reverse("projects:connection", args=[project.id])).text


def test_project_without_a_batch_offers_zip_and_gulp_side_by_side(client, alice, project):
    client.force_login(alice)

    for url in (reverse("home"), reverse("projects:detail", args=[project.id])):
        page = client.get(url).text
        assert f'action="{reverse("batches:create", args=[project.id])}"' in page
        assert "Make a fresh key" in page
        assert f"project: &#x27;{project.id}&#x27;" in page
        # Nobody asks the server again and again before there is a key to wait for.
        assert "every 2s" not in page


def test_viewer_is_offered_no_key_and_no_upload(client, project, acme, charlie):
    acme.memberships.create(user=charlie, role="viewer")
    client.force_login(charlie)

    page = client.get(reverse("projects:detail", args=[project.id])).text
    assert "Make a fresh key" not in page
    assert "data-drop" not in page


def test_connection_waits_for_a_key_then_for_pages_then_says_what_came(look, alice, project, make_page_line):
    assert "No key yet" in look()

    key, _ = keyring.issue(project, alice, name="gulp")
    assert "Waiting for the first upload" in look()
    assert "every 2s" in look()

    batch = uploads.create_batch(project, by=key)
    assert "Connected." not in look()
    uploads.accept(batch, [orjson.dumps(make_page_line(f"/p{n}.html")) for n in range(2)], by=key)
    found = look()
    assert "Connected." in found
    assert "2 pages arrived" in found
    assert "every 2s" not in found


def test_revoked_key_is_not_waited_for(look, alice, project):
    key, _ = keyring.issue(project, alice, name="gulp")
    keyring.revoke(key, alice)

    assert "No key yet" in look()


def test_batch_by_hand_is_no_connection(look, alice, project):
    keyring.issue(project, alice, name="gulp")
    make_batch(project, pages=2, created_by=alice.id)

    assert "Connected." not in look()


def test_fresh_key_is_shown_once_and_watched(look, client, project):
    page = client.get(reverse("projects:detail", args=[project.id])).text
    token = page.partition('name="form_token" value="')[2].partition('"')[0]
    form = {"name": "gulp", "kind": "live", "scopes": ["upload", "read", "apply"], "form_token": token}

    shown = client.post(reverse("projects:keys", args=[project.id]), form).text
    assert 'id="secret">nmb_live_' in shown
    assert reverse("projects:connection", args=[project.id]) in shown
    assert project.api_keys.get().name == "gulp"


@pytest.mark.parametrize(("lane", "kept"), [("economy", "economy"), ("live", "live"), ("", "live")])
def test_new_batch_goes_in_the_lane_that_was_chosen(client, alice, project, lane, kept):
    client.force_login(alice)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.html", "<!doctype html><title>Plumber</title><h1>Plumber in Leeds</h1>")
    form = {
        "file": SimpleUploadedFile("site.zip", packed.getvalue()),
        "tier": "meta",
        "lane": lane,
        "waits": "on",
    }
    client.post(reverse("batches:create", args=[project.id]), form)

    assert Batch.objects.get().lane == kept
