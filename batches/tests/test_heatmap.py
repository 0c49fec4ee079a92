"""Brand × place as a grid: what is worst in a cell gives its colour."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from batches import heatmap
from batches.models import Page
from batches.tests.factories import make_batch
from tests.cast import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(project):
    """Three brands in two towns, all done; each title is its brand's and its town's."""
    batch = make_batch(project, pages=6)
    for number, run in enumerate(batch.runs.order_by("id")):
        brand, town = f"Brand {number % 3}", f"Town {number // 3}"
        Page.objects.filter(id=run.page_id).update(dimensions={"brand": brand, "town": town})
        batch.runs.filter(id=run.id).update(status="done", changes=0, title=f"{brand} repairs in {town}")
    return batch


def looks(project, **given):
    grid = heatmap.grid(project, heatmap.dimensions(project), given)
    return {row: [cell.look for cell in cells] for row, cells in grid.rows}


def test_dimension_with_most_values_goes_down(batch, project):
    assert heatmap.dimensions(project) == ["brand", "town"]
    assert looks(project) == {f"Brand {n}": ["same", "same"] for n in range(3)}
    assert looks(project, down="town") == {f"Town {n}": ["same"] * 3 for n in range(2)}


def test_worst_state_gives_the_colour_and_all_are_counted(batch, project):
    page = Page.objects.get(dimensions={"brand": "Brand 0", "town": "Town 1"})
    others = batch.runs.exclude(page=page).values_list("page_id", flat=True)
    Page.objects.filter(id=others[0]).update(dimensions=page.dimensions, results_version=4)
    batch.runs.filter(page=page).update(status="failed")

    grid = heatmap.grid(project, heatmap.dimensions(project), {})
    cell = dict(grid.rows)["Brand 0"][1]

    assert (cell.look, cell.pages, cell.title) == ("failed", 2, "1 failed, 1 approved")


def test_titles_that_differ_by_brand_and_town_alone_are_the_same(batch, project):
    batch.runs.filter(page__dimensions={"brand": "Brand 1", "town": "Town 1"}).update(title="Lamps in June")

    found = looks(project, by="sameness")

    assert found == {"Brand 0": ["all", "all"], "Brand 1": ["all", "own"], "Brand 2": ["all", "all"]}


@pytest.mark.parametrize("given", [{"first": "-1"}, {"first": "x"}, {"down": "no such"}, {"across": "brand"}])
def test_an_address_that_somebody_made_up_shows_the_usual_grid(batch, project, given):
    assert looks(project, **given) == looks(project)


def test_rows_go_on_and_cost_what_the_first_ones_do(batch, project, monkeypatch):
    monkeypatch.setattr(heatmap, "ROWS", 2)
    with CaptureQueriesContext(connection) as sent:
        first = heatmap.grid(project, ["brand", "town"], {})
    rest = heatmap.grid(project, ["brand", "town"], {"first": "2"})

    assert [list(dict(grid.rows)) for grid in (first, rest)] == [["Brand 0", "Brand 1"], ["Brand 2"]]
    assert first.next.endswith("first=2")
    assert (rest.next, rest.previous.endswith("first=0")) == ("", True)
    assert len(sent) == 1


def test_families_show_the_grid_where_there_is_one(client, alice, batch, project):
    sign_in(client, alice)
    page = client.get(f"/projects/{project.id}/families").text
    Page.objects.filter(project=project).update(dimensions={"town": "Leeds"})

    assert "Brand × town" in page
    assert 'class="heat__same" title="Brand 0, 1 nothing to change"' in page
    assert 'class="heat"' not in client.get(f"/projects/{project.id}/families").text
