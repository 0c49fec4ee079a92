import pytest
from django.utils import timezone

from batches import uploads

pytestmark = pytest.mark.django_db


@pytest.fixture
def submit(api, project, alice, make_page_line, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.OPENAI_API_KEY = "sk-for-tests"
    batch = uploads.create_batch(project, tier="meta", by=alice)
    api.upload(batch.id, make_page_line())
    return lambda: api.send(f"batches/{batch.id}/submit")


def test_nothing_is_bought_before_an_address_is_confirmed(submit):
    answer = submit()

    assert answer.status_code == 403
    assert answer.json()["code"] == "email_unverified"


def test_confirmed_address_opens_the_way(submit, alice):
    alice.emailaddress_set.create(email=alice.email, verified=True)

    assert submit().status_code == 202


def test_what_costs_nothing_needs_no_address(submit, settings):
    settings.OPENAI_API_KEY = ""

    assert submit().status_code == 202


@pytest.mark.parametrize("field", ["paused_at", "delete_after"])
def test_nothing_starts_in_a_closed_organization(submit, api, project, alice, settings, field):
    settings.OPENAI_API_KEY = ""
    setattr(project.organization, field, timezone.now())
    project.organization.save()

    assert submit().json()["code"] == "organization_closed"
    assert api.send(f"projects/{project.id}/batches", {}).json()["code"] == "organization_closed"
    # Its results can still be read.
    assert api.read("project").status_code == 200
