"""Support finds anything, looks into a tenant only with a reason and for an hour, and reads no secret."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import provider_keys
from accounts.models import AuditEvent, SupportVisit, User
from batches import condition
from batches.models import Batch, OutboxMail
from nimbus import secrets
from projects.models import Brief
from tests.cast import ApiClient, sign_in

pytestmark = pytest.mark.django_db
REASON = "Ticket 4711: a page will not finish"


@pytest.fixture
def staff(db):
    user = User.objects.create_superuser("root@nimbus.test", "a-long-password", name="Root")
    return sign_in(Client(), user)


@pytest.fixture
def brief(project):
    return Brief.objects.create(
        organization_id=project.organization_id, project=project, version=1, content={"facts": ["xfactx"]}
    )


def look(staff, organization, reason=REASON):
    return staff.post(reverse("admin:support_look", args=[organization.id]), {"reason": reason})


def test_rows_of_a_tenant_are_seen_with_a_reason_alone(staff, acme, brief):
    shown = reverse("admin:projects_brief_change", args=[brief.pk])
    assert "xfactx" not in staff.get(shown, follow=True).text

    look(staff, acme)

    assert "xfactx" in staff.get(shown).text


def test_a_look_without_a_reason_opens_nothing(staff, acme, brief):
    assert look(staff, acme, "").status_code == 422
    assert not SupportVisit.objects.exists()


def test_look_at_one_tenant_shows_no_other(staff, acme, foreign_project):
    other = Brief.objects.create(
        organization_id=foreign_project.organization_id, project=foreign_project, version=1
    )
    look(staff, acme)

    answer = staff.get(reverse("admin:projects_brief_change", args=[other.pk]))
    assert answer.status_code == 302


def test_look_ends_after_an_hour(staff, acme, brief):
    look(staff, acme)
    visit = SupportVisit.objects.get()
    assert visit.ends_at - visit.started_at <= timedelta(minutes=60, seconds=1)

    SupportVisit.objects.update(ends_at=timezone.now())
    assert staff.get(reverse("admin:projects_brief_change", args=[brief.pk])).status_code == 302


def test_look_ends_when_support_leaves(staff, acme, brief):
    look(staff, acme)
    staff.post(reverse("admin:support_leave", args=[SupportVisit.objects.get().pk]))

    assert staff.get(reverse("admin:projects_brief_change", args=[brief.pk])).status_code == 302
    assert AuditEvent.objects.filter(chain=acme.id, action="support.left").exists()


def test_organization_reads_who_looked_and_why(staff, acme, alice, client):
    look(staff, acme)

    sign_in(client, alice)
    assert REASON in client.get("/you/audit").text
    assert REASON in client.get(f"/you/organizations/{acme.id}").text


def test_nothing_is_written_while_looking(staff, acme, brief):
    look(staff, acme)
    shown = reverse("admin:projects_brief_change", args=[brief.pk])

    assert staff.post(shown, {"content": "{}", "version": "9"}).status_code == 403
    assert staff.post(reverse("admin:projects_brief_add"), {}).status_code == 403
    brief.refresh_from_db()
    assert brief.content == {"facts": ["xfactx"]}


def test_anything_is_found(staff, acme, alice, project, make_key):
    key, secret = make_key(project)
    batch = Batch.objects.create(organization_id=acme.id, project=project, tier="meta")
    for words, row in (
        (acme.id, acme), (alice.id, alice), (alice.email.upper(), alice), (project.id, project),
        (batch.id, batch), (key.id, key), (secret[:16], key), (project.domain, project), ("Acm", acme),
    ):  # fmt: skip
        page = staff.get(reverse("admin:support_search"), {"q": words}).text
        assert f"<code>{row.id}</code>" in page, words
    assert "Nothing has this" in staff.get(reverse("admin:support_search"), {"q": "org_" + "a" * 16}).text


def test_staff_without_rights_finds_nothing(acme, client):
    clerk = User.objects.create_user("clerk@nimbus.test", "a-long-password", is_staff=True)
    sign_in(client, clerk)

    assert client.get(reverse("admin:support_search"), {"q": acme.id}).status_code == 403
    assert look(client, acme).status_code == 403
    assert not SupportVisit.objects.exists()


def test_paused_organization_stops_and_goes_on(staff, acme, project, api):
    batch = Batch.objects.create(organization_id=acme.id, project=project, tier="meta", status="processing")
    act = {"action": "pause", "_selected_action": [acme.id]}
    staff.post(reverse("admin:accounts_organization_changelist"), act)
    condition.hold_closed()

    batch.refresh_from_db()
    assert batch.status == "paused"
    assert api.send(f"projects/{project.id}/batches", {}).json()["code"] == "organization_closed"
    staff.post(reverse("admin:accounts_organization_changelist"), act | {"action": "resume"})
    assert api.send(f"projects/{project.id}/batches", {}).status_code == 201


def test_mail_is_sent_again_and_the_organization_can_read_so(staff, acme):
    mail = OutboxMail.objects.create(
        organization_id=acme.id, kind="report", to="a@acme.test", subject="Done", text="Done",
        message_id="1@x", sent_at=timezone.now(),
    )  # fmt: skip
    look(staff, acme)
    staff.post(
        reverse("admin:batches_outboxmail_changelist"),
        {"action": "send_again", "_selected_action": [mail.pk]},
    )

    mail.refresh_from_db()
    assert mail.sent_at is None
    assert AuditEvent.objects.filter(chain=acme.id, action="support.acted").exists()


def test_health_tells_what_waits(staff, project):
    page = staff.get(reverse("admin:health")).text

    for name in ("Pages that wait", "Leases", "Mails that wait", "Beat was last heard of"):
        assert name in page


def test_no_secret_is_read_in_the_admin(staff, acme, alice, project, make_key):
    key, secret = make_key(project)
    provider = provider_keys.add(acme, alice, "sk-planted-0123456789")
    alice.set_password("another-long-password")
    alice.save()
    Authenticator.objects.create(
        user=alice, type="totp", data={"secret": secrets.encrypt("TOTPSECRET").decode()}
    )
    look(staff, acme)
    pages = [staff.get("/admin/")]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        pages.append(staff.get(reverse(f"{name}_changelist")))
        row = model._base_manager.first()
        if row:
            pages.append(staff.get(reverse(f"{name}_change", args=[row.pk]), follow=True))

    text = "".join(page.text for page in pages)
    assert len(pages) > 30
    assert {page.status_code for page in pages} == {200}
    for word in (
        secret,
        key.digest,
        "sk-planted",
        "gAAAA",
        "TOTPSECRET",
        alice.password,
        provider.ciphertext.hex()[:40],
    ):
        assert word not in text
    assert not re.search(r"pbkdf2_sha256\$\d+\$\w{8,}", text)


def test_key_of_a_tenant_opens_no_admin(project, make_key):
    assert ApiClient(make_key(project, scopes=["admin"])[1]).get("/admin/").status_code == 302
