"""Who gets in with which key, and what is noted about it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from nimbus import clock
from projects.models import APIKey, APIKeyUsage
from tests.cast import ApiClient

pytestmark = pytest.mark.django_db


def problem(response):
    assert response["Content-Type"] == "application/problem+json"
    assert response["X-Request-Id"] == response.json()["request_id"]
    return response.status_code, response.json()["code"]


def test_key_is_known_by_its_secret(api, project):
    answer = api.read("project")

    assert answer.status_code == 200
    assert answer.json()["project"]["project_id"] == project.id


@pytest.mark.parametrize(
    "header",
    ["", "Bearer ", "Bearer nmb_live_wrong", "Basic YTpi", "Bearer nmb_live_ü", "Bearer a b c", "nmb_live_x"],
)
def test_wrong_key_is_answered_401(header, project, client):
    answer = client.get("/api/v1/project", headers={"authorization": header} if header else {})

    assert problem(answer) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_revoked_key_is_answered_401(project, make_key):
    key, secret = make_key(project)
    key.revoke()

    assert problem(ApiClient(secret).read("project")) == (401, "not_authenticated")


def test_expired_key_is_answered_401(api_as, project):
    late = api_as(project, expires_at=timezone.now() - timedelta(seconds=1))

    assert problem(late.read("project")) == (401, "not_authenticated")


def test_dead_keys_are_nobodys_without_the_database_hiding_them(project, make_key):
    """Row-level security hides them too; here the question is asked by a role that it holds not."""
    revoked, secret = make_key(project)
    revoked.revoke()
    _, late = make_key(project, expires_at=timezone.now() - timedelta(seconds=1))

    assert APIKey.objects.filter(id=revoked.id).exists()
    assert APIKey.objects.authenticate(secret) is None
    assert APIKey.objects.authenticate(late) is None


def test_missing_scope_is_answered_403(api_as, project):
    reader = api_as(project, scopes=["read"])

    assert problem(reader.send(f"projects/{project.id}/batches", {})) == (403, "scope_missing")


def test_admin_scope_allows_everything(api_as, project):
    admin = api_as(project, scopes=["admin"])

    assert admin.send(f"projects/{project.id}/batches", {}).status_code == 201


def test_each_request_is_counted(api, project):
    for _ in range(3):
        api.read("project")

    assert APIKeyUsage.objects.get().requests == 3


def test_requests_around_midnight_are_counted_on_their_own_utc_day(api, monkeypatch, settings):
    settings.TIME_ZONE = "America/Los_Angeles"
    midnight = datetime(2026, 11, 1, tzinfo=UTC)
    with timezone.override("America/Los_Angeles"):
        for moment in (midnight - timedelta(seconds=1), midnight, midnight + timedelta(hours=23)):
            monkeypatch.setattr(clock, "now", lambda at=moment: at)
            api.read("project")

    counts = APIKeyUsage.objects.order_by("day").values_list("day", "requests")
    assert list(counts) == [(date(2026, 10, 31), 1), (date(2026, 11, 1), 2)]


def test_last_use_is_noted_once_a_minute(api, project):
    api.read("project")
    first = APIKey.objects.get().last_used_at
    api.read("project")
    assert APIKey.objects.get().last_used_at == first

    APIKey.objects.update(last_used_at=first - timedelta(minutes=2))
    api.read("project")
    assert APIKey.objects.get().last_used_at > first
