"""The Usage screen, its caps, and the sums behind it."""

from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from batches import executor, queue
from batches import usage as counting
from batches.models import Batch
from batches.outcomes import Outcome
from batches.tests.factories import make_batch
from nimbus import clock
from projects import usage
from projects.models import SpendDay, SpendTotal
from tests.cast import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def screen(project):
    return reverse("batches:usage", args=[project.organization_id])


def spend(project, day=1, **fields):
    return SpendDay.objects.create(
        organization_id=project.organization_id, project=project,
        day=clock.now().date().replace(day=day),
        **{"model": "gpt-5-mini", "lane": "live", "pages": 2, "calls": 3, "microdollars": 2_500_000} | fields,
    )  # fmt: skip


def test_month_of_a_text_or_of_today():
    assert str(usage.Month.of("2026-02").before) == "2026-01"
    assert len(usage.Month.of("2028-02").days) == 29
    assert str(usage.Month(2026, 12).after) == "2027-01"
    assert all(usage.Month.of(text).is_now for text in ("2026-13", "'; --", ""))


def test_screen_sums_the_month(client, alice, project, screen):
    sign_in(client, alice)
    spend(project)
    spend(project, 2, lane="economy", microdollars=500_000, saved_by_lane=500_000)
    spend(project, 2, model="gpt-5", microdollars=1_000_000, saved_by_memory=250_000)

    page = client.get(screen)

    assert page.context["sums"]["microdollars"] == 4_000_000
    assert page.context["sums"]["saved"] == 750_000
    assert [row["name"] for row in page.context["by_model"]] == ["gpt-5-mini", "gpt-5"]
    assert [row["width"] for row in page.context["by_model"]] == [100, 33]
    assert "$4.00" in page.content.decode()


def test_other_projects_and_months_stay_out(client, alice, project, foreign_project, screen):
    sign_in(client, alice)
    spend(foreign_project)

    assert client.get(screen).context["sums"]["microdollars"] == 0
    assert client.get(f"{screen}?month=2020-02").context["chart"]["highest"] == 0


def test_number_of_queries_does_not_grow(client, alice, project, screen, django_assert_max_num_queries):
    sign_in(client, alice)
    client.get(screen)
    for day in range(1, 20):
        spend(project, day)

    with django_assert_max_num_queries(40):
        client.get(screen)


@pytest.mark.parametrize(("text", "cap"), [("12.5", 12_500_000), ("", None), ("0", 0)])
def test_owner_sets_a_projects_cap(client, alice, project, text, cap):
    sign_in(client, alice)
    url = reverse("batches:set_cap", args=[project.organization_id])

    client.post(url, {"owner": project.id, "cap": text})

    project.refresh_from_db()
    assert project.monthly_cap_microdollars == cap


def test_owner_sets_the_organizations_cap(client, alice, project):
    sign_in(client, alice)

    client.post(
        reverse("batches:set_cap", args=[project.organization_id]),
        {"owner": project.organization_id, "cap": Decimal("99.99")},
    )

    project.organization.refresh_from_db()
    assert project.organization.monthly_cap_microdollars == 99_990_000


def test_cap_waits_for_a_fresh_proof_and_is_then_set(client, alice, project):
    client.force_login(alice)
    address = reverse("batches:set_cap", args=[project.organization_id])
    asked = client.post(address, {"owner": project.id, "cap": "7"})
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert not AuditEvent.objects.filter(action="cap.changed").exists()

    client.post(reverse("account_reauthenticate"), {"password": "a-long-password", "next": address})

    event = AuditEvent.objects.get(action="cap.changed")
    assert (event.actor, event.target) == (alice.id, project.id)
    assert event.data == {"cap": "project", "from_microdollars": None, "to_microdollars": 7_000_000}


def test_cap_of_a_batch_waits_for_a_fresh_proof(client, alice, project):
    client.force_login(alice)
    batch = make_batch(project)

    asked = client.post(reverse("batches:set_batch_cap", args=[batch.id]), {"cap": "3"})

    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert not SpendTotal.objects.filter(key=batch.id).exists()


@pytest.mark.parametrize("cap", ["-1", "1000001", "NaN", "1e9", "seven"])
def test_cap_that_is_no_amount_changes_nothing(client, alice, project, cap):
    sign_in(client, alice)
    address = reverse("batches:set_cap", args=[project.organization_id])

    answer = client.post(address, {"owner": project.organization_id, "cap": cap}, follow=True)

    assert "A cap is an amount" in answer.text
    assert not AuditEvent.objects.filter(action="cap.changed").exists()


def test_editor_sees_caps_and_changes_none(client, bob, project, screen):
    sign_in(client, bob)

    assert 'name="cap"' not in client.get(screen).content.decode()
    url = reverse("batches:set_cap", args=[project.organization_id])
    assert client.post(url, {"owner": project.id, "cap": "1"}).status_code == 403


def test_cap_of_another_organizations_project_is_unknown(client, alice, project, foreign_project):
    sign_in(client, alice)
    url = reverse("batches:set_cap", args=[project.organization_id])

    assert client.post(url, {"owner": foreign_project.id, "cap": "1"}).status_code == 404


def test_owner_caps_a_batch(client, alice, project):
    sign_in(client, alice)
    batch = make_batch(project)

    client.post(reverse("batches:set_batch_cap", args=[batch.id]), {"cap": "3"})

    assert SpendTotal.objects.get(key=batch.id).cap_microdollars == 3_000_000


def test_batch_shows_its_quote_before_it_is_submitted(client, alice, project, settings):
    settings.OPENAI_API_KEY = "sk-for-tests"
    sign_in(client, alice)
    batch = make_batch(project, 2)

    assert "What it will cost" in client.get(reverse("batches:detail", args=[batch.id])).content.decode()
    Batch.objects.filter(id=batch.id).update(status="queued")
    assert "What it will cost" not in client.get(reverse("batches:detail", args=[batch.id])).content.decode()


def test_what_was_remembered_is_counted_at_its_price(project):
    queue.submit(make_batch(project), by="system")
    (claim,) = queue.claim("w", 1)
    done = Outcome(claim, "done", model="gpt-5-mini", saved_input_tokens=1000, saved_output_tokens=100)

    counting.note_pages([done, done])

    day = SpendDay.objects.get()
    assert (day.pages, day.saved_by_memory, day.microdollars) == (2, 900, 0)


@pytest.mark.django_db(transaction=True)
def test_done_pages_are_counted_and_unchanged_ones_are_savings(project, monkeypatch):
    monkeypatch.setattr(executor, "LINGER_S", 0.1)
    first = queue.submit(make_batch(project, 2), by="system")
    executor.run("test-worker", 4, 20)
    # As if a model had been paid for them.
    first.runs.update(cost_microdollars=400)

    queue.submit(make_batch(project, 2), by="system")

    day = SpendDay.objects.get()
    assert (day.pages, day.saved_by_memory, day.model) == (2, 800, "offline")
