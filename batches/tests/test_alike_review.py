"""Many changes at once: alike ones in groups, exceptions apart, one word on many, and back again."""

import pytest
from django.urls import reverse

from batches import alikes, group_decisions, keeping, presence, review_queue, reviews, samples, spreading
from batches.models import Decision, Suggestion
from batches.tests.factories import make_batch
from batches.wishes import Wish

pytestmark = pytest.mark.django_db
NOTHING = Wish()


@pytest.fixture
def signed_in(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def batch(project):
    batch = make_batch(project, pages=6, status="processing")
    batch.runs.update(status="done", changes=1)
    return batch


@pytest.fixture
def suggest(batch):
    runs = list(batch.runs.order_by("id"))

    def make(number, pattern="a" * 16, level="pass", **fields):
        fields = {"confidence": 1.0, "text": "Plumber in Leeds, day and night", "target": "title"} | fields
        run = runs[number]
        return Suggestion.objects.create(
            organization_id=batch.organization_id, batch=batch, run=run, page=run.page, kind="head",
            original="Old title", original_hash="0" * 64, level=level, pattern=pattern,
            verdicts=[{"check": "facts", "level": level, "message": "“25” is not on the page."}], **fields,
        )  # fmt: skip

    return make


@pytest.fixture
def three(suggest):
    """Three alike ones, one that stands alone, and one that a check holds though it is alike."""
    alike = [suggest(number) for number in range(3)]
    return alike, suggest(3, pattern="b" * 16), suggest(4, level="hold", confidence=0.5)


def state(*rows):
    for row in rows:
        row.refresh_from_db()
    return [row.review for row in rows]


def titles(batch, wish=NOTHING):
    return [(group.title, group.count, group.changes) for group in review_queue.groups(batch, wish)]


def test_queue_has_exceptions_first_and_alike_ones_in_one_line(batch, three):
    assert titles(batch) == [
        ("Held by a check", 1, 1), ("Look closer", 1, 1), ("Alike, all checks passed", 1, 3),
    ]  # fmt: skip


def test_remark_on_one_of_a_group_is_told_of_the_group(batch, three, suggest):
    suggest(5, level="note", confidence=0.9)

    assert ("Alike, with a remark", 1, 4) in titles(batch)


def test_where_nothing_is_alike_nothing_stands_out(batch, suggest):
    for number in range(3):
        suggest(number, pattern=str(number) * 16)

    assert titles(batch) == [("All checks passed", 3, 3)]


def test_group_is_approved_without_its_exceptions(batch, three, alice):
    alike, alone, held = three
    group = group_decisions.decide(
        batch, Wish(alike="a" * 16), Decision.What.APPROVE, by=alice, out=[alike[1].id]
    )

    assert group.count == 2
    assert state(*alike, alone, held) == ["approved", "pending", "approved", "pending", "pending"]


def test_held_text_is_never_approved_with_others(batch, three, alice):
    group_decisions.decide(batch, Wish(list="all"), Decision.What.APPROVE, by=alice)

    assert state(three[2]) == ["pending"]
    with pytest.raises(group_decisions.NothingMatchesError):
        group_decisions.decide(batch, Wish(list="held"), Decision.What.APPROVE, by=alice)


def test_held_texts_may_be_rejected_together(batch, three, alice):
    assert group_decisions.decide(batch, Wish(list="held"), Decision.What.REJECT, by=alice).count == 1


def test_what_came_after_the_look_is_left_alone(batch, three, suggest, alice):
    until = three[1].created_at
    late = suggest(5)
    group_decisions.decide(batch, Wish(list="all"), Decision.What.APPROVE, by=alice, until=until)

    assert state(late) == ["pending"]


def test_undo_takes_back_the_group_but_not_what_was_decided_since(batch, three, alice, bob):
    alike = three[0]
    group = group_decisions.decide(batch, Wish(alike="a" * 16), Decision.What.APPROVE, by=alice)
    reviews.reject(alike[0], by=bob)

    assert group_decisions.undo(group, by=alice).count == 2
    assert state(*alike) == ["rejected", "pending", "pending"]
    with pytest.raises(group_decisions.UndoneAlreadyError):
        group_decisions.undo(group, by=alice)


@pytest.mark.parametrize(
    ("wish", "count"),
    [
        (Wish(check="facts"), 5), (Wish(check="names"), 0), (Wish(below="0.5"), 1), (Wish(q="/p3"), 1),
        (Wish(field="title"), 5), (Wish(field="block"), 0), (Wish(dimension="location:Leeds"), 1),
    ],
)  # fmt: skip
def test_filters_leave_what_they_say(batch, three, wish, count):
    page = three[1].page
    page.dimensions = {"location": "leeds"}
    page.save(update_fields=["dimensions"])

    assert alikes.opened(batch, wish).count() == count


def test_address_that_makes_no_sense_says_nothing():
    assert Wish.of({"below": "much", "list": "odd", "field": "id", "dimension": "leeds"}) == NOTHING


def test_lists_go_on_behind_the_last_one_shown(batch, three, suggest):
    suggest(5, text="", level="refuse", confidence=None)
    rows = list(alikes.listed(batch, Wish(list="all")))

    assert [row.confidence for row in rows] == [None, 0.5, 1.0, 1.0, 1.0, 1.0]
    for number, row in enumerate(rows):
        assert list(alikes.beyond(alikes.listed(batch, Wish(list="all")), row)) == rows[number + 1 :]


def test_decision_on_what_another_decided_is_refused(batch, three, alice, bob):
    seen = three[1].version
    reviews.reject(three[1], by=bob, seen=seen)

    with pytest.raises(reviews.DecidedMeanwhileError, match="Bob rejected this change meanwhile"):
        reviews.approve(three[1], by=alice, seen=seen)
    assert state(three[1]) == ["rejected"]


def test_refused_edit_keeps_what_was_typed(signed_in, three, bob):
    reviews.approve(three[1], by=bob)
    address = reverse("batches:decide", kwargs={"suggestion_id": three[1].id, "what": "edit"})
    answer = signed_in.post(
        address, {"text": "Taps mended in Leeds", "version": "1"}, headers={"HX-Request": "true"}
    )

    assert answer.status_code == 422
    assert "Bob approved this change meanwhile" in answer.text
    assert "Taps mended in Leeds" in answer.text


def test_screen_says_who_is_here_and_what_they_decided(signed_in, client, batch, three, bob):
    other = type(client)()
    other.force_login(bob)
    address = reverse("batches:here", args=[batch.id])
    other.get(address, {"place": "/kiel/"})
    reviews.reject(three[1], by=bob)
    answer = signed_in.get(address, {"at": [f"{row.id}:1" for row in (three[1], three[2])]}).text

    assert "Bob is on /kiel/" in answer
    assert f"change-{three[1].id}" in answer
    assert "by Bob" in answer
    assert f"change-{three[2].id}" not in answer


def test_review_goes_on_without_valkey(signed_in, batch, three, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    presence.client.cache_clear()
    try:
        assert signed_in.get(reverse("batches:here", args=[batch.id])).status_code == 200
    finally:
        presence.client.cache_clear()


def test_same_edit_reaches_the_siblings_that_can_take_it(batch, three, suggest, alice):
    alike = three[0]
    reviews.edit(alike[0], "Plumber in Leeds by day and night", by=alice)
    alike[0].refresh_from_db()
    good = [wording.suggestion.id for wording in spreading.preview(alike[0]) if not wording.trouble]
    group = spreading.apply(alike[0], by=alice)

    assert sorted(good) == sorted(row.id for row in alike[1:])
    assert group.count == 2
    assert {row.decided_text for row in alike[1:] if not row.refresh_from_db()} == {
        "Plumber in Leeds by day and night"
    }
    assert group_decisions.undo(group, by=alice).count == 2


def test_edit_that_a_check_would_hold_stays_with_its_page(batch, three, alice):
    alike = three[0]
    reviews.edit(alike[0], "Plumber in Leeds since 1871", by=alice)
    alike[0].refresh_from_db()

    assert all("1871" in wording.trouble for wording in spreading.preview(alike[0]))
    with pytest.raises(spreading.NothingToSpreadError):
        spreading.apply(alike[0], by=alice)


def test_only_what_a_person_read_by_itself_counts_for_the_sample(batch, three, alice):
    alike, alone, _ = three
    assert samples.plan(batch).size == 4
    reviews.approve(alone, by=alice)
    group_decisions.decide(batch, Wish(alike="a" * 16), Decision.What.APPROVE, by=alice)
    assert (samples.plan(batch).proof.read, samples.unread(batch).count()) == (1, 3)

    reviews.reject(alike[0], by=alice)
    proof = samples.plan(batch).proof

    assert (proof.population, proof.read, proof.defects) == (4, 2, 1)


@pytest.mark.parametrize(
    "query", ["", "?list=held", "?list=closer", "?list=sample", "?list=all", "?alike=aaaaaaaaaaaaaaaa"]
)
def test_every_list_opens_with_as_many_queries_as_ever(
    signed_in, batch, three, suggest, query, django_assert_max_num_queries
):
    for number in range(4):
        suggest(5, target=f"b-{number}")
    with django_assert_max_num_queries(32):
        assert signed_in.get(reverse("batches:review", args=[batch.id]) + query).status_code == 200


def test_approving_a_group_leads_to_the_next_and_undo_comes_with_it(signed_in, batch, three, suggest):
    for number in (0, 1):
        suggest(number, pattern="c" * 16, target="metaDescription")
    address = reverse("batches:decide_many", kwargs={"batch_id": batch.id, "what": "approve"})
    answer = signed_in.post(address, {"alike": "a" * 16, "out": three[0][0].id}, follow=True)

    assert answer.redirect_chain[-1][0].endswith(f"?alike={'c' * 16}")
    assert "Approved 2 changes. 1 held out." in answer.text
    group = batch.group_decisions.get()
    signed_in.post(reverse("batches:undo_many", args=[batch.id, group.pk]))
    assert state(*three[0]) == ["pending"] * 3


def test_viewer_may_look_but_not_decide_on_many(signed_in, alice, batch, three):
    alice.memberships.update(role="viewer")
    address = reverse("batches:decide_many", kwargs={"batch_id": batch.id, "what": "approve"})

    assert signed_in.post(address, {"list": "all"}).status_code == 403
    assert state(*three[0]) == ["pending"] * 3


def test_queue_that_took_long_is_counted_once_and_shows_nothing_that_was_decided(
    batch, three, alice, monkeypatch
):
    monkeypatch.setattr(keeping, "SLOW_S", 0.0)
    monkeypatch.setattr(keeping, "GOOD_FOR", 10_000)
    alike, _, held = three
    before = titles(batch)
    monkeypatch.setattr(alikes, "counted", None)

    reviews.reject(held, by=alice)
    for row in alike[1:]:
        reviews.approve(row, by=alice)
    keys = [line.key for group in review_queue.groups(batch, NOTHING) for line in group.lines]
    reviews.approve(alike[0], by=alice)
    later = [line.key for group in review_queue.groups(batch, NOTHING) for line in group.lines]

    assert len(before) == 3
    assert keys == [three[1].page_id, "a" * 16]
    assert later == [three[1].page_id]
