import pytest

from batches import calibration, reviews
from batches.models import Suggestion
from batches.tests.factories import make_batch, make_project

pytestmark = pytest.mark.django_db


def suggest(run, confidence, n):
    return Suggestion.objects.create(
        organization_id=run.organization_id, batch=run.batch, run=run, page=run.page, target=f"b-{n:010x}",
        kind="block", original="Old", original_hash="0", text="New", confidence=confidence,
    )  # fmt: skip


def test_confidence_is_told_by_what_people_took_unedited(monkeypatch):
    monkeypatch.setattr(calibration, "FEWEST", 4)
    project = make_project()
    run = make_batch(project).runs.get()
    sure = [suggest(run, 0.95, n) for n in range(5)]
    unsure = [suggest(run, 0.4, n) for n in range(5, 8)]
    for row in sure[:4]:
        reviews.approve(row, by="user_a")
    reviews.reject(sure[4], by="user_a")
    for row in unsure:
        reviews.approve(row, by="user_a")

    (band,) = calibration.bands(project)

    assert (band.least, band.decided, band.accepted) == (0.9, 5, 4)
    assert band.sentence == "Of 5 texts scored 0.9 or more, 80% were accepted unedited."


def test_what_nobody_looked_at_says_nothing(monkeypatch):
    monkeypatch.setattr(calibration, "FEWEST", 1)
    project = make_project()
    run = make_batch(project).runs.get()
    reviews.approve(suggest(run, 0.95, 1), by="auto")
    suggest(run, 0.95, 2)

    assert calibration.bands(project) == []
