"""Copies of data, erasure without a trace, and a class for every column."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts import audit, chains, data_classes, erasure, exports, organizations
from accounts.models import AuditEvent, DataExport, Organization, User
from batches import uploads
from batches.models import OutboxMail
from nimbus import artifacts
from projects import changes, keyring
from tests.cast import ApiClient, sign_in
from tests.traces import traces

pytestmark = pytest.mark.django_db
MARKER = "xplantedx"


def test_every_column_has_a_class():
    table = data_classes.table()
    unclassified = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_fields
        if field.name not in table.get(model._meta.label, {})
    ]

    assert unclassified == []


@pytest.fixture
def world(settings, tmp_path, make_page_line, db):
    """An organization and a person who left a marker wherever one can."""
    settings.NIMBUS_ARTIFACTS = tmp_path
    cache.clear()
    dora = User.objects.create_user(f"dora@{MARKER}.test", "a-long-password", name=f"Dora {MARKER}")
    dora.emailaddress_set.create(email=f"second@{MARKER}.test", verified=True)
    own = organizations.create(f"Org {MARKER}", dora)
    project = changes.create(own, dora, name=f"Site {MARKER}", domain=f"{MARKER}.test", settings={})
    changes.write_brief(project, dora, {"facts": [MARKER]})
    _, secret = keyring.issue(project, dora, name=f"Key {MARKER}")
    batch = uploads.create_batch(project, tier="meta", label=MARKER, by=dora)
    line = make_page_line(f"/{MARKER}.html", f"Title {MARKER}")
    line["source_html"] = f"<title>{MARKER}</title>"
    ApiClient(secret).upload(batch.id, line)
    OutboxMail.objects.create(
        organization_id=own.id, batch=batch, kind="report", to=dora.email, subject=MARKER, text=MARKER,
        message_id=f"1@{MARKER}",
    )  # fmt: skip
    audit.record(dora, "user.signed_in", message=MARKER)
    cache.set(f"of-{own.id}", MARKER)
    sign_in(Client(), dora)
    return dora, own


def test_control_the_marker_is_everywhere(world):
    found = " ".join(traces(MARKER))

    for place in ("accounts_user", "accounts_organization", "projects_project", "accounts_auditevent",
                  "batches_page", "batches_outboxmail", "org_", "of-org_"):  # fmt: skip
        assert place in found


def test_erased_person_and_organization_leave_no_trace(world, caplog, django_capture_on_commit_callbacks):
    dora, own = world
    person, tenant = dora.id, own.id
    exports.ask(dora, own)
    exports.ask(dora)
    exports.make_waiting()
    with django_capture_on_commit_callbacks(execute=True):
        erasure.ask_person(dora)
        assert erasure.erase_due() == 1

    assert traces(MARKER) == []
    assert MARKER not in caplog.text
    assert not User.objects.filter(id=person).exists()
    assert not Organization.objects.filter(id=tenant).exists()
    assert not [s for s in Session.objects.all() if s.get_decoded().get("_auth_user_id") == person]
    # What happened stays told, by whom too, without a word of it.
    assert AuditEvent.objects.filter(chain=tenant, action="organization.created", actor=person).exists()
    broken = [chain for chain in chains.known() if chains.verify(chain) is not None]
    assert broken == []


def test_others_data_stays(world, project, alice, django_capture_on_commit_callbacks):
    dora, own = world
    with django_capture_on_commit_callbacks(execute=True):
        erasure.erase_organization(own)

    project.refresh_from_db()
    assert User.objects.filter(id=alice.id).exists()
    assert User.objects.filter(id=dora.id).exists()


def test_sole_owner_with_others_has_to_hand_over_first(client, alice, acme, bob):
    sign_in(client, alice)
    page = client.post("/you/erase", {"email": alice.email}, follow=True).text

    assert "keeps at least one owner" in page
    alice.refresh_from_db()
    assert alice.is_active


def test_erased_account_is_closed_at_once(client, charlie):
    sign_in(client, charlie)
    client.post("/you/erase", {"email": charlie.email})

    charlie.refresh_from_db()
    assert not charlie.is_active
    assert client.get("/").status_code == 302


def read(answer):
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_organizations_copy_holds_everything_but_secrets(client, world):
    dora, own = world
    sign_in(client, dora)
    client.post(f"/you/organizations/{own.id}/export")
    assert exports.make_waiting() == 1

    files = read(client.get(f"/you/exports/{DataExport.objects.get().pk}"))

    about = json.loads(files["about.json"])
    for name in (
        "projects.Project",
        "projects.Brief",
        "batches.Page",
        "accounts.AuditEvent",
        "projects.APIKey",
    ):
        assert about["rows"][name] >= 1, name
        assert files[f"data/{name}.ndjson"].count("\n") == about["rows"][name]
    assert MARKER in files["data/batches.PageSnapshot.ndjson"]
    assert any(name.startswith("files/proj_") for name in files)
    assert '"digest"' not in files["data/projects.APIKey.ndjson"]


def test_persons_copy_holds_the_person_and_no_hash_of_the_password(client, world):
    dora, _ = world
    sign_in(client, dora)
    client.post("/you/exports")
    exports.make_waiting()

    files = read(client.get(f"/you/exports/{DataExport.objects.get().pk}"))

    assert dora.email in files["data/accounts.User.ndjson"]
    assert "pbkdf2" not in "".join(files.values())
    assert f"second@{MARKER}" in files["data/account.EmailAddress.user.ndjson"]


def test_copy_of_somebody_else_is_not_found(client, world, alice):
    dora, own = world
    exports.ask(dora, own)
    exports.make_waiting()

    assert sign_in(client, alice).get(f"/you/exports/{DataExport.objects.get().pk}").status_code == 404


def test_damaged_copy_is_not_handed_out(client, settings, tmp_path, alice):
    settings.NIMBUS_ARTIFACTS = tmp_path
    export = exports.ask(alice)
    exports.make_waiting()
    export.refresh_from_db()
    artifacts.path_of(export.key).write_bytes(b"other")

    assert sign_in(client, alice).get(f"/you/exports/{export.pk}").status_code == 404


def test_copy_ends_after_a_week(client, world):
    dora, own = world
    exports.ask(dora, own)
    exports.make_waiting()
    DataExport.objects.update(expires_at=timezone.now())

    assert sign_in(client, dora).get(f"/you/exports/{DataExport.objects.get().pk}").status_code == 404


def test_organization_is_deleted_with_a_copy_first_and_can_be_kept(client, world):
    dora, own = world
    sign_in(client, dora)
    delete = {"name": own.name}
    assert "Take a copy first" in client.post(f"/you/organizations/{own.id}/delete", delete, follow=True).text

    exports.ask(dora, own)
    exports.make_waiting()
    client.post(f"/you/organizations/{own.id}/delete", delete)
    own.refresh_from_db()
    assert own.delete_after > timezone.now() + timedelta(days=13)
    assert erasure.erase_due() == 0

    client.post(f"/you/organizations/{own.id}/keep")
    own.refresh_from_db()
    assert own.delete_after is None


def test_admin_neither_exports_nor_deletes(client, acme, alice, bob):
    acme.memberships.filter(user=bob).update(role="admin")
    sign_in(client, bob)

    assert client.post(f"/you/organizations/{acme.id}/export").status_code == 403
    assert client.post(f"/you/organizations/{acme.id}/delete", {"name": "Acme"}).status_code == 403
