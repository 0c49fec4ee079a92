import re

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from projects.models import APIKey, Project
from tests.cast import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, alice):
    sign_in(client, alice)
    return client


def test_visitor_is_sent_to_sign_in(client):
    assert client.get(reverse("home")).url.startswith("/account/login/")


def test_project_is_made_with_its_tone_and_tier(signed_in, acme):
    form = {
        "organization": acme.id,
        "name": "Kranich",
        "domain": "https://Kranich.test/boilers/index.html",
        "tone": "warm",
        "tier": "full",
    }
    response = signed_in.post(reverse("projects:create"), form)

    project = Project.objects.get(domain="kranich.test")
    assert response.url == reverse("projects:detail", args=[project.id])
    assert (project.setting("tone"), project.setting("optimization_tier")) == ("warm", "full")
    assert AuditEvent.objects.filter(chain=project.id, action="project.created").exists()


def test_wrong_domain_is_told_beside_the_field(signed_in, acme):
    form = {"organization": acme.id, "name": "Kranich", "domain": "no domain", "tone": "warm", "tier": "full"}
    response = signed_in.post(reverse("projects:create"), form)

    assert response.status_code == 422
    assert "Write the bare domain" in response.text


def test_key_is_shown_once_and_works(signed_in, project):
    response = signed_in.post(
        reverse("projects:keys", args=[project.id]),
        {"form_token": "t", "name": "Build", "kind": "live", "scopes": ["read"]},
    )

    secret = re.search(r"nmb_live_\w+", response.text)[0]
    assert APIKey.objects.authenticate(secret).name == "Build"
    assert secret not in signed_in.get(reverse("projects:keys", args=[project.id])).text
    assert "no-store" in response.headers["Cache-Control"]


def test_revoked_key_works_no_more(signed_in, project, make_key):
    key, secret = make_key(project)
    signed_in.post(reverse("projects:revoke_key", args=[project.id, key.id]))

    assert APIKey.objects.authenticate(secret) is None


def test_editor_may_not_issue_a_key(client, bob, project):
    sign_in(client, bob)
    response = client.post(
        reverse("projects:keys", args=[project.id]),
        {"form_token": "t", "name": "Build", "kind": "live", "scopes": ["read"]},
    )

    assert response.status_code == 403


def test_brief_is_kept_in_versions(signed_in, project):
    form = {"tone": "warm", "facts": "Repairs within 24 hours\n\nInsured", "prefer": "heater = boiler"}
    for _ in range(2):
        signed_in.post(reverse("projects:brief", args=[project.id]), form)

    assert project.brief.version == 2
    assert project.brief.content["facts"] == ["Repairs within 24 hours", "Insured"]
    assert project.brief.content["prefer"] == {"heater": "boiler"}


def test_settings_are_saved_and_told(signed_in, project):
    form = {
        "name": "New name", "tier": "full", "review_mode": "auto", "review_threshold": "0.9",
        "max_pages_per_batch": "50", "default_concurrency": "5", "ai_model": "",
        "hero_selector": "section.hero, #top", "og_follows": "on",
    }  # fmt: skip
    signed_in.post(reverse("projects:settings", args=[project.id]), form)

    project.refresh_from_db()
    assert (project.name, project.setting("optimization_tier"), project.setting("preview")) == (
        "New name",
        "full",
        False,
    )
    names = ("hero_selector", "og_follows", "json_ld")
    assert [project.setting(name) for name in names] == ["section.hero, #top", True, False]
    assert AuditEvent.objects.filter(chain=project.id, action="project.updated").exists()


def test_snippet_speaks_of_this_project(signed_in, project):
    assert (
        f"project: &#x27;{project.id}&#x27;"
        in signed_in.get(reverse("projects:detail", args=[project.id])).text
    )
