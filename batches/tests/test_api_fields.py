"""`?fields=`: of each answer that is read, only what was asked for."""

import asyncio
import json

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from batches import executor, uploads, wakeups
from batches.models import Batch, PageRun
from nimbus import selection
from nimbus.errors import InvalidError

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(project, alice, make_page_line):
    batch = uploads.create_batch(project, tier="meta", by=alice)
    uploads.accept(batch, [orjson.dumps(make_page_line(f"/{number}.html")) for number in range(2)], alice)
    return batch


def test_only_what_was_asked_for_comes_also_from_within(api, batch):
    found = api.read(f"batches/{batch.id}?fields=status,summary.pending,summary.failed").json()

    assert found == {"status": "uploading", "summary": {"pending": 2, "failed": 0}}


def test_fields_of_a_list_are_those_of_each_item(api, batch):
    found = api.read(f"batches/{batch.id}/pages?fields=next,results.source_path").json()

    assert found == {
        "next": None,
        "results": [{"source_path": "dist/0.html"}, {"source_path": "dist/1.html"}],
    }


def test_every_reading_address_chooses(api, api_as, batch):
    project, page = batch.project_id, PageRun.objects.first().page_id
    whole = api_as(batch.project, whole=True, scopes=["admin"])
    for client, path, fields in (
        (api, "project", "key.prefix,limits"),
        (api, f"projects/{project}", "settings.tone"),
        (api, f"projects/{project}/brief", "version"),
        (api, f"projects/{project}/pages/{page}", "extraction.head.title"),
        (api, f"projects/{project}/pages/{page}/status", "status"),
        (api, f"projects/{project}/pages/{page}/logs", "entries.action"),
        (api, f"projects/{project}/spend", "spent_usd,by_day"),
        (api, f"batches/{batch.id}/spend", "cap_usd"),
        (whole, "organization/spend", "cap_usd"),
        (whole, "provider-keys", "provider_keys.hint"),
    ):
        found = client.read(f"{path}?fields={fields}")
        assert found.status_code == 200, path
        assert found.json().keys() == {name.split(".")[0] for name in fields.split(",")}, path


def test_page_that_is_not_done_may_be_asked_for_its_end(api, batch):
    page = PageRun.objects.first().page_id

    found = api.read(f"projects/{batch.project_id}/pages/{page}/status?fields=result,error.code").json()

    assert found == {}


@pytest.mark.parametrize(
    "fields", ["statsu", "status,,label", "status.", "a b", "%00", "s" * 2001, "results.status", ","]
)
def test_slip_is_told(api, batch, fields):
    for path in (f"batches/{batch.id}", f"batches/{batch.id}/results", f"projects/{batch.project_id}"):
        answer = api.read(f"{path}?fields={fields}")
        assert (answer.status_code, answer.json()["field"]) == (422, "fields"), path


def test_no_fields_is_everything(api, batch):
    assert api.read(f"batches/{batch.id}?fields=").json() == api.read(f"batches/{batch.id}").json()


def test_write_answers_all_of_it(api_as, batch):
    admin = api_as(batch.project, scopes=["admin"])
    answer = admin.send(f"batches/{batch.id}/spend?fields=cap_usd", {"cap_usd": 1}, method="patch")

    assert "spent_usd" in answer.json()


def test_whole_field_wins_over_its_parts():
    assert selection.pick({"a": {"b": 1, "c": 2}}, tree("a.b,a")) == {"a": {"b": 1, "c": 2}}
    assert selection.pick({"a": {"b": 1, "c": 2}}, tree("a.b,a.c")) == {"a": {"b": 1, "c": 2}}


def tree(fields):
    class Request:
        GET = {"fields": fields}

    return selection.wanted(Request)


