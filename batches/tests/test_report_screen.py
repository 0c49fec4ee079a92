"""The report of a batch as a page: what it says, and the chart of confidence."""

import pytest
from django.urls import reverse

from batches import confidences
from batches.models import Suggestion
from batches.tests.factories import make_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(project):
    batch = make_batch(project, pages=4, status="completed", label="Spring")
    for run, sure in zip(batch.runs.order_by("id"), (0.31, 0.9, 1.0, None), strict=True):
        batch.runs.filter(id=run.id).update(status="done", confidence=sure)
    batch.plan = {"quote": {"likely": 2_000_000, "low": 1_800_000, "high": 2_100_000}}
    batch.save(update_fields=["plan"])
    run = batch.runs.order_by("id")[1]
    for number, level in enumerate(("pass", "hold")):
        Suggestion.objects.create(
            id=f"sug_{number:016d}", organization_id=batch.organization_id, batch=batch, run=run,
            page=run.page, target=("title", "metaDescription")[number], kind="head",
            original="Old words", original_hash="0",
            text="New words", level=level, confidence=0.9, review="pending",
            verdicts=[{"check": "facts", "level": level, "message": "-"}],
        )  # fmt: skip
    return batch


@pytest.fixture
def look(client, alice):
    client.force_login(alice)
    return lambda name, batch: client.get(reverse(f"batches:{name}", args=[batch.id])).text


def test_report_tells_cost_against_quote_checks_and_examples(look, batch):
    page = look("report", batch)

    assert "$1.80 to $2.10, most likely $2.00" in page
    assert "Held for a person" in page
    assert "<del>Old</del>" in page
    assert "<ins>New</ins>" in page
    assert "1 below 0.5" in page


def test_held_text_is_no_example(look, batch):
    assert look("report", batch).count('<article class="change">') == 1


def test_finished_batch_shows_chart_and_way_to_the_report(look, batch):
    page = look("detail", batch)

    assert 'id="confidence"' in page
    assert reverse("batches:report", args=[batch.id]) in page
    assert "Quote $1.80 to $2.10" in page


def test_running_batch_has_no_chart_yet(look, project):
    assert 'id="confidence"' not in look("detail", make_batch(project, status="processing"))


def test_chart_counts_every_page_with_a_confidence_once(batch):
    chart = confidences.chart(batch)

    assert [bar["pages"] for bar in chart["bars"]] == [0, 0, 0, 1, 0, 0, 0, 0, 0, 2]
    assert (chart["pages"], chart["doubtful"], chart["mean"]) == (3, 1, "0.74")
    # The highest bar fills the chart, and none sticks out of it.
    assert max(bar["height"] for bar in chart["bars"]) == confidences.HEIGHT
    assert all(bar["y"] + bar["height"] == confidences.HEIGHT for bar in chart["bars"])


def test_batch_without_confidence_has_no_chart(project):
    assert confidences.chart(make_batch(project, pages=2)) is None


def test_stranger_finds_no_report(client, batch, charlie):
    client.force_login(charlie)

    assert client.get(reverse("batches:report", args=[batch.id])).status_code == 404
