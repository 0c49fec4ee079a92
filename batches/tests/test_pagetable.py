"""The screen of a project's pages: what it shows, how it is narrowed and ordered, and its file."""

import csv
import io
import re

import pytest
from django.http import QueryDict
from django.urls import reverse

from batches.models import Page, Suggestion
from batches.tests.factories import make_batch, make_run
from nimbus.spreadsheets import plain
from optimizer import checks

pytestmark = pytest.mark.django_db
PATH = re.compile(r'<td class="lead">(?:<a [^>]+>)?([^<]+)')


@pytest.fixture
def batch(project):
    """Six pages of many states; what is looked for in the tests is told apart here."""
    batch = make_batch(project, pages=6, status="completed")
    runs = list(batch.runs.order_by("id"))
    for number, run in enumerate(runs):
        values = {"status": "done", "confidence": number / 10, "changes": number, "title": f"Page {number}"}
        batch.runs.filter(id=run.id).update(**values)
    batch.runs.filter(id=runs[5].id).update(status="failed", error_code="too_large", confidence=None)
    Page.objects.filter(path="/p1").update(
        dimensions={"location": "Bad Tölz", "service": ["Plumber", "Roofs"]}
    )
    Page.objects.filter(path="/p2").update(dimensions={"service": "Bad Tölz", "rooms": 25}, family="places")
    return batch


@pytest.fixture
def look(client, alice, project):
    client.force_login(alice)

    def look(expected=200, **given):
        response = client.get(reverse("batches:pages", args=[project.id]), given)
        assert response.status_code == expected
        return response.text

    return look


def suggest(batch, path, check, level, review="pending"):
    run = batch.runs.get(page__path=path)
    return Suggestion.objects.create(
        organization_id=batch.organization_id, batch=batch, run=run, page=run.page, target="title",
        kind="head", original="a", original_hash="0", text="b", level=level, review=review,
        verdicts=[{"check": check, "level": level, "message": "-"}],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "paths"),
    [
        ({}, ["/p0", "/p1", "/p2", "/p3", "/p4", "/p5"]),
        ({"family": "places"}, ["/p2"]),
        ({"status": "failed"}, ["/p5"]),
        ({"q": "P3"}, ["/p3"]),
        ({"q": "page 4"}, ["/p4"]),
        ({"q": "_"}, []),
        ({"dimension": "location: bad tölz"}, ["/p1"]),
        ({"dimension": "Bad Tölz"}, ["/p1", "/p2"]),
        ({"dimension": "service:roofs"}, ["/p1"]),
        ({"dimension": "rooms: 25"}, ["/p2"]),
        ({"low": "0.15", "high": "0.3"}, ["/p2", "/p3"]),
        ({"check": "claims"}, ["/p4"]),
        ({"q": "p", "status": "done", "high": "0.1"}, ["/p0", "/p1"]),
        ({"sort": "-path"}, ["/p5", "/p4", "/p3", "/p2", "/p1", "/p0"]),
        ({"sort": "-confidence"}, ["/p4", "/p3", "/p2", "/p1", "/p0", "/p5"]),
        ({"sort": "changes", "low": "0.25"}, ["/p4", "/p3"]),
    ],
)
def test_address_says_what_is_shown(look, batch, given, paths):
    suggest(batch, "/p4", "claims", "hold")
    suggest(batch, "/p3", "names", "note")

    assert PATH.findall(look(**given)) == paths


def test_newest_run_counts(look, batch, project):
    later = make_batch(project)
    make_run(later, "/p5", status="done", title="Mended")

    assert "/p5" not in PATH.findall(look(status="failed"))
    assert PATH.findall(look(q="Mended")) == ["/p5"]


def test_path_is_found_as_people_write_it(look, batch):
    make_run(batch, "/m%C3%BCnchen", status="done", title="Somewhere")

    assert PATH.findall(look(q="/münchen"))
    assert PATH.findall(look(q="/m%C3%BCn"))
    assert not PATH.findall(look(q="/kiel"))


@pytest.mark.parametrize(
    "given",
    [
        {"status": "odd"}, {"sort": "odd"}, {"low": "much"}, {"high": "nan"}, {"after": "7"},
        {"after": '["a"]'}, {"after": '["a","b"]', "sort": "cost"}, {"before": "\x00"},
        {"q": "\x00"}, {"dimension": ":"},
    ],
)  # fmt: skip
def test_address_that_makes_no_sense_shows_all(look, batch, given):
    assert len(PATH.findall(look(**given))) == 6