def test_lines_keep_the_one_that_ends_them():
    pieces = [b'{"page_id":"p","batch_id":"b"}\n{"page_id":"q"}\n', b'{"end":true,"pages":2}\n']

    assert b"".join(selection.lines(pieces, tree("page_id"), ("page_id", "batch_id"))).splitlines() == [
        b'{"page_id":"p"}', b'{"page_id":"q"}', b'{"end":true,"pages":2}',
    ]  # fmt: skip
    with pytest.raises(InvalidError):
        selection.lines(pieces, tree("name"), ("page_id",))


@pytest.mark.django_db(transaction=True)
def test_streams_choose_line_by_line(api, batch, monkeypatch):
    monkeypatch.setattr(executor, "LINGER_S", 0.1)
    batch.project.settings = {"review_mode": "auto"}
    batch.project.save()
    api.send(f"batches/{batch.id}/submit")
    executor.run("test-worker", 2, 10)

    for path, head in (
        (f"batches/{batch.id}/results", "optimization.optimizations.head"),
        (f"projects/{batch.project_id}/results", "optimization.optimizations.head"),
    ):
        answer = api.read(f"{path}?fields=page_id,{head}", headers={"accept-encoding": "deflate"})
        lines = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
        pages = [line for line in lines if "end" not in line]
        assert len(pages) == 2
        assert all(line.keys() == {"page_id", "optimization"} for line in pages)
        assert all(line["optimization"].keys() == {"optimizations"} for line in pages)
        assert "Content-Encoding" not in answer


@pytest.mark.django_db(transaction=True)
async def test_waiter_is_woken_by_what_it_asked_for_alone(batch, make_key, project):
    _, secret = await sync_to_async(make_key)(project)
    headers = {"authorization": f"Bearer {secret}"}
    path = f"/api/v1/batches/{batch.id}?fields=status"
    tag = (await AsyncClient().get(path, headers=headers))["ETag"]

    def move(**fields):
        Batch.objects.filter(id=batch.id).update(**fields)
        wakeups.notify([batch.id])

    known = headers | {"if-none-match": tag}
    waiting = asyncio.create_task(AsyncClient().get(f"{path}&wait=20", headers=known))
    await asyncio.sleep(0.4)
    await sync_to_async(move)(label="Another")
    await asyncio.sleep(0.6)
    assert not waiting.done()

    await sync_to_async(move)(status="queued")
    assert (await waiting).json() == {"status": "queued"}


def test_what_did_not_change_is_not_sent_again(api, batch):
    page = PageRun.objects.first().page_id
    for path in (
        "project", f"projects/{batch.project_id}?fields=name", f"batches/{batch.id}/pages",
        f"projects/{batch.project_id}/pages/{page}", f"projects/{batch.project_id}/pages/{page}/status",
    ):  # fmt: skip
        tag = api.read(path)["ETag"]
        again = api.read(path, headers={"if-none-match": tag})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag), path
        assert api.read(path, headers={"if-none-match": '"other"'}).status_code == 200, path


@pytest.mark.django_db(transaction=True)
async def test_status_of_a_page_is_held_until_it_changes(batch, make_key, project):
    _, secret = await sync_to_async(make_key)(project)
    run = await sync_to_async(PageRun.objects.first)()
    path = f"/api/v1/projects/{project.id}/pages/{run.page_id}/status"
    headers = {"authorization": f"Bearer {secret}"}
    tag = (await AsyncClient().get(path, headers=headers))["ETag"]

    def fail():
        PageRun.objects.filter(id=run.id).update(status="failed", error_code="too_large")
        wakeups.notify([batch.id])

    known = headers | {"if-none-match": tag}
    until_changed = asyncio.create_task(AsyncClient().get(f"{path}?wait=20", headers=known))
    until_final = asyncio.create_task(AsyncClient().get(f"{path}?wait=20&fields=status", headers=headers))
    await asyncio.sleep(0.4)
    assert not until_changed.done()
    assert not until_final.done()
    await sync_to_async(fail)()

    assert (await until_changed).json()["error"]["code"] == "too_large"
    assert (await until_final).json() == {"status": "failed"}
