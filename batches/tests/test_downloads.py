"""What a build gets: the current approved text of every page."""

import asyncio
import zlib

import orjson
import pytest
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse

from accounts.models import AuditEvent
from batches import downloads, page_data, reviews, uploads
from batches.api import streams
from batches.models import Batch, Page, PageRun, Suggestion
from nimbus import packing
from nimbus.errors import InvalidError
from tests.cast import block

pytestmark = pytest.mark.django_db


@pytest.fixture
def make_run(project, alice, make_page_line):
    """A finished run of `path` in a batch of its own, with suggestions as `{target: text}`."""

    def make(path="/about.html", batch=None, **texts):
        batch = batch or uploads.create_batch(project, tier="full", by=alice)
        uploads.accept(batch, [orjson.dumps(make_page_line(path))], alice)
        run = PageRun.objects.get(batch=batch, page__path=path)
        PageRun.objects.filter(id=run.id).update(
            status="done", model="offline", changes=len(texts), confidence=0.9
        )
        for position, (target, text) in enumerate(texts.items()):
            kind = "head" if target in {"title", "metaDescription"} else "block"
            Suggestion.objects.create(
                organization_id=batch.organization_id, batch=batch, run=run, page=run.page, target=target,
                kind=kind, original=f"Old {target}", original_hash="0", text=text, position=position,
            )  # fmt: skip
        return PageRun.objects.get(id=run.id)

    return make


def approve(run, *targets):
    for suggestion in Suggestion.objects.filter(run=run, **({"target__in": targets} if targets else {})):
        reviews.approve(suggestion, by="user_alice")


def reject(run):
    for suggestion in Suggestion.objects.filter(run=run):
        reviews.reject(suggestion, by="user_alice")


def read(project, since=0):
    lines = [orjson.loads(line) for line in b"".join(downloads.project_results(project, since)).splitlines()]
    assert lines[-1]["end"] is True
    return lines[:-1], int(lines[-1]["cursor"])


def whole(batch):
    portions = list(page_data.of_batch(batch))
    plain = b"".join(map(packing.plain, portions))
    assert zlib.decompress(b"".join(packing.join(portions))) == plain
    return plain


def texts(line):
    return line["optimization"]["optimizations"]


def test_approved_text_of_every_page_comes_whatever_its_batch(project, make_run):
    approve(make_run("/a.html", title="New A"))
    approve(make_run("/b.html", title="New B"))

    lines, _ = read(project)

    assert {line["page_url"]: texts(line)["head"] for line in lines} == {
        "https://acme.test/a.html": {"title": "New A"},
        "https://acme.test/b.html": {"title": "New B"},
    }


def test_line_holds_what_apply_needs(project, make_run):
    block_id = block()["id"]
    approve(make_run(title="New", **{block_id: "Better"}))

    (line,), _ = read(project)

    assert line["source_path"] == "dist/about.html"
    assert line["optimization"]["originals"] == {"title": "Old title"}
    assert texts(line)["blocks"] == [{"id": block_id, "optimized_content": "Better"}]
    assert (line["optimization"]["changes"], line["optimization"]["type"]) == (2, "full")


@pytest.mark.parametrize("follows", [True, False])
def test_line_says_whether_social_titles_follow(project, make_run, follows):
    project.settings = {"og_follows": follows}
    project.save(update_fields=["settings"])
    approve(make_run(title="New"))

    (line,), _ = read(project)

    assert line["optimization"]["og_follows"] is follows


def test_pending_text_stays_at_home(project, make_run):
    approve(make_run(title="New", metaDescription="Not yet"), "title")

    (line,), _ = read(project)

    assert texts(line)["head"] == {"title": "New"}


def test_newer_batch_without_decision_leaves_the_approved_text(project, make_run):
    approve(make_run(title="Approved"))
    make_run(title="Pending")

    (line,), _ = read(project)

    assert texts(line)["head"] == {"title": "Approved"}


def test_newest_decision_wins_also_on_an_older_batch(project, make_run):
    old, new = make_run(title="Old batch"), make_run(title="New batch")
    approve(new)
    approve(old)

    (line,), _ = read(project)

    assert texts(line)["head"] == {"title": "Old batch"}


def test_rejection_ends_an_older_approval(project, make_run):
    approve(make_run(title="Approved"))
    _, cursor = read(project)
    reject(make_run(title="Worse"))

    (line,), _ = read(project, cursor)

    assert texts(line) == {"head": {}, "blocks": []}


def test_edited_text_is_what_comes(project, make_run):
    run = make_run(title="Proposed")
    reviews.edit(Suggestion.objects.get(run=run), "Written by a person", by="user_alice")

    (line,), _ = read(project)

    assert texts(line)["head"] == {"title": "Written by a person"}


def test_cursor_brings_only_what_changed_since(project, make_run):
    approve(make_run("/a.html", title="A"))
    _, cursor = read(project)
    approve(make_run("/b.html", title="B"))

    lines, _ = read(project, cursor)

    assert [line["page_url"] for line in lines] == ["https://acme.test/b.html"]
    assert read(project, read(project)[1])[0] == []


def test_cursor_of_another_project_is_refused(project):
    with pytest.raises(InvalidError):
        list(downloads.project_results(project, 99))


