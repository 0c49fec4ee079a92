"""Every text of a page: who proposed, wrote and decided it, what it cost, and the way back to it."""

import pytest
from django.urls import reverse

from batches import reviews, versions
from batches.models import Suggestion
from batches.tests.factories import make_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def titles(project):
    """The title of one page in two batches, the newer last."""
    found = []
    for text in ("Plumber in Leeds, day and night", "Pipes mended in Leeds by a plumber"):
        run = make_batch(project, pages=1).runs.select_related("page", "batch").get()
        type(run).objects.filter(id=run.pk).update(
            status="done", model="gpt-5-mini", prompt_version="p7", cost_microdollars=2100
        )
        found.append(
            Suggestion.objects.create(
                organization_id=run.organization_id, batch=run.batch, run=run, page=run.page, target="title",
                kind="head", original="Old title", original_hash="0" * 64, text=text, verdicts=[],
            )
        )  # fmt: skip
    return found


def texts(page):
    return [(v.text, v.by, v.is_current) for v in versions.of_page(page)]


def test_each_text_tells_who_wrote_and_who_decided(titles, alice, bob):
    old, new = titles
    reviews.approve(old, by=alice)
    reviews.edit(new, "Plumber in Leeds, by day and by night", by=bob)
    reviews.reject(new, by=alice)

    assert texts(old.page) == [
        ("Plumber in Leeds, by day and by night", "Bob", False),
        ("Pipes mended in Leeds by a plumber", "", False),
        ("Plumber in Leeds, day and night", "", True),
    ]
    written, _, first = versions.of_page(old.page)
    assert [(word.what, word.by) for word in written.words] == [("reject", "Alice")]
    assert [(word.what, word.by) for word in first.words] == [("approve", "Alice")]


def test_screen_names_model_prompt_and_cost(client, titles, alice):
    client.force_login(alice)
    page = client.get(reverse("batches:versions", args=[titles[0].batch_id, titles[0].page_id])).text

    for told in ("Proposed by gpt-5-mini", "Prompt p7", "$0.0021 for its page", "Use this text"):
        assert page.count(told) == 2


def test_older_text_is_used_again(client, titles, alice):
    client.force_login(alice)
    old, new = titles
    for row in titles:
        reviews.approve(row, by=alice)
    old.refresh_from_db()
    address = reverse("batches:decide", kwargs={"suggestion_id": old.id, "what": "approve"})
    answer = client.post(address, {"version": old.version, "to": "versions"}, follow=True)

    assert answer.redirect_chain[-1][0].endswith(f"{old.page_id}/versions")
    assert [text for text, _, is_current in texts(old.page) if is_current] == [old.text]
    assert versions.current_ones(new.page) == {"title": old.id}


def test_list_costs_the_same_for_any_number_of_texts(client, titles, alice, django_assert_max_num_queries):
    client.force_login(alice)
    old = titles[0]
    for number in range(20):
        Suggestion.objects.create(
            organization_id=old.organization_id, batch=old.batch, run=old.run, page=old.page, kind="block",
            target=f"b-{number}", original="Old", original_hash="0" * 64, text="New words", verdicts=[],
        )  # fmt: skip
    with django_assert_max_num_queries(16):
        client.get(reverse("batches:versions", args=[old.batch_id, old.page_id]), {"target": ""})
