"""One journey with a client that a public generator made; runs in the generator's environment.

    python client_journey.py FOLDER URL KEY PROJECT

FOLDER holds the package `nimbus_client`. Prints a line of JSON; whatever is not as described ends it.
"""

import json
import sys
from typing import Any

FOLDER, URL, KEY, PROJECT = sys.argv[1:]
sys.path.insert(0, FOLDER)

from nimbus_client import AuthenticatedClient
from nimbus_client.api.batches import batch_create, batch_read, batch_submit, batch_upload
from nimbus_client.api.pages import batch_pages, page_status
from nimbus_client.api.projects import project_change, who_am_i
from nimbus_client.api.results import batch_results, project_applied, project_results
from nimbus_client.models import (
    AppliedInput,
    AppliedPage,
    BatchData,
    BatchInput,
    Problem,
    ProjectChange,
    SettingsInput,
    UploadReport,
)
from nimbus_client.types import File

PAGES = 3
FINAL = {"completed", "failed", "cancelled"}


def main() -> None:
    client = AuthenticatedClient(base_url=URL, token=KEY, timeout=70)
    me = who_am_i.sync(client=client)
    assert "admin" in me.key.scopes, me
    change = ProjectChange(settings=SettingsInput(review_mode="auto"))
    assert project_change.sync(PROJECT, client=client, body=change).settings.review_mode == "auto"
    batch = batch_create.sync(PROJECT, client=client, body=BatchInput(tier="meta", label="Journey"))
    assert isinstance(batch, BatchData), batch
    again = batch_upload.sync("batch_20000101_000000_NOSUCH", client=client, body=upload())
    assert isinstance(again, Problem), again
    assert again.code == "not_found", again
    report = batch_upload.sync(batch.batch_id, client=client, body=upload())
    assert isinstance(report, UploadReport), report
    assert (report.accepted, report.rejected) == (PAGES, 1), report
    submitted = batch_submit.sync(batch.batch_id, client=client, idempotency_key="journey-submit")
    assert submitted.status in {"queued", "processing"}, submitted
    ended, looks = poll(client, batch.batch_id)
    assert (ended.status, ended.summary.completed) == ("completed", PAGES), ended
    rows = batch_pages.sync(batch.batch_id, client=client, limit=2)
    assert (len(rows.results), rows.next_ is not None) == (2, True), rows
    status = page_status.sync(PROJECT, rows.results[0].page_id, client=client)
    assert status.result.success, status
    print(json.dumps({"looks": looks} | apply(client, batch.batch_id)))


def upload() -> File:
    lines = [page(number) for number in range(PAGES)] + [{"page_url": "/bad.html"}]
    return File(payload=b"".join(json.dumps(line).encode() + b"\n" for line in lines))


def page(number: int) -> dict[str, Any]:
    head = {"title": "Repair", "metaDescription": ""}
    block = {"id": "b-2b25c61c14", "type": "h1", "content": f"Watch repair in town {number}"}
    extraction = {"head": head, "dimensions": {"location": "Leeds"}, "above_fold_blocks": [block]}
    return {
        "page_url": f"/journey/{number}.html",
        "source_path": f"dist/{number}.html",
        "extraction": extraction,
    }


def poll(client: Any, batch_id: str) -> tuple[Any, int]:
    """Long looks, each of which is answered when something has changed."""
    tag, found = "", None
    for look in range(1, 60):
        answer = batch_read.sync_detailed(batch_id, client=client, wait=5, if_none_match=tag)
        tag = answer.headers["ETag"]
        found = answer.parsed or found
        if found.status in FINAL:
            return found, look
    raise TimeoutError(found)


def apply(client: Any, batch_id: str) -> dict[str, int]:
    pages = [json.loads(line) for line in batch_results.sync(batch_id, client=client).splitlines()]
    *lines, end = map(json.loads, project_results.sync(PROJECT, client=client).splitlines())
    assert (len(pages), end["end"], end["pages"]) == (PAGES, True, len(lines)), (pages, end)
    told = [AppliedPage(page_id=line["page_id"], applied=["title"]) for line in lines]
    recorded = project_applied.sync(PROJECT, client=client, body=AppliedInput(pages=told)).recorded
    assert recorded == len(lines) > 0, recorded
    return {"pages": len(pages), "applied": recorded}


if __name__ == "__main__":
    main()