def test_portions_lose_and_double_nothing(project, make_run, alice, monkeypatch):
    monkeypatch.setattr(downloads, "FIRST_TEXTS", 1)
    monkeypatch.setattr(downloads, "TEXTS_AT_ONCE", 2)
    monkeypatch.setattr(page_data, "FIRST_PAGES", 1)
    monkeypatch.setattr(page_data, "PAGES_AT_ONCE", 2)
    batch = uploads.create_batch(project, tier="full", by=alice)
    for number in range(5):
        approve(make_run(f"/{number}.html", batch=batch, title="New"))

    lines, _ = read(project)
    found = whole(batch).splitlines()

    assert len({line["page_id"] for line in lines}) == len(lines) == 5
    assert [orjson.loads(line)["page_url"][-6:] for line in found] == [f"{n}.html" for n in range(5)]


def test_results_cost_the_same_number_of_queries_for_more_pages(project, make_run, django_assert_num_queries):
    for number in range(4):
        approve(make_run(f"/{number}.html", title="New"))

    # The project's version, the names, the pages, their decisions.
    with django_assert_num_queries(4):
        read(project)


def test_batch_results_carry_extraction_and_review(project, make_run):
    run = make_run(title="New", **{block()["id"]: "Better"})
    approve(run, "title")

    data = orjson.loads(whole(run.batch))

    assert data["extraction"]["head"]["title"] == "About us"
    assert texts(data)["head_review"] == {"title": "approved"}
    assert texts(data)["blocks"][0]["review"] == "pending"


def test_batch_results_leave_out_what_is_not_done(project, make_run):
    run = make_run(title="New")
    PageRun.objects.update(status="failed")

    assert whole(run.batch) == b""


def test_unchanged_page_shows_the_results_that_hold(project, make_run):
    first = make_run(title="New")
    again = make_run()
    PageRun.objects.filter(id=again.id).update(status="skipped", reused_from=first)

    data = orjson.loads(whole(again.batch))

    assert (data["batch_id"], texts(data)["head"]) == (again.batch_id, {"title": "New"})


def test_stream_comes_piece_by_piece_under_asgi(rf):
    made = []

    def pieces():
        for number in range(3):
            made.append(number)
            yield b"%d" % number

    async def consume():
        scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
        response = streams.stream(ASGIRequest(scope, None), pieces())
        assert isinstance(response, StreamingHttpResponse)
        return [(piece, len(made)) async for piece in response.streaming_content]

    assert asyncio.run(consume()) == [(b"0", 1), (b"1", 2), (b"2", 3)]


@pytest.mark.parametrize(("pause_s", "patience_s", "times"), [(0, 5, 1), (0.1, 0.02, 4)])
def test_only_a_slow_reader_gives_its_connection_back_meanwhile(monkeypatch, pause_s, patience_s, times):
    closed = []
    monkeypatch.setattr(streams, "let_go", lambda: closed.append(True))
    monkeypatch.setattr(streams, "PATIENCE_S", patience_s)

    async def consume():
        async for _ in streams.in_thread(b"0", iter([b"1", b"2", b"3"])):
            await asyncio.sleep(pause_s)

    asyncio.run(consume())
    assert len(closed) == times


def test_reader_that_leaves_gives_its_connection_back(monkeypatch):
    closed = []
    monkeypatch.setattr(streams, "let_go", lambda: closed.append(True))

    async def leave():
        reading = streams.in_thread(b"0", iter([b"1", b"2"]))
        await anext(reading)
        await anext(reading)
        await reading.aclose()

    asyncio.run(leave())
    assert closed == [True]


def test_results_come_by_their_addresses(api, project, make_run):
    run = make_run(title="New")
    approve(run)

    answer = api.read(f"projects/{project.id}/results")
    whole = api.read(f"batches/{run.batch_id}/results")

    assert answer["Content-Type"] == "application/x-ndjson"
    assert orjson.loads(b"".join(answer).splitlines()[-1])["pages"] == 1
    assert orjson.loads(b"".join(whole))["page_id"] == run.page_id


@pytest.mark.parametrize("since", ["x", "-1", "99", "1" * 30])
def test_wrong_cursor_is_422(api, project, since):
    answer = api.read(f"projects/{project.id}/results?since={since}")

    assert (answer.status_code, answer.json()["field"]) == (422, "since")


def test_applied_pages_are_noted(api, project, make_run):
    run = make_run(title="New")
    page = {
        "page_id": run.page_id, "before_hash": "a", "after_hash": "b", "applied": ["title"],
        "skipped": [{"target": "b-137aacb507", "reason": "stale"}],
    }  # fmt: skip

    answer = api.send(f"projects/{project.id}/applied", {"pages": [page, page | {"page_id": "page_unknown"}]})

    assert (answer.status_code, answer.json()) == (202, {"recorded": 1})
    assert Page.objects.get().applied_hash == "b"
    assert AuditEvent.objects.get(action="page.applied").data["skipped"] == page["skipped"]


@pytest.mark.parametrize(
    "body",
    [{}, {"pages": "x"}, {"pages": [5]}, {"pages": [{"page_id": 5}]}, {"pages": [{"page_id": "p"}] * 1001},
     {"pages": [{"page_id": "p", "skipped": ["x"]}]}, {"pages": [{"page_id": "p", "after_hash": "x" * 65}]}],
)  # fmt: skip
def test_wrong_report_is_422(api, project, body):
    assert api.send(f"projects/{project.id}/applied", body).status_code == 422


def test_report_needs_the_scope(api_as, project):
    reader = api_as(project, scopes=["read"])

    assert reader.send(f"projects/{project.id}/applied", {"pages": []}).status_code == 403


def test_counts_of_the_batch_follow_the_review(project, make_run):
    run = make_run(title="New", metaDescription="New")
    approve(run, "title")

    batch = Batch.objects.get(id=run.batch_id)
    assert (batch.approved_count, batch.pending_count) == (1, 1)
