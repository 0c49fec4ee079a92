"""A word on more changes than one transaction takes: portion by portion, and back again the same way."""

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from batches import group_decisions, group_work, reviews
from batches.models import Decision, Suggestion
from batches.tests.factories import make_batch
from batches.wishes import Wish

pytestmark = pytest.mark.django_db
ALL = Wish(list="all")


@pytest.fixture(autouse=True)
def small_portions(monkeypatch):
    monkeypatch.setattr(group_work, "PORTION", 3)
    monkeypatch.setattr(group_decisions, "AT_ONCE", 2)


@pytest.fixture
def rows(project):
    batch = make_batch(project, pages=8, status="processing")
    batch.runs.update(status="done", changes=1)
    return [
        Suggestion.objects.create(
            organization_id=batch.organization_id, batch=batch, run=run, page=run.page, target="title",
            kind="head", original="Old title", original_hash="0" * 64, text="Plumber in Leeds",
            confidence=1.0, verdicts=[],
        )
        for run in batch.runs.select_related("page").order_by("id")
    ]  # fmt: skip


def said(rows):
    for row in rows:
        row.refresh_from_db()
    return [row.review for row in rows]


def approve(rows, by, **kwargs):
    return group_decisions.decide(rows[0].batch, ALL, Decision.What.APPROVE, by=by, **kwargs)


def test_large_word_is_taken_at_once_and_carried_out_in_portions(rows, alice):
    group = approve(rows, alice, out=[rows[7].id])
    assert (group.total, group.count, group.is_open) == (7, 0, True)

    assert group_work.work(group.pk)
    group.refresh_from_db()
    assert (group.count, group.is_open) == (3, True)
    assert group_work.run() == 2
    group.refresh_from_db()
    assert (group.count, group.is_open) == (7, False)
    assert said(rows) == ["approved"] * 7 + ["pending"]


def test_what_somebody_decides_meanwhile_stays_so(rows, alice, bob):
    group = approve(rows, alice)
    group_work.work(group.pk)
    approved, waiting = [r for r in rows if not r.refresh_from_db() and r.review == "approved"], rows[-1]
    reviews.undo(approved[0], by=bob)
    reviews.reject(waiting, by=bob)

    group_work.run()
    assert (said([approved[0]]), said([waiting])) == (["pending"], ["rejected"])
    assert said(rows).count("approved") == 6


def test_change_that_came_after_the_look_is_not_reached(rows, alice):
    group = approve(rows, alice, until=rows[4].created_at)
    group_work.run()

    assert group.total == 5
    assert said(rows) == ["approved"] * 5 + ["pending"] * 3


def test_lost_work_is_found_by_the_sweep(rows, alice):
    group = approve(rows, alice)
    assert not group_work.is_left_lying()

    type(group).objects.update(worked_at=group.at - 2 * group_work.timedelta(seconds=group_work.LOST_S))
    assert group_work.is_left_lying()
    group_work.run()
    assert not group_work.is_left_lying()


def test_undo_stops_what_still_goes_on_and_takes_back_what_is_done(rows, alice):
    group = approve(rows, alice)
    group_work.work(group.pk)
    back = group_decisions.undo(group, by=alice)
    group_work.run()

    back.refresh_from_db()
    assert (back.count, back.is_open) == (3, False)
    assert said(rows) == ["pending"] * 8
    assert not group_decisions.lately(rows[0].batch).exists()


def test_undo_of_many_reaches_all_but_what_was_decided_since(rows, alice, bob):
    group = approve(rows, alice)
    group_work.run()
    reviews.reject(rows[5], by=bob)
    group.refresh_from_db()
    group_decisions.undo(group, by=alice)
    group_work.run()

    assert said(rows) == ["pending"] * 5 + ["rejected"] + ["pending"] * 2


def test_batch_is_rolled_back_and_restored_as_it_was(rows, alice, bob):
    reviews.approve(rows[0], by=alice)
    reviews.reject(rows[1], by=bob)
    reviews.edit(rows[2], "Plumber in Leeds, day and night", by=bob)
    approve(rows, alice)
    group_work.run()
    group = group_decisions.roll_back(rows[0].batch, by=alice)
    group_work.run()
    assert said(rows) == ["pending"] * 8

    group.refresh_from_db()
    assert group.count == 8
    group_decisions.undo(group, by=alice)
    group_work.run()
    assert said(rows) == ["approved", "rejected"] + ["approved"] * 6
    assert rows[2].decided_text == "Plumber in Leeds, day and night"


def test_page_is_rolled_back_alone_and_its_log_says_who(client, rows, alice):
    client.force_login(alice)
    approve(rows, alice)
    group_work.run()
    one = rows[3]
    address = reverse("batches:roll_back_page", args=[one.batch_id, one.page_id])

    page = client.post(address, follow=True)
    assert "Rolled back 1 change." in page.text
    assert said(rows).count("pending") == 1
    event = AuditEvent.objects.filter(target=one.page_id).order_by("-seq").first()
    assert (event.action, event.actor) == ("suggestion.reopened", alice.id)
    assert "Nothing is decided here" in client.post(address, follow=True).text


def test_screen_shows_how_far_it_is_until_it_is_done(client, rows, alice):
    client.force_login(alice)
    review = reverse("batches:review", args=[rows[0].batch_id])
    client.post(reverse("batches:decide_many", kwargs={"batch_id": rows[0].batch_id, "what": "approve"}))
    group = rows[0].batch.group_decisions.get()
    group_work.work(group.pk)
    address = reverse("batches:group", args=[group.batch_id, group.pk])

    assert "3 of 8" in client.get(review).text
    assert 'hx-trigger="every 1s"' in client.get(address).text
    group_work.run()
    done = client.get(address).text
    assert "Approved 8" in done
    assert "every 1s" not in done