@pytest.mark.parametrize("sort", ["path", "-path", "confidence", "-confidence", "changes", "cost", "newest"])
def test_pages_of_the_list_hold_every_row_once_there_and_back(look, project, batch, sort, monkeypatch):
    monkeypatch.setattr("batches.pagetable_views.PER_PAGE", 2)
    batch.runs.filter(page__path__in=["/p0", "/p1", "/p2"]).update(confidence=0.2, cost_microdollars=7)

    forth, page = [], look(sort=sort)
    while True:
        forth.append(PATH.findall(page))
        if not (onward := re.search(r'href="\?([^"]*)" rel="next"', page)):
            break
        page = look(**addressed(onward[1]))
    back = [PATH.findall(page)]
    while found := re.search(r'href="\?([^"]*)" rel="prev"', page):
        page = look(**addressed(found[1]))
        back.append(PATH.findall(page))

    assert sorted(path for rows in forth for path in rows) == [f"/p{number}" for number in range(6)]
    assert [len(rows) for rows in forth] == [2, 2, 2]
    assert back == forth[::-1]


def addressed(query):
    return QueryDict(query.replace("&amp;", "&")).dict()


def test_row_says_what_is_left_to_decide_and_what_holds_it(look, batch):
    suggest(batch, "/p0", "claims", "hold")
    page = look(q="/p0")

    assert "New claim" in page
    assert f"/batches/{batch.id}/review?page=" in page


def test_links_keep_the_filters(look, batch):
    page = look(status="done", sort="changes")

    assert "pages.csv?status=done&amp;sort=changes" in page
    assert "?status=done&amp;sort=-changes" in page
    assert 'aria-sort="descending"' in page


def test_region_alone_is_answered_to_a_script(client, look, batch, project):
    look()
    page = client.get(
        reverse("batches:pages", args=[project.id]), {"q": "p3"}, headers={"HX-Request-Type": "partial"}
    ).text

    assert PATH.findall(page) == ["/p3"]
    assert "<html" not in page


def test_nothing_found_says_how_to_go_on(look, batch):
    assert "No page failed" not in look(q="nowhere", status="failed")
    assert "No page matches these filters." in look(q="nowhere", status="failed")
    assert "No pages yet" not in look(q="nowhere")


def test_project_without_pages_says_where_they_come_from(look):
    assert "They come with the first batch" in look()


def test_every_check_can_be_chosen(look, batch):
    page = look(check="facts")

    assert '<option value="facts" selected>' in page
    assert all(f'<option value="{name}"' in page for name in checks.ABOUT)


def test_number_of_queries_stays_the_same(look, batch, project, django_assert_num_queries):
    make_batch(project, pages=60)
    # Session, user, project; sidebar 2; rows, findings, saved views, role, dimensions, families.
    with django_assert_num_queries(11):
        look()
    with django_assert_num_queries(11):
        look(q="p", status="done", check="claims", dimension="a:b", sort="cost", low="0.1")


def export(client, project, **given):
    response = client.get(reverse("batches:pages_csv", args=[project.id]), given)
    assert response.streaming
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return response, list(csv.DictReader(io.StringIO(text)))


def test_file_holds_what_the_filters_show_in_their_order(client, look, project, batch, monkeypatch):
    monkeypatch.setattr("batches.pagetable_csv.AT_ONCE", 2)
    suggest(batch, "/p4", "claims", "hold")
    look()
    response, rows = export(client, project, status="done", sort="changes")

    assert [row["page"] for row in rows] == [f"https://acme.test/p{number}" for number in (4, 3, 2, 1, 0)]
    assert (rows[0]["to decide"], rows[0]["held by"], rows[0]["confidence"]) == ("1", "claims", "0.4")
    assert (
        rows[3]["dimensions"] == "service: ['Plumber', 'Roofs']; location: Bad Tölz" or rows[3]["dimensions"]
    )
    assert 'filename="pages-acme.test.csv"' in response.headers["Content-Disposition"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "\r1"])
def test_formula_is_only_text_in_the_file(client, look, project, batch, text):
    batch.runs.filter(page__path="/p0").update(title=text)
    look()
    _, rows = export(client, project, high="0")

    assert rows[0]["title"] == f"'{text}"
    assert plain("A title - with signs = fine") == "A title - with signs = fine"


def test_stranger_finds_neither_screen_nor_file(client, charlie, project, batch):
    client.force_login(charlie)

    for name in ("batches:pages", "batches:pages_csv"):
        assert client.get(reverse(name, args=[project.id])).status_code == 404
