"""Quotes, spend and caps over HTTP."""

import pytest

from accounts.models import Organization
from batches.models import Batch
from batches.tests.factories import make_batch
from batches.waves import Pilot
from projects.models import Project, SpendDay, SpendTotal
from tests.cast import ApiClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(project):
    return make_batch(project, 2)


@pytest.fixture
def api(project, make_key):
    return ApiClient(make_key(project, scopes=["admin"])[1])


def test_estimate_names_pages_tokens_and_both_prices(api, batch, settings):
    settings.OPENAI_API_KEY = "sk-for-tests"

    told = api.send(f"batches/{batch.id}/estimate").json()

    assert told["pages"] == {"cached": 0, "near_duplicate": 1, "changed": 0, "new": 2}
    assert told["low_usd"] < told["likely_usd"] < told["high_usd"]
    # A little less than half: there, no page hears of another one.
    assert 0.48 * told["live_usd"] < told["economy_usd"] <= told["live_usd"] / 2
    assert told["tokens"]["input"]["likely"] > 0
    assert (told["model"], told["fits"], told["left_usd"]) == ("gpt-5-mini", True, None)


def test_submitted_batch_has_no_estimate(api, batch):
    Batch.objects.filter(id=batch.id).update(status="queued")

    answer = api.send(f"batches/{batch.id}/estimate")

    assert (answer.status_code, answer.json()["code"]) == (409, "batch_not_uploading")


@pytest.mark.parametrize("owner", ["batches", "projects"])
def test_cap_is_set_and_taken_away(api, batch, owner):
    path = f"{owner}/{batch.id if owner == 'batches' else batch.project_id}/spend"

    assert api.send(path, {"cap_usd": 12.5}, "patch").json()["cap_usd"] == 12.5
    assert api.read(path).json()["left_usd"] == 12.5
    assert api.send(path, {"cap_usd": None}, "patch").json()["cap_usd"] is None


@pytest.mark.parametrize("cap", ["12", -1, True, 2_000_000])
def test_wrong_cap_is_refused(api, batch, cap):
    answer = api.send(f"batches/{batch.id}/spend", {"cap_usd": cap}, "patch")

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert not SpendTotal.objects.exclude(cap_microdollars=None).exists()


def test_key_of_one_project_sees_no_organization(api):
    assert api.read("organization/spend").status_code == 403


def test_organizations_cap_and_use(project, make_key):
    api = ApiClient(make_key(project, whole=True, scopes=["admin"])[1])
    SpendDay.objects.create(
        organization_id=project.organization_id, project=project, day="2026-11-02", model="m", lane="live",
        pages=3, calls=4, microdollars=1_500_000,
    )  # fmt: skip

    told = api.send("organization/spend?month=2026-11", {"cap_usd": 100}, "patch").json()

    assert Organization.objects.get(id=project.organization_id).monthly_cap_microdollars == 100_000_000
    (day,) = told["by_day"]
    assert (day["day"], day["spent_usd"], day["pages"]) == ("2026-11-02", 1.5, 3)
    assert told["by_project"][0]["project"] == project.id
    assert Project.objects.get(id=project.id).monthly_cap_microdollars is None


def test_reading_key_changes_no_cap(project, batch, make_key):
    reader = ApiClient(make_key(project, scopes=["read"])[1])

    assert reader.read(f"projects/{project.id}/spend").status_code == 200
    assert reader.send(f"projects/{project.id}/spend", {"cap_usd": 1}, "patch").status_code == 403


def test_new_batch_has_its_cap_and_pilot_from_the_start(api, project):
    wish = {"cap_usd": 2.5, "pilot": 10, "wave_size": 50, "most_held": 0.1}

    made = api.send(f"projects/{project.id}/batches", wish)

    batch = Batch.objects.get(id=made.json()["batch_id"])
    assert (made.status_code, Pilot.of(batch)) == (201, Pilot(10, 50, 0.1, 0.3))
    assert api.read(f"batches/{batch.id}/spend").json()["left_usd"] == 2.5


@pytest.mark.parametrize(
    "wish", [{"cap_usd": -1}, {"cap_usd": "5"}, {"most_held": 2}, {"wave_size": 50}, {"pilot": 0}]
)
def test_wrong_start_makes_no_batch(api, project, wish):
    assert api.send(f"projects/{project.id}/batches", wish).status_code == 422
    assert not Batch.objects.exists()


@pytest.mark.parametrize("month", ["2026-13", "november", "1999-01"])
def test_month_that_is_none_is_refused(api, project, month):
    answer = api.read(f"projects/{project.id}/spend?month={month}")

    assert (answer.status_code, answer.json()["field"]) == (422, "month")
