import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from accounts import audit
from batches import downloads, previews, streams
from batches.models import Batch, Suggestion
from batches.tests.factories import make_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def batch(project):
    batch = make_batch(project, pages=2, status="processing", label="Spring")
    batch.runs.update(status="done", changes=2)
    return batch


@pytest.fixture
def suggest(batch):
    run = batch.runs.order_by("id").first()

    def make(target="title", level="pass", **fields):
        fields = {"kind": "head", "original": "Old title", "text": "New title"} | fields
        message = {"check": "facts", "level": level, "message": "“25” is not on the page."}
        return Suggestion.objects.create(
            organization_id=batch.organization_id, batch=batch, run=run, page=run.page, target=target,
            original_hash="0" * 64, level=level, verdicts=[message], **fields,
        )  # fmt: skip

    return make


def decide(client, suggestion, what, **fields):
    address = reverse("batches:decide", kwargs={"suggestion_id": suggestion.id, "what": what})
    response = client.post(address, fields, headers={"HX-Request": "true"})
    suggestion.refresh_from_db()
    return response


def test_batch_page_shows_counts_and_asks_for_the_stream(signed_in, batch):
    page = signed_in.get(reverse("batches:detail", args=[batch.id])).text

    assert "2 of 2 pages finished" in page
    assert f'hx-sse:connect="/batches/{batch.id}/events"' in page


def test_finished_batch_opens_no_stream(signed_in, batch):
    batch.move("completed")

    assert "hx-sse:connect" not in signed_in.get(reverse("batches:detail", args=[batch.id])).text


def test_failed_pages_are_grouped_by_code(signed_in, batch):
    batch.runs.update(status="failed", error_code="too_large")

    page = signed_in.get(reverse("batches:detail", args=[batch.id])).text
    assert "The page is too long for the model" in page
    assert "Show 2 pages" in page


def test_filter_leaves_the_other_pages_out(signed_in, batch):
    batch.runs.filter(page__path="/p1").update(status="failed")

    page = signed_in.get(reverse("batches:detail", args=[batch.id]), {"status": "failed"}).text
    assert "/p1</a>" in page
    assert "/p0</a>" not in page


def test_pause_and_resume(signed_in, batch):
    signed_in.post(reverse("batches:act", kwargs={"batch_id": batch.id, "verb": "pause"}))
    batch.refresh_from_db()
    assert batch.status == Batch.Status.PAUSED

    signed_in.post(reverse("batches:act", kwargs={"batch_id": batch.id, "verb": "resume"}))
    batch.refresh_from_db()
    assert batch.status != Batch.Status.PAUSED


def test_pause_is_taken_back_from_its_toast_and_cancelling_asks_first(signed_in, batch):
    act = {
        verb: reverse("batches:act", kwargs={"batch_id": batch.id, "verb": verb})
        for verb in ("pause", "resume")
    }
    page = signed_in.post(act["pause"], follow=True).text

    assert f'<form method="post" action="{act["resume"]}"><input type="hidden" name="csrf' in page
    assert 'data-open="cancel-batch"' in page
    assert '<dialog class="dialog" id="cancel-batch"' in page


def test_act_that_cannot_be_done_says_why(signed_in, batch):
    response = signed_in.post(
        reverse("batches:act", kwargs={"batch_id": batch.id, "verb": "resume"}), follow=True
    )

    assert "The batch is not paused" in response.text


def test_approving_answers_with_the_decided_change(signed_in, suggest):
    suggestion = suggest()
    response = decide(signed_in, suggestion, "approve")

    assert suggestion.review == "approved"
    assert "data-decided" in response.text
    assert "1 of 1 decided" in response.text


def test_held_change_needs_a_reason(signed_in, suggest):
    suggestion = suggest(level="hold")
    refused = decide(signed_in, suggestion, "approve")
    assert (refused.status_code, suggestion.review) == (422, "pending")

    decide(signed_in, suggestion, "approve", reason="The owner confirmed it")
    assert suggestion.review == "approved"


def test_edit_stores_the_persons_own_words(signed_in, suggest):
    suggestion = suggest()
    decide(signed_in, suggestion, "edit", text="A title of my own")

    assert suggestion.approved_text == "A title of my own"


def test_verdict_on_the_models_text_is_not_told_of_a_persons(signed_in, suggest):
    suggestion = suggest(level="hold")

    response = decide(signed_in, suggestion, "edit", text="A title of my own")

    assert "A title of my own" in response.text
    assert "is not on the page" not in response.text


