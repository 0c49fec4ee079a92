"""A sample first, then waves, with a person where one is needed."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from batches import caps, executor, pilots, queue, stages, uploads, waves
from batches.models import Decision, Suggestion
from batches.tests.factories import make_batch, make_project
from batches.waves import Pilot
from nimbus.errors import InvalidError
from projects.models import SpendTotal


def test_sample_shows_every_value_of_every_dimension_before_any_twice():
    pages = {n: {"place": f"p{n % 4}", "brand": f"b{n // 4}"} for n in range(16)}
    chosen = [pages[n] for n in waves.sample(pages, 4)]

    assert {page["place"] for page in chosen} == {"p0", "p1", "p2", "p3"}
    assert {page["brand"] for page in chosen} == {"b0", "b1", "b2", "b3"}


def test_sample_of_few_pages_is_all_of_them():
    assert waves.sample({1: {}, 2: {}}, 20) == {1, 2}


@pytest.fixture
def batch(monkeypatch):
    monkeypatch.setattr(executor, "LINGER_S", 0.1)
    plan = waves.planned(Pilot(2, wave_size=2, most_held=1.0), "live")
    return queue.submit(make_batch(make_project(), pages=5, plan=plan), by="system")


def limit(batch, **limits):
    batch.plan["pilot"] |= limits
    batch.save(update_fields=["plan"])


def work(batch):
    executor.run("test-worker", 8, 10)
    pilots.advance()
    batch.refresh_from_db()
    return batch.status, batch.pause_reason, batch.done_count


@pytest.mark.django_db(transaction=True)
def test_batch_waits_after_its_pilot_and_goes_on_in_waves_once_resumed(batch):
    assert work(batch) == ("paused", "pilot_review", 2)

    queue.resume(batch, by="system")
    assert work(batch) == ("processing", "", 4)
    assert work(batch) == ("completed", "", 5)


@pytest.mark.django_db(transaction=True)
def test_wave_that_checks_dislike_is_the_last_one_until_somebody_lets_it_go_on(batch):
    work(batch)
    limit(batch, most_held=0.3)
    queue.resume(batch, by="system")
    executor.run("test-worker", 8, 10)
    Suggestion.objects.filter(run__wave=1).update(level="hold")

    pilots.advance()

    batch.refresh_from_db()
    assert (batch.status, batch.pause_reason, batch.done_count) == ("paused", "guard_stop", 4)
    assert "Checks held" in stages.shown(batch)["trouble"]
    queue.resume(batch, by="system")
    assert work(batch) == ("completed", "", 5)


def decide(batch, what, number, by="user_1"):
    for suggestion in Suggestion.objects.filter(run__batch=batch)[:number]:
        Decision.objects.create(
            organization_id=batch.organization_id, suggestion=suggestion, by=by, what=what
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("rejected", "by", "reason"), [(3, "user_1", "guard_stop"), (3, "auto", ""), (1, "user_1", "")]
)
def test_people_who_reject_too_much_stop_the_waves(batch, monkeypatch, rejected, by, reason):
    monkeypatch.setattr(waves, "FEWEST_DECISIONS", 3)
    work(batch)
    # What was rejected before the release is what the release was decided on.
    decide(batch, "reject", 4)
    queue.resume(batch, by="system")
    executor.run("test-worker", 8, 10)
    decide(batch, "approve", 4)
    decide(batch, "reject", rejected, by)

    pilots.advance()

    batch.refresh_from_db()
    assert batch.pause_reason == reason


@pytest.mark.django_db(transaction=True)
def test_wave_is_stopped_before_its_end_and_goes_on_first(batch, monkeypatch):
    monkeypatch.setattr(waves, "FEWEST_TEXTS", 1)
    work(batch)
    limit(batch, most_held=0.3)
    queue.resume(batch, by="system")
    first = batch.runs.filter(wave=1).order_by("id").first()
    batch.runs.filter(wave=1).exclude(pk=first.pk).update(not_before=timezone.now() + timedelta(hours=1))
    executor.run("test-worker", 8, 1)
    Suggestion.objects.filter(run=first).update(level="hold")
    pilots.advance()
    batch.refresh_from_db()
    assert (batch.pause_reason, stages.shown(batch)["is_cut"]) == ("guard_stop", True)

    queue.resume(batch, by="system")

    assert batch.plan["wave"] == 1
    batch.runs.filter(wave=1).update(not_before=None)
    assert work(batch) == ("processing", "", 4)


@pytest.mark.django_db
def test_pilot_is_asked_for_with_the_batch_and_only_in_the_live_lane():
    project = make_project()
    batch = uploads.create_batch(project, pilot=Pilot(30), by="system")

    assert Pilot.of(batch) == Pilot(30, 200, 0.3, 0.3)
    with pytest.raises(InvalidError):
        uploads.create_batch(project, pilot=Pilot(), lane="economy", by="system")


def test_coverage_counts_the_values_that_the_sample_shows():
    pages = {1: {"place": "Leeds"}, 2: {"place": "York"}, 3: {"brand": "Omega"}}

    assert waves.coverage(pages, [1, 3]) == {"brand": (1, 1), "place": (1, 2)}


@pytest.mark.django_db
def test_screen_plans_a_pilot_and_takes_it_back(client, alice, project):
    client.force_login(alice)
    batch = make_batch(project, 5)
    url = reverse("batches:set_start", args=[batch.id])
    wish = {"pilots": "on", "size": 2, "wave_size": 3, "most_held": 10, "most_rejected": 20, "cap": "1.5"}

    page = client.post(url, wish, follow=True).content.decode()

    batch.refresh_from_db()
    assert Pilot.of(batch) == Pilot(2, 3, 0.1, 0.2)
    assert "2 pages, chosen over all dimension values, come first" in page
    assert SpendTotal.objects.get(key=batch.id).cap_microdollars == 1_500_000
    client.post(url, {})
    batch.refresh_from_db()
    assert Pilot.of(batch) is None


@pytest.mark.django_db
def test_editor_plans_a_pilot_but_lifts_no_cap(client, bob, project):
    client.force_login(bob)
    batch = make_batch(project, 5)
    caps.set_of_batch(batch, "system", 5)

    client.post(reverse("batches:set_start", args=[batch.id]), {"cap": ""})

    assert SpendTotal.objects.get(key=batch.id).cap_microdollars == 5


@pytest.mark.django_db
def test_submitted_batch_takes_no_pilot_any_more(client, alice, project):
    client.force_login(alice)
    batch = queue.submit(make_batch(project, 1), by="system")

    page = client.post(
        reverse("batches:set_start", args=[batch.id]),
        {"pilots": "on", "size": 2, "wave_size": 3, "most_held": 10, "most_rejected": 20},
        follow=True,
    )

    assert "planned before a batch is submitted" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_screen_shows_the_steps_and_releases_or_stops(client, alice, project, monkeypatch):
    monkeypatch.setattr(executor, "LINGER_S", 0.1)
    client.force_login(alice)
    plan = waves.planned(Pilot(2, wave_size=2, most_held=1.0), "live")
    batch = make_batch(project, 5, plan=plan)
    project.pages.update(dimensions={"location": "Leeds"})
    queue.submit(batch, by="system")
    work(batch)
    detail = reverse("batches:detail", args=[batch.id])

    page = client.get(detail).content.decode()

    assert "Release the next 2 pages" in page
    assert "Stop here, keep what is done" in page
    assert "1 of 1 location value" in page
    client.post(reverse("batches:act", kwargs={"batch_id": batch.id, "verb": "resume"}))
    assert client.get(detail).context["pilot"]["stages"][1].state == "processing"
    client.post(reverse("batches:act", kwargs={"batch_id": batch.id, "verb": "cancel"}))
    assert work(batch) == ("cancelled", "", 2)


@pytest.mark.django_db
def test_upload_form_starts_with_pilot_and_cap(client, alice, project):
    client.force_login(alice)
    site = io.BytesIO()
    with zipfile.ZipFile(site, "w") as archive:
        archive.writestr("index.html", "<title>Repairs by post</title><h1>Repairs by post</h1><p>We mend it.")
    wish = {"pilots": "on", "size": 7, "wave_size": 70, "most_held": 5, "most_rejected": 50, "cap": "3"}
    file = SimpleUploadedFile("site.zip", site.getvalue())

    client.post(reverse("batches:create", args=[project.id]), wish | {"tier": "meta", "file": file})

    batch = project.batches.get()
    assert (Pilot.of(batch), batch.lane) == (Pilot(7, 70, 0.05, 0.5), "live")
    assert SpendTotal.objects.get(key=batch.id).cap_microdollars == 3_000_000


@pytest.mark.django_db
def test_form_says_what_is_wrong_with_a_pilot(client, alice, project):
    client.force_login(alice)

    answer = client.post(
        reverse("batches:create", args=[project.id]), {"pilots": "on", "size": 0, "tier": "meta"}
    )

    assert answer.status_code == 422
    assert {"size", "wave_size", "file"} <= set(answer.context["form"].errors)
