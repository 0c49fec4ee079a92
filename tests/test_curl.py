"""The whole way by nothing but curl: what docs/api.md tells holds for whoever has no client of ours."""

import gzip
import json
import shutil
import subprocess

import pytest

from batches import group_decisions
from batches.models import Batch, Decision
from batches.wishes import Wish
from tests.cast import block

PAGES = 3


class Curl:
    """One call is one curl; the status stands on a line of its own behind the body."""

    def __init__(self, url, secret):
        self.url, self.secret = f"{url}/api/v1", secret
        self.program = shutil.which("curl")

    def __call__(self, method, path, *arguments, body=None):
        command = [
            self.program, "--silent", "--show-error", "--request", method, "--header",
            f"Authorization: Bearer {self.secret}", "--write-out", "\n%{http_code}", *arguments,
        ]  # fmt: skip
        if body is not None:
            command += ["--data-binary", "@-"]
        done = subprocess.run(
            [*command, f"{self.url}/{path}"], input=body, capture_output=True, check=True, timeout=90
        )
        text, _, status = done.stdout.rpartition(b"\n")
        return int(status), text

    def json(self, method, path, *arguments, data=None):
        kind = ("--header", "Content-Type: application/json")
        body = None if data is None else json.dumps(data).encode()
        status, text = self(method, path, *(kind if body else ()), *arguments, body=body)
        return status, json.loads(text)


@pytest.fixture
def curl(product, project, make_key):
    curl = Curl(product.url, make_key(project)[1])
    if not curl.program:
        pytest.skip("There is no curl on this machine.")
    return curl


def page(number):
    words = [block(f"Part {part} of page {number} tells of watches repaired by post.") for part in range(3)]
    extraction = {"head": {"title": f"Page {number}", "metaDescription": ""}, "above_fold_blocks": words}
    return {"page_url": f"/p{number}", "source_path": f"p{number}.html", "extraction": extraction}


def test_site_goes_through_by_curl_alone(curl, project, alice):
    name = ("--header", "Idempotency-Key: curl-1")
    status, batch = curl.json("POST", f"projects/{project.id}/batches", *name, data={"tier": "meta"})
    again = curl.json("POST", f"projects/{project.id}/batches", *name, data={"tier": "meta"})
    assert (status, again[1]["batch_id"]) == (201, batch["batch_id"])
    path = f"batches/{batch['batch_id']}"

    body = gzip.compress(b"\n".join(json.dumps(page(number)).encode() for number in range(PAGES)))
    kinds = ("--header", "Content-Type: application/x-ndjson", "--header", "Content-Encoding: gzip")
    status, text = curl("POST", f"{path}/pages", *kinds, body=body)
    assert (status, json.loads(text)["accepted"]) == (200, PAGES)
    assert curl.json("POST", f"{path}/submit")[0] == 202
    status, batch = curl.json("GET", f"{path}?wait=60")
    assert (status, batch["status"], batch["summary"]["completed"]) == (200, "completed", PAGES)

    group_decisions.decide(Batch.objects.get(), Wish(list="all"), Decision.What.APPROVE, by=alice)
    status, text = curl("GET", f"projects/{project.id}/results", "--compressed")
    *lines, end = map(json.loads, text.splitlines())
    assert (status, end["end"], end["pages"]) == (200, True, len(lines))
    assert all(line["optimization"]["optimizations"]["head"] for line in lines)
    applied = {"page_id": lines[0]["page_id"], "applied": ["title"]}
    report = {"pages": [applied]}
    assert curl.json("POST", f"projects/{project.id}/applied", data=report) == (202, {"recorded": 1})


def test_error_tells_curl_what_to_mend(curl, project):
    status, problem = curl.json("POST", f"projects/{project.id}/batches", data={"tier": "everything"})

    assert (status, problem["code"], problem["field"]) == (422, "unknown_tier", "tier")
