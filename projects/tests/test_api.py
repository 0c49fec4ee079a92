"""Projects over HTTP."""

import pytest

from accounts.models import AuditEvent
from projects.models import Project

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(api_as, project):
    return api_as(project, whole=True, scopes=["admin"])


def refused(response, status, code, field=None):
    data = response.json()
    assert (response.status_code, data["code"]) == (status, code), data
    assert field is None or data["field"] == field
    return True


def test_who_am_i_names_key_and_limits(api, acme):
    data = api.read("project").json()

    assert data["organization"] == {"id": acme.id, "name": "Acme"}
    assert data["key"]["scopes"] == ["upload", "read", "apply"]
    assert data["limits"]["max_pages_per_batch"] == 10_000


def test_key_of_the_organization_has_no_project(admin):
    assert admin.read("project").json()["project"] is None


def test_project_is_made(admin, acme):
    answer = admin.send(
        "projects", {"name": "Shop", "domain": "https://Shop.Test/", "settings": {"tone": "warm"}}
    )

    made = Project.objects.get(id=answer.json()["project_id"])
    assert answer.status_code == 201
    assert (made.organization, made.domain, made.setting("tone")) == (acme, "shop.test", "warm")
    assert AuditEvent.objects.filter(chain=made.id, action="project.created").exists()


def test_key_of_one_project_makes_no_other(api_as, project):
    bound = api_as(project, scopes=["admin"])

    assert refused(bound.send("projects", {"name": "Shop", "domain": "shop.test"}), 403, "scope_missing")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": 5}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "a\r\nBcc: evil@evil.test"}, "name"),
        ({"domain": "not a domain"}, "domain"),
        ({"domain": "http://user@acme.test"}, "domain"),
        ({"id": "proj_mine"}, "id"),
        ({"is_staff": True}, "is_staff"),
        ({"settings": {"max_pages_per_batch": "10"}}, "settings.max_pages_per_batch"),
        ({"settings": {"max_pages_per_batch": 100_001}}, "settings.max_pages_per_batch"),
        ({"settings": {"preview": "yes"}}, "settings.preview"),
        ({"settings": {"optimization_tier": "root"}}, "settings.optimization_tier"),
        ({"settings": {"colour": "red"}}, "settings.colour"),
        ({"settings": {"og_follows": "yes"}}, "settings.og_follows"),
        ({"settings": {"json_ld": 1}}, "settings.json_ld"),
        ({"settings": {"hero_selector": "x" * 201}}, "settings.hero_selector"),
        ({"settings": []}, "settings"),
    ],
)
def test_wrong_field_is_named(admin, change, field):
    before = Project.objects.count()

    assert refused(
        admin.send("projects", {"name": "Shop", "domain": "shop.test"} | change), 422, "invalid", field
    )
    assert Project.objects.count() == before


def test_settings_are_changed_one_by_one(admin, project):
    admin.send(f"projects/{project.id}", {"settings": {"tone": "warm"}}, method="patch")
    answer = admin.send(f"projects/{project.id}", {"settings": {"preview": False}}, method="patch")

    assert answer.json()["settings"]["tone"] == "warm"
    assert answer.json()["settings"]["preview"] is False


def test_domain_stays(admin, project):
    assert refused(
        admin.send(f"projects/{project.id}", {"domain": "b.test"}, method="patch"), 422, "invalid", "domain"
    )


def test_other_organizations_project_reads_like_an_unknown_one(api, foreign_project):
    foreign = api.read(f"projects/{foreign_project.id}").json()
    unknown = api.read("projects/proj_000000000000").json()

    del foreign["request_id"], unknown["request_id"]
    assert foreign == unknown
    assert foreign["status"] == 404
