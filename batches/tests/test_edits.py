"""What a person writes in the review: as people write it, stored as a page can take it."""

import pytest
from django.urls import reverse

from batches import reviews
from batches.models import Suggestion
from batches.tests.factories import make_batch, make_project
from optimizer.html import Page, apply

pytestmark = pytest.mark.django_db
HTML = b"<!doctype html><html><body><main><p>We mend pipes in Leeds.</p></main></body></html>"


@pytest.fixture
def suggestion():
    run = make_batch(make_project(), pages=1).runs.get()
    (block,) = Page(HTML).blocks
    return Suggestion.objects.create(
        organization_id=run.organization_id, batch=run.batch, run=run, page=run.page, target=block.id,
        kind="block", original=block.content, original_hash="0", text="We repair pipes in Leeds.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Pipes & taps in Leeds", "Pipes &amp; taps in Leeds"),
        ("Pipes &amp; taps in Leeds", "Pipes &amp; taps in Leeds"),
        ("Leeds: 5 < 6 > 4", "Leeds: 5 &lt; 6 &gt; 4"),
        ("Pipes\r\n and\ttaps", "Pipes and taps"),
    ],
)
def test_what_a_person_types_reaches_the_page(suggestion, typed, written):
    reviews.edit(suggestion, typed, by="user_alice")
    suggestion.refresh_from_db()

    out, report = apply(HTML, {suggestion.target: suggestion.approved_text})

    assert report == {suggestion.target: "applied"}
    assert out == HTML.replace(b"We mend pipes in Leeds.", written.encode())


@pytest.mark.parametrize(
    "typed", ["<script>alert(1)</script>", "<b>Pipes</b>", "Pipes &nbsp; taps", "&copy; <a1>Leeds</a1>"]
)
def test_edit_that_no_page_could_take_is_refused(suggestion, typed):
    with pytest.raises(reviews.RefusedTextError):
        reviews.edit(suggestion, typed, by="user_alice")

    suggestion.refresh_from_db()
    assert suggestion.review == "pending"


def test_head_field_keeps_its_characters(suggestion):
    Suggestion.objects.filter(id=suggestion.id).update(kind="head", target="title", original="Old")
    suggestion.refresh_from_db()
    reviews.edit(suggestion, "Pipes & taps", by="user_alice")

    suggestion.refresh_from_db()
    assert suggestion.approved_text == "Pipes & taps"


def say(client, suggestion, typed):
    return client.post(reverse("batches:check", args=[suggestion.id]), {"text": typed}).text


def test_checks_speak_while_a_text_is_typed_and_store_nothing(client, suggestion):
    client.force_login(suggestion.batch.project.creator)

    assert "Passed every check" not in say(client, suggestion, "We mend pipes in Leeds since 1987.")
    assert "1987" in say(client, suggestion, "We mend pipes in Leeds since 1987.")
    assert "goes live on your word" in say(client, suggestion, "We mend pipes in Leeds since 1987.")
    assert "be saved like this" in say(client, suggestion, "<script>alert(1)</script>")
    assert "Write between" in say(client, suggestion, " ")
    assert "verdict--ok" in say(client, suggestion, "We repair pipes in Leeds.")
    suggestion.refresh_from_db()
    assert (suggestion.review, suggestion.decided_text) == ("pending", "")


def test_saved_edit_tells_what_the_checks_remark(client, suggestion):
    client.force_login(suggestion.batch.project.creator)
    address = reverse("batches:decide", kwargs={"suggestion_id": suggestion.id, "what": "edit"})
    typed = {"text": "We mend pipes in Leeds since 1987."}

    assert "1987" in client.post(address, typed, headers={"HX-Request": "true"}).text.partition("remark")[2]
