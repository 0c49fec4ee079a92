"""A sample first, then waves, with a person where one is needed."""

import pytest

from batches import executor, pilots, queue, uploads
from batches.models import Suggestion
from batches.tests.factories import make_batch, make_project
from nimbus.errors import InvalidError


def test_sample_shows_every_value_of_every_dimension_before_any_twice():
    pages = {n: {"place": f"p{n % 4}", "brand": f"b{n // 4}"} for n in range(16)}
    chosen = [pages[n] for n in pilots.sample(pages, 4)]

    assert {page["place"] for page in chosen} == {"p0", "p1", "p2", "p3"}
    assert {page["brand"] for page in chosen} == {"b0", "b1", "b2", "b3"}


def test_sample_of_few_pages_is_all_of_them():
    assert pilots.sample({1: {}, 2: {}}, 20) == {1, 2}


@pytest.fixture
def batch(monkeypatch):
    monkeypatch.setattr(executor, "LINGER_S", 0.1)
    monkeypatch.setattr(pilots, "WAVE", 2)
    return queue.submit(make_batch(make_project(), pages=5, plan={"pilot": 2}), by="system")


def work(batch):
    executor.run("test-worker", 8, 10)
    pilots.advance()
    batch.refresh_from_db()
    return batch.status, batch.pause_reason, batch.done_count


@pytest.mark.django_db(transaction=True)
def test_batch_waits_after_its_pilot_and_goes_on_in_waves_once_resumed(batch, monkeypatch):
    monkeypatch.setattr(pilots, "MOST_HELD", 1.0)
    assert work(batch) == ("paused", "pilot_review", 2)

    queue.resume(batch, by="system")
    assert work(batch) == ("processing", "", 4)
    assert work(batch) == ("completed", "", 5)


@pytest.mark.django_db(transaction=True)
def test_wave_that_checks_or_people_dislike_is_the_last_one(batch):
    work(batch)
    queue.resume(batch, by="system")
    executor.run("test-worker", 8, 10)
    Suggestion.objects.filter(run__wave=1).update(level="hold")

    pilots.advance()

    batch.refresh_from_db()
    assert (batch.status, batch.pause_reason, batch.done_count) == ("paused", "guard_stop", 4)


@pytest.mark.django_db
def test_pilot_is_asked_for_with_the_batch_and_only_in_the_live_lane():
    project = make_project()
    batch = uploads.create_batch(project, pilot=20, by="system")

    assert batch.plan == {"pilot": 20}
    with pytest.raises(InvalidError):
        uploads.create_batch(project, pilot=20, lane="economy", by="system")
