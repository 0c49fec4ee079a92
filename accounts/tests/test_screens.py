import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts import audit
from accounts.models import AuditChain, AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, alice):
    client.force_login(alice)
    return client


def test_audit_log_names_the_actor(signed_in, alice, project):
    audit.record(project, "project.updated", actor=alice, target=project, message="Changed the tone")
    page = signed_in.get(reverse("accounts:audit")).text

    assert "Changed the tone" in page
    assert "<td>Alice</td>" in page


def test_audit_log_of_another_organization_stays_unseen(signed_in, acme, foreign_project):
    audit.record(foreign_project, "project.updated", target=foreign_project, message="Changed the tone")

    assert "Changed the tone" not in signed_in.get(reverse("accounts:audit")).text


def test_made_up_cursor_shows_the_first_page(signed_in, project):
    audit.record(project, "project.updated", target=project, message="Changed the tone")

    assert "Changed the tone" in signed_in.get(reverse("accounts:audit"), {"after": "x' OR 1"}).text


def test_name_is_saved(signed_in, alice):
    signed_in.post(reverse("accounts:profile"), {"name": "Alice Acme"})

    alice.refresh_from_db()
    assert alice.name == "Alice Acme"


def test_times_stand_in_the_zone_that_was_chosen(signed_in, alice, project):
    audit.record(project, "project.updated", target=project, at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC))
    log = reverse("accounts:audit")
    assert ">2026-07-01 22:30:00</time>" in signed_in.get(log).text

    signed_in.post(reverse("accounts:profile"), {"name": "Alice", "time_zone": "Europe/Berlin"})
    page = signed_in.get(log).text
    assert ">2026-07-02 00:30:00</time>" in page
    assert 'data-zone="Europe/Berlin"' in page
    # The next visitor of the same thread does not see her zone.
    signed_in.logout()
    assert "data-zone" not in signed_in.get(reverse("account_login")).text


def test_zone_that_is_none_is_refused_and_the_name_stays_typed(signed_in, alice):
    answer = signed_in.post(reverse("accounts:profile"), {"name": "Alice A.", "time_zone": "Mars/Olympus"})

    assert answer.status_code == 422
    assert 'value="Alice A."' in answer.text


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_entrance_wears_the_house_style(client, name):
    assert 'class="auth__card"' in client.get(reverse(name)).text


@pytest.mark.parametrize("theme", ["dark", ""])
def test_theme_comes_from_the_cookie(client, theme):
    client.cookies["theme"] = theme

    assert ('data-theme="dark"' in client.get(reverse("account_login")).text) == (theme == "dark")


def test_chains_are_verified_by_a_click(signed_in, alice, project):
    audit.record(project, "project.updated", target=project)
    page = signed_in.post(reverse("accounts:verify_audit"), follow=True).text

    assert re.search(r"[3-9] chains with \d+ events are whole", page)
    assert AuditEvent.objects.get(action="audit.verified").data["broken"] == []


def test_broken_chain_is_told_on_the_page(signed_in, alice, project):
    audit.record(project, "project.updated", target=project)
    AuditChain.objects.filter(id=project.id).update(seq=9)

    assert f"Broken: {project.id}" in signed_in.post(reverse("accounts:verify_audit"), follow=True).text


def test_one_person_verifies_only_what_is_theirs(signed_in, acme, foreign_project):
    AuditChain.objects.filter(id=foreign_project.organization_id).update(seq=9)

    assert "are whole" in signed_in.post(reverse("accounts:verify_audit"), follow=True).text


def test_audit_log_tells_what_happened_to_ones_own_account_and_to_no_other(signed_in, alice, charlie):
    audit.record(alice, "password.changed", actor=alice)
    audit.record(charlie, "password.reset", actor=charlie)
    page = signed_in.get(reverse("accounts:audit"), {"of": "account"}).text

    assert ">password.changed<" in page
    assert ">password.reset<" not in page
    assert ">password.changed<" not in signed_in.get(reverse("accounts:audit")).text
