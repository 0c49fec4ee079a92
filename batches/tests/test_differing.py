"""“Make this differ from its siblings”: a retry with that reason, from a page or a whole family."""

import uuid

import pytest
from django.urls import reverse

from batches import engines, executor, queue
from batches.models import Batch
from batches.tests.factories import make_batch, make_project
from batches.tests.test_memory import Provider
from optimizer import memory, tiers
from optimizer.prompts import build
from optimizer.types import Block, Brief, PageText

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def provider(monkeypatch, settings):
    settings.OPENAI_API_KEY = f"sk-{uuid.uuid4()}"
    monkeypatch.setattr(executor, "LINGER_S", 0.2)
    provider = Provider()
    monkeypatch.setattr(engines, "make", lambda choice: provider)
    return provider


def work(batch):
    executor.run("test-worker", 8, 20)
    return Batch.objects.get(id=batch.id)


def test_page_is_asked_again_with_the_reason_and_only_for_what_is_its_own(client, alice, project, provider):
    client.force_login(alice)
    batch = work(queue.submit(make_batch(project, 3, tier="full"), by="system"))
    page, asked = batch.runs.order_by("id")[0].page_id, len(provider.prompts)

    answer = client.post(reverse("batches:differ", args=[batch.id, page]))

    again = work(Batch.objects.exclude(id=batch.id).get())
    assert answer.url == reverse("batches:page", args=[again.id, page])
    assert (again.status, again.done_count, again.skipped_count) == ("completed", 1, 0)
    prompt = provider.prompts[asked]
    assert "make title, description and h1 differ" in prompt
    assert "] title: " in prompt
    # The paragraph was bought before.
    assert "[-] p: We mend pipes" in prompt
    assert again.runs.get().reused_lines


def test_most_alike_pages_of_a_family_are_made_to_differ_together(client, alice, project, provider):
    client.force_login(alice)
    batch = work(queue.submit(make_batch(project, 3), by="system"))
    paths = [run.page.path for run in batch.runs.select_related("page").order_by("id")[:2]]

    client.post(reverse("batches:differ_family", args=[project.id]), {"path": [*paths, "/unknown"]})

    again = work(Batch.objects.exclude(id=batch.id).get())
    assert sorted(run.page.path for run in again.runs.select_related("page")) == paths
    assert str(again) == "Differ: 2 pages"
    # What follows is compared with the new run, and is unchanged again.
    later = queue.submit(make_batch(project, 3), by="system")
    assert later.skipped_count == 3


def test_another_project_s_pages_stay_as_they_are(client, alice, project, provider):
    client.force_login(alice)
    theirs = work(queue.submit(make_batch(make_project("other")), by="system"))

    client.post(reverse("batches:differ_family", args=[project.id]), {"path": ["/p0"]})

    assert not project.batches.exists()
    assert Batch.objects.count() == 1
    assert theirs.done_count == 1


def test_text_that_was_too_alike_is_not_remembered_for_it():
    page = PageText("https://a.test/", {"title": "Taps"}, (Block("b-1", "p", "We mend taps."),), {}, "en")
    lines = tiers.select(page, "full")

    usual, differing = (memory.keys(page, Brief(differs=is_on), lines, "m") for is_on in (False, True))

    own = {line.n for line in lines if line.label in memory.OWN}
    assert {line.n for line in lines if usual[line.n].exact != differing[line.n].exact} == own
    assert build(page, Brief(), lines).identity != build(page, Brief(differs=True), lines).identity


def test_pages_are_made_to_differ_by_the_api(api, project, provider):
    batch = work(queue.submit(make_batch(project, 2), by="system"))
    paths = sorted(run.page.path for run in batch.runs.select_related("page"))

    found = api.read(f"projects/{project.id}/families").json()["families"]
    answer = api.send(f"projects/{project.id}/families/differ", {"paths": [paths[0], "/unknown"]})

    assert (found[0]["pages"], found[0]["fields"]["paragraphs"]["masked_share"]) == (2, 0.0)
    assert found[0]["fields"]["paragraphs"]["most_alike"][0]["likeness"] == 1.0
    assert (answer.status_code, answer.json()["label"]) == (202, f"Differ: {paths[0]}")
    work(Batch.objects.get(id=answer.json()["batch_id"]))
    assert "make title, description and h1 differ" in provider.prompts[-1]


@pytest.mark.parametrize(
    ("body", "status"), [({"paths": ["/unknown"]}, 409), ({"paths": []}, 422), ({"pages": ["/"]}, 422)]
)
def test_what_can_t_be_made_to_differ_is_refused(api, project, body, status):
    assert api.send(f"projects/{project.id}/families/differ", body).status_code == status
