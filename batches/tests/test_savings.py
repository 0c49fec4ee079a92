"""Savings by memory and lane, on the screens of a page, a batch and a project, and in the API."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from batches import savings
from batches.models import ModelCall, ProviderBatch
from batches.savings import Savings
from batches.tests.factories import make_batch, make_run
from nimbus import clock
from projects import prices
from projects.models import SpendDay

pytestmark = pytest.mark.django_db

MINI = "gpt-5-mini"


@pytest.fixture
def batch(project):
    """One page with remembered texts, bought at half price, and one that holds from before."""
    before = make_run(make_batch(project, 0), "/held", status="done", model=MINI, cost_microdollars=700)
    batch = make_batch(project, 0, lane="economy")
    done = make_run(
        batch, "/done", status="done", model=MINI, lane="economy", cost_microdollars=300, reused_lines=3,
        saved_input_tokens=1000, saved_output_tokens=100,
    )  # fmt: skip
    make_run(batch, "/held", status="skipped", model=MINI, reused_from=before)
    lane = ProviderBatch.objects.create(organization_id=batch.organization_id, batch=batch)
    for name, provider_batch, outcome in (
        ("a", lane, "answered"),
        ("b", lane, "lost"),
        ("c", None, "answered"),
    ):
        ModelCall.objects.create(
            id=uuid.uuid4(), organization_id=batch.organization_id, project=project, batch=batch,
            runs=[done.pk], purpose="optimize", request_hash=name, custom_id=name, model=MINI,
            provider_batch=provider_batch, cost_microdollars=300, outcome=outcome, sent_at=timezone.now(),
        )  # fmt: skip
    batch.refresh_from_db()
    return batch


def test_batch_sums_memory_lane_and_unchanged_pages(batch):
    by_lines = prices.price_of(MINI).cost(1000, 100, is_economy=True)

    # Only what a provider batch answered was half the price.
    assert savings.of_batch(batch) == Savings(by_lines + 700, 300, 3, 1)


def test_page_counts_its_own(batch):
    done, held = batch.runs.order_by("id")

    assert savings.of_run(done).by_lane == 300
    assert savings.of_run(held) == Savings(700, 0, 0, 1)


def test_live_batch_that_knew_nothing_saves_nothing(project):
    assert savings.of_batch(make_batch(project, 2)) == Savings()


def test_screens_of_page_batch_and_project_say_so(client, alice, project, batch):
    client.force_login(alice)
    SpendDay.objects.create(
        organization_id=project.organization_id, project=project, day=clock.now().date(), model=MINI,
        lane="live", pages=2, calls=2, microdollars=4_000_000, input_tokens=1234, saved_by_memory=250_000,
    )  # fmt: skip
    done = batch.runs.order_by("id")[0]

    of_batch = client.get(reverse("batches:detail", args=[batch.id])).content.decode()
    of_page = client.get(reverse("batches:page", args=[batch.id, done.page_id])).content.decode()
    of_project = client.get(reverse("projects:detail", args=[project.id])).content.decode()

    assert "$0.0009 by memory, $0.0003 by the economy lane" in of_batch
    assert "3 remembered" in of_batch
    assert "Saved $0.0005" in of_page
    assert "$0.25 by memory" in of_project
    assert "1,234" in of_project


def test_page_with_too_few_words_for_a_description_says_so(client, alice, project):
    client.force_login(alice)
    batch = make_batch(project, 0)
    short, long = (
        make_run(batch, path, "Hi", copy, status="done")
        for path, copy in (("/a", "Taps."), ("/b", "Taps. " * 15))
    )

    said = [
        "words of its own"
        in client.get(reverse("batches:page", args=[batch.id, run.page_id])).content.decode()
        for run in (short, long)
    ]

    assert said == [True, False]
