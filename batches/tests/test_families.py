"""Pages of a family hear of each other while they are worked on."""

import pytest
from django.urls import reverse

from batches import distinctness, executor, queue
from batches.models import Page
from batches.tests.factories import make_batch, make_project
from tests.cast import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_sisters_get_titles_of_their_own_and_are_compared(monkeypatch):
    monkeypatch.setattr(executor, "LINGER_S", 0.1)
    # One page at a time, so that each hears of those before it.
    project = make_project(settings={"default_concurrency": 1})
    batch = queue.submit(make_batch(project, pages=2), by="system")
    executor.run("test-worker", 1, 20)

    (family,) = set(Page.objects.values_list("family", flat=True))
    found = distinctness.compare(project, family)
    titles = list(batch.suggestions.filter(target="title").values_list("level", "text"))
    assert family.startswith("location × service · ")
    assert found["title"].pages == 2
    # Two pages that say the very same about the same place: the second one is not waved through.
    assert len({text for _, text in titles}) == 2 or "hold" in {level for level, _ in titles}


def test_families_are_listed_with_their_most_alike_pages(client, alice, project, monkeypatch):
    monkeypatch.setattr(executor, "LINGER_S", 0.1)
    queue.submit(make_batch(project, pages=2), by="system")
    executor.run("test-worker", 1, 20)
    sign_in(client, alice)

    answer = client.get(reverse("batches:families", args=[project.id])).content.decode()

    assert "Location × service" in answer
    assert "2 pages" in answer
