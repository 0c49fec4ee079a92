"""Confidence is what people made of such texts: told where they decide, and true of the texts that wait."""

import pytest
from django.urls import reverse

from batches import calibration, executor, keeping, queue, reviews
from batches.calibration import Tally
from batches.models import GroupDecision, Suggestion
from batches.tests.factories import make_batch, make_project
from tests.cast import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(keeping, "kept", lambda name: None)


def suggest(run, score, n, **fields):
    fields = {"confidence": score, "score": score} | fields
    return Suggestion.objects.create(
        organization_id=run.organization_id, batch=run.batch, run=run, page=run.page, target=f"b-{n:010x}",
        kind="block", original="Old", original_hash="0", text="New", **fields,
    )  # fmt: skip


def decided(run, accepted, rejected, score=1.0, start=0):
    rows = [suggest(run, score, start + n) for n in range(accepted + rejected)]
    for row in rows[:accepted]:
        reviews.approve(row, by="user_a")
    for row in rows[accepted:]:
        reviews.reject(row, by="user_a")


@pytest.fixture
def run():
    return make_batch(make_project()).runs.get()


def test_confidence_is_told_by_what_people_took_unedited(run, monkeypatch):
    monkeypatch.setattr(calibration, "FEWEST", 4)
    decided(run, 4, 1, score=0.95)
    # Scored by what the checks say, whatever the confidence was by then; those of old have no score.
    decided(run, 3, 0, score=0.4, start=10)
    Suggestion.objects.filter(score=0.95).update(score=None)

    (band,) = calibration.bands(run.batch.project)

    assert (band.least, band.decided, band.accepted) == (0.9, 5, 4)
    assert band.sentence == "Of 5 texts scored 0.9 or more, 80\u00a0% were accepted unedited."


def test_what_nobody_read_by_itself_says_nothing(run):
    reviews.approve(suggest(run, 0.95, 1), by="auto")
    suggest(run, 0.95, 2)
    with_others = suggest(run, 0.95, 3)
    group = GroupDecision.objects.create(
        organization_id=run.organization_id, batch=run.batch, by="user_a", what="approve"
    )
    reviews.decide([with_others], "approve", by="user_a", group=group)

    assert calibration.counted(run.batch.project_id) == []


def test_without_enough_decisions_a_score_is_its_own_worth(run):
    decided(run, 3, 3)

    assert calibration.curve(run.batch.project_id).of(0.9) == 0.9


@pytest.mark.parametrize(
    ("known", "score", "confidence"),
    [
        # Ninety of a hundred, drawn to the score as if by ten more decisions.
        ([Tally(1.0, 100, 90)], 1.0, 0.91),
        ([Tally(1.0, 100, 20), Tally(0.9, 100, 80)], 1.0, 0.54),
        ([Tally(1.0, 100, 20), Tally(0.9, 100, 80)], 0.9, 0.54),
        ([Tally(1.0, 100, 90), Tally(0.5, 100, 10)], 0.81, 0.81),
        ([Tally(1.0, 100, 20)], 0.5, 0.27),
        ([Tally(1.0, 100, 20)], None, None),
    ],
)
def test_confidence_follows_the_decisions_and_never_falls_where_the_score_rises(known, score, confidence):
    curve = calibration.drawn(known)

    assert curve.of(0.3) <= curve.of(0.5) <= curve.of(0.9) <= curve.of(1.0)
    assert curve.of(score) == confidence


def test_texts_that_wait_get_their_confidence_anew_and_others_keep_theirs(run):
    waiting, refused = suggest(run, 1.0, 1), suggest(run, None, 2)
    other = suggest(make_batch(make_project("other")).runs.get(), 1.0, 1)
    decided(run, 10, 20, start=10)

    assert calibration.refresh_lately() == 1
    for row, confidence in ((waiting, 0.5), (refused, None), (other, 1.0)):
        row.refresh_from_db()
        assert (row.confidence, row.version) == (confidence, 1)
    assert set(Suggestion.objects.exclude(review="pending").values_list("confidence", flat=True)) == {1.0}
    assert calibration.refresh_lately() == 0


def test_people_who_decide_are_told(run, client, alice, project):
    batch = make_batch(project)
    decided(batch.runs.get(), 24, 1)
    suggest(batch.runs.get(), 1.0, 99)
    sign_in(client, alice)

    answer = client.get(reverse("batches:review", args=[batch.id])).content.decode()

    assert "Of 25 texts scored 0.9 or more, 96\u00a0% were accepted unedited." in answer


@pytest.mark.django_db(transaction=True)
def test_new_texts_are_scored_by_the_checks_and_rated_by_the_people(run, monkeypatch):
    monkeypatch.setattr(executor, "LINGER_S", 0.1)
    decided(run, 5, 45)
    project = run.batch.project
    project.settings = project.settings | {"review_mode": "auto_threshold", "review_threshold": 0.9}
    project.save()
    batch = queue.submit(make_batch(project), by="system")
    executor.run("test-worker", 1, 20)

    title = batch.suggestions.get(target="title")
    assert (title.score, title.confidence) == (1.0, 0.25)
    # What was rejected so often is not approved by itself.
    assert title.review == "pending"
