"""One page through its addresses, and the pages of a batch."""

import orjson
import pytest

from batches import uploads
from batches.models import Page, PageRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(project, alice, make_page_line):
    batch = uploads.create_batch(project, tier="full", by=alice)
    uploads.accept(batch, [orjson.dumps(make_page_line(f"/{number}.html")) for number in range(5)], alice)
    return batch


@pytest.fixture
def run(batch):
    return PageRun.objects.order_by("id").first()


def test_pages_of_a_batch_come_page_by_page(api, batch):
    first = api.read(f"batches/{batch.id}/pages?limit=3").json()
    rest = api.read(f"batches/{batch.id}/pages?limit=3&cursor={first['next']}").json()

    urls = [row["page_url"] for row in first["results"] + rest["results"]]
    assert urls == [f"https://acme.test/{number}.html" for number in range(5)]
    assert rest["next"] is None


def test_pages_are_filtered_by_status(api, batch, run):
    PageRun.objects.filter(id=run.id).update(
        status="failed", error_code="too_large", error_message="Too large"
    )

    (row,) = api.read(f"batches/{batch.id}/pages?status=failed").json()["results"]

    assert (row["page_id"], row["error"]["code"]) == (run.page_id, "too_large")


@pytest.mark.parametrize(
    ("query", "field"),
    [("status=root", "status"), ("status=", "status"),
     ("limit=", "limit"), ("status=%00", "status"), ("cursor=x", "cursor"), ("cursor=-1", "cursor"),
     ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=1e9", "limit"), ("cursor=" + "9" * 19, "cursor")],
)  # fmt: skip
def test_wrong_filter_is_422(api, batch, query, field):
    answer = api.read(f"batches/{batch.id}/pages?{query}")

    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_list_of_pages_takes_few_queries(api, batch, django_assert_num_queries):
    # Key, its use (2 to find and move, 2 to count), batch, runs with their pages.
    api.read("project")
    with django_assert_num_queries(4):
        api.read(f"batches/{batch.id}/pages")


def test_page_data_is_that_of_the_newest_run(api, batch, run, project, alice, make_page_line):
    later = uploads.create_batch(project, tier="meta", by=alice)
    uploads.accept(later, [orjson.dumps(make_page_line("/0.html", title="Later"))], alice)

    newest = api.read(f"projects/{project.id}/pages/{run.page_id}").json()
    first = api.read(f"projects/{project.id}/pages/{run.page_id}?batch={batch.id}").json()

    assert (newest["batch_id"], newest["extraction"]["head"]["title"]) == (later.id, "Later")
    assert (first["batch_id"], "optimization" in first) == (batch.id, False)


def test_status_tells_progress_result_and_error(api, run, project):
    def status(**fields):
        PageRun.objects.filter(id=run.id).update(**fields)
        return api.read(f"projects/{project.id}/pages/{run.page_id}/status").json()

    assert status(status="processing", step="model", progress=40)["processing"]["progress"] == 40
    done = status(status="done", changes=3, confidence=None)
    assert done["result"] | {"completed": 0} == {
        "completed": 0,
        "success": True,
        "changes": 3,
        "confidence": None,
        "cost_usd": 0.0,
        "input_tokens": 0,
        "output_tokens": 0,
        "reused_lines": 0,
    }
    assert status(status="failed", error_code="refused", error_message="No")["error"]["code"] == "refused"


def test_status_of_an_unchanged_page_names_the_batch_whose_results_hold(api, batch, run, project):
    again = uploads.create_batch(project, tier="full", by="system")
    PageRun.objects.create(
        organization_id=run.organization_id, batch=again, page=run.page, content_hash="0" * 64,
        status="skipped", reused_from=run,
    )  # fmt: skip

    told = api.read(f"projects/{project.id}/pages/{run.page_id}/status").json()

    assert (told["status"], told["reused_from"]["batch_id"]) == ("skipped", batch.id)


def test_log_tells_the_story_newest_first(api, run, project):
    data = api.read(f"projects/{project.id}/pages/{run.page_id}/logs").json()

    assert data["page_id"] == run.page_id
    assert (data["entries"][0]["step"], data["entries"][0]["level"]) == ("upload", "info")
    assert data["next"] is None


def test_status_names_the_lane_that_the_page_is_in_now(api, project, batch, run):
    def lane():
        return api.read(f"projects/{project.id}/pages/{run.page_id}/status").json()["lane"]

    batch.lane = "economy"
    batch.save(update_fields=["lane"])
    assert lane() == "economy"

    # Replanned, because the provider was too slow.
    PageRun.objects.filter(id=run.id).update(status="queued", lane="live")
    assert lane() == "live"


@pytest.mark.parametrize("path", ["", "/status", "/logs"])
def test_page_of_another_project_is_404(api, api_as, foreign_project, charlie, project, run, path):
    stranger = api_as(foreign_project)

    assert stranger.read(f"projects/{project.id}/pages/{run.page_id}{path}").status_code == 404
    assert stranger.read(f"projects/{foreign_project.id}/pages/{run.page_id}{path}").status_code == 404
    assert api.read(f"projects/{project.id}/pages/page_{'0' * 24}{path}").status_code == 404
    assert api.read(f"projects/{project.id}/pages/{run.page_id}?batch=%00").status_code == 404


def test_page_without_a_run_is_404(api, project, run):
    page = Page.objects.get(id=run.page_id)
    page.runs.all().delete()

    assert api.read(f"projects/{project.id}/pages/{page.id}/status").status_code == 404
