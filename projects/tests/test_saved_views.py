"""Filters with a name: saved, shown, replaced, removed and brought back."""

import pytest
from django.urls import reverse

from batches.models import Suggestion
from batches.tests.factories import make_batch
from projects import saved_views
from projects.models import SavedView

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(project):
    make_batch(project, pages=2, status="completed")
    return reverse("batches:pages", args=[project.id])


@pytest.fixture
def save(client, alice, project, pages):
    client.force_login(alice)

    def save(name, query, follow=True, **more):
        form = {"place": "pages", "name": name, "query": query, "next": f"{pages}?{query}"} | more
        return client.post(reverse("projects:save_view", args=[project.id]), form, follow=follow)

    return save


def test_view_is_offered_and_marked_where_its_filters_are_set(save, client, pages):
    save("Failed ones", "status=failed&after=x&q=")

    everything, chosen = client.get(pages).text, client.get(f"{pages}?status=failed").text
    assert 'href="?status=failed"' in everything
    assert 'href="?status=failed" aria-current="true">Failed ones' in chosen
    assert "Remove view" in chosen
    assert "Save view" not in everything


def test_same_name_again_replaces_the_filters(save, project):
    save("Mine", "status=failed")
    save(" Mine ", "q=kiel")

    assert list(SavedView.objects.values_list("name", "query")) == [("Mine", "q=kiel")]


@pytest.mark.parametrize(
    ("name", "query"), [("", "q=a"), ("Mine", ""), ("Mine", "after=5"), ("x" * 61, "q=a")]
)
def test_view_without_name_or_filter_says_what_is_missing(save, name, query):
    answer = save(name, query).text

    assert 'role="alert"' in answer
    assert not SavedView.objects.exists()


def test_removal_is_undone_from_its_toast(save, client, project, pages):
    save("Mine", "q=kiel")
    view = SavedView.objects.get()
    removed = client.post(
        reverse("projects:remove_view", args=[project.id, view.pk]), {"next": pages}, follow=True
    )

    undo = reverse("projects:restore_view", args=[project.id, view.pk])
    assert f'action="{undo}"' in removed.text
    assert saved_views.of(project, "pages") == []
    client.post(undo)
    assert saved_views.of(project, "pages") == [view]


def test_removed_name_that_was_given_away_does_not_come_back_twice(save, client, project):
    save("Mine", "q=kiel")
    first = SavedView.objects.get()
    saved_views.remove(first)
    save("Mine", "q=ulm")

    client.post(reverse("projects:restore_view", args=[project.id, first.pk]))
    assert [view.query for view in saved_views.of(project, "pages")] == ["q=ulm"]


def test_way_back_never_leaves_the_product(save, project):
    answer = save("Mine", "q=a", follow=False, next="https://elsewhere.test/")

    assert answer.url == reverse("projects:detail", args=[project.id])


def test_viewer_sees_views_and_saves_none(save, client, acme, project, pages, charlie):
    save("Mine", "q=kiel")
    acme.memberships.create(user=charlie, role="viewer")
    client.force_login(charlie)

    shown = client.get(f"{pages}?q=p0").text
    assert ">Mine<" in shown
    assert "Save view" not in shown
    assert save("Other", "q=a", follow=False).status_code == 403


def test_filter_of_the_review_is_kept_for_every_batch_of_the_project(save, client, project):
    first, second = (make_batch(project, status="completed") for _ in range(2))
    for batch in (first, second):
        suggest(batch)
    page = client.get(reverse("batches:review", args=[first.id]), {"list": "all", "check": "facts"}).text
    assert 'name="query" value="check=facts"' in page

    save("Facts", "check=facts", place="review")
    page = client.get(reverse("batches:review", args=[second.id]), {"check": "facts"}).text
    assert 'href="?check=facts" aria-current="true">Facts' in page


def suggest(batch):
    run = batch.runs.get()
    Suggestion.objects.create(
        organization_id=batch.organization_id, batch=batch, run=run, page=run.page, target="title",
        kind="head", original="a", original_hash="0", text="b", level="hold",
        verdicts=[{"check": "facts", "level": "hold", "message": "-"}],
    )  # fmt: skip