def test_undo_makes_it_wait_again(signed_in, suggest):
    suggestion = suggest()
    decide(signed_in, suggestion, "reject")
    decide(signed_in, suggestion, "undo")

    assert suggestion.review == "pending"


def test_bulk_approval_leaves_held_changes(signed_in, batch, suggest):
    good, held = suggest(), suggest("metaDescription", "hold")
    signed_in.post(reverse("batches:decide_many", kwargs={"batch_id": batch.id, "what": "approve"}))

    good.refresh_from_db()
    held.refresh_from_db()
    assert (good.review, held.review) == ("approved", "pending")


def test_viewer_looks_but_does_not_decide(signed_in, alice, suggest):
    suggestion = suggest()
    alice.memberships.update(role="viewer")

    assert signed_in.get(reverse("batches:review", args=[suggestion.batch_id])).status_code == 200
    assert decide(signed_in, suggestion, "approve").status_code == 403


def test_review_shows_held_pages_first(signed_in, batch, suggest):
    suggest(level="hold")
    page = signed_in.get(reverse("batches:review", args=[batch.id])).text

    assert "Held by a check" in page
    assert "Why this may go live" in page


def test_page_shows_before_after_and_log(signed_in, project, batch, suggest):
    suggestion = suggest(original="Heating repair in Berlin today", text="Heating service in Berlin today")
    audit.record(project, "page.optimized", target=suggestion.page, batch=batch.id, message="Done, 1 change")
    page = signed_in.get(reverse("batches:page", args=[batch.id, suggestion.page_id])).text

    assert "<del>repair</del>" in page
    assert "<ins>service</ins>" in page
    assert "Done, 1 change" in page


def test_page_log_tells_what_a_build_applied(signed_in, project, batch, suggest):
    suggestion = suggest()
    downloads.record_applied(
        project, [{"page_id": suggestion.page_id, "after_hash": "", "before_hash": "", "applied": ["title"],
                   "skipped": []}], by="key_x"
    )  # fmt: skip
    audit.record(project, "page.completed", target=suggestion.page, batch="batch_other", message="Elsewhere")
    page = signed_in.get(reverse("batches:page", args=[batch.id, suggestion.page_id])).text

    assert "Applied 1 texts" in page
    assert "Elsewhere" not in page


def test_preview_runs_nothing_and_asks_no_host(signed_in, batch, suggest):
    suggestion = suggest()
    response = signed_in.get(reverse("batches:preview", args=[batch.id, suggestion.page_id]))

    policy = response.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "Plumber in Leeds" in response.text


def test_preview_before_shows_the_original(signed_in, suggest):
    suggestion = suggest(
        "b-1", kind="block", block_type="h1", original="Plumber in Leeds", text="Emergency plumber in Leeds"
    )
    address = reverse("batches:preview", args=[suggestion.batch_id, suggestion.page_id])

    assert "Emergency plumber" in signed_in.get(address).text
    assert "Emergency plumber" not in signed_in.get(address, {"side": "before"}).text


def test_preview_puts_its_own_style_inside_the_head():
    page = previews.styled("<!DOCTYPE html><html><head lang=en><title>A</title></head><body>B")

    assert page.startswith("<!DOCTYPE html><html><head lang=en><style>")
    assert previews.styled("<!doctype html><p>A").startswith("<!doctype html><style>")
    assert previews.styled("<p>A").startswith("<style>")


def test_no_template_carries_inline_style_or_script():
    pattern = re.compile(r'\sstyle="|\son[a-z]+="|hx-on|<script(?! type="module" src)')
    pages = [
        path for path in Path(settings.BASE_DIR, "templates").rglob("*.html") if "mail" not in path.parts
    ]

    assert len(pages) > 20
    assert [path.name for path in pages if pattern.search(path.read_text())] == []


def test_batch_page_asks_the_same_few_questions_for_any_number_of_pages(
    signed_in, project, django_assert_max_num_queries
):
    batch = make_batch(project, pages=30, status="processing")

    # Session, user, batch; sidebar 2; troubles 2, rate, events and their paths, models, tokens, saved; pages.
    with django_assert_max_num_queries(14):
        signed_in.get(reverse("batches:detail", args=[batch.id]))


def test_message_of_the_stream_is_one_event():
    assert streams.message("<p>\n\na</p>") == b"data: <p>\ndata: a</p>\n\n"
