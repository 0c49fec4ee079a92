"""An edit is offered to the sister pages whose changes wait, whatever was proposed for them."""

import pytest

from batches import offering, reviews, spreading
from batches.models import Suggestion
from batches.tests.factories import make_batch, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def suggest(project):
    batch = make_batch(project, 0, status="processing")

    def make(place, family="location · abc", **fields):
        run = make_run(batch, f"/{place.lower()}", place=place)
        run.page.dimensions, run.page.family = {"location": place.lower(), "service": "plumber"}, family
        run.page.save()
        original = fields.pop("original", f"{place} plumber")
        fields = {
            "text": f"The plumber of {place}",
            "level": "pass",
            "target": "title",
            "kind": "head",
        } | fields
        return Suggestion.objects.create(
            organization_id=batch.organization_id, batch=batch, run=run, page=run.page, original=original,
            original_hash="0" * 64, verdicts=[], confidence=1.0, pattern=place[:16], **fields,
        )  # fmt: skip

    return make


def test_edit_reaches_the_waiting_title_of_a_sister_page_in_its_own_values(suggest, alice):
    leeds = suggest("Leeds")
    york, held = suggest("York", text="Number 1 in York"), suggest("Hull", text="", level="refuse")
    suggest("Derby", original="Something else in Derby")
    suggest("Ely", family="location · other")
    reviews.edit(leeds, "Plumber in Leeds, day and night", by=alice)
    leeds.refresh_from_db()

    assert offering.count([leeds]) == {leeds.id: 2}
    assert spreading.apply(leeds, by=alice).count == 2
    for row, text in ((york, "Plumber in York, day and night"), (held, "Plumber in Hull, day and night")):
        row.refresh_from_db()
        assert (row.review, row.decided_text) == ("approved", text)


def test_title_that_names_no_value_is_spread_to_nobody(suggest, alice):
    leeds = suggest("Leeds")
    suggest("York")
    reviews.edit(leeds, "Pipes mended, day and night", by=alice)
    leeds.refresh_from_db()

    assert spreading.preview(leeds) == []
    with pytest.raises(spreading.NothingToSpreadError):
        spreading.apply(leeds, by=alice)


def test_all_edited_changes_of_a_list_are_looked_up_at_once(suggest, alice, django_assert_num_queries):
    rows = [suggest(place) for place in ("Leeds", "York", "Hull")]
    for row in rows[:2]:
        reviews.edit(row, f"Plumber in {row.page.path[1:].title()}, day and night", by=alice)
    edited = list(Suggestion.objects.exclude(decided_text="").select_related("page"))

    with django_assert_num_queries(1):
        assert set(offering.count(edited).values()) == {1}
