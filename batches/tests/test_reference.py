"""The reference page speaks of the visitor's own project, in commands that run."""

import html
import json
import re
import shlex

import pytest

from batches import uploads
from tests.cast import ApiClient

pytestmark = pytest.mark.django_db
COMMAND = re.compile(r'<pre class="code" id="run-(\w+)"[^>]*>(.*?)</pre>', re.DOTALL)


@pytest.fixture
def batch(project, alice, make_page_line):
    batch = uploads.create_batch(project, tier="meta", by=alice)
    uploads.accept(batch, [json.dumps(make_page_line()).encode()], alice)
    return batch


def commands(client, query=""):
    page = client.get(f"/api/v1/reference{query}").content.decode()
    return {name: html.unescape(text) for name, text in COMMAND.findall(page)}


def run(text, secret):
    """What the shell would send, by the test client."""
    words = shlex.split(text.replace("\\\n", " "))
    method = words[words.index("-X") + 1] if "-X" in words else "GET"
    address = next(word for word in words if word.startswith("http://testserver"))
    body = words[words.index("--data-binary") + 1] if "--data-binary" in words else ""
    kinds = [word for word in words if word.startswith("Content-Type: ")]
    kind = kinds[0] if kinds else "Content-Type: application/json"
    path = address.removeprefix("http://testserver/api/v1/")
    return ApiClient(secret).send(path, body.encode(), method, content_type=kind.partition(": ")[2])


def test_commands_run_on_the_visitors_own_project(client, alice, project, batch, make_key):
    client.force_login(alice)
    secret = make_key(project, whole=True, scopes=["admin"])[1]
    found = commands(client)

    answers = {name: run(text, secret) for name, text in found.items() if name != "batch_events"}

    refused = {
        name: answer.status_code
        for name, answer in answers.items()
        # A state of the example's batch may forbid it, and two name what is not there.
        if answer.status_code >= 400 and answer.status_code != 409 and not name.startswith("provider_key_")
    }
    assert len(found) > 30
    assert refused == {}
    assert project.id in found["project_read"]
    assert batch.id in found["batch_read"]


def test_stranger_sees_the_example_site_alone(client, project, batch):
    assert all(project.id not in text and batch.id not in text for text in commands(client).values())


def test_foreign_project_is_not_named(client, alice, project, foreign_project):
    client.force_login(alice)

    found = commands(client, f"?project={foreign_project.id}")

    assert project.id in found["project_read"]
    assert not any(foreign_project.id in text for text in found.values())


def test_fields_are_told_in_words(client):
    page = client.get("/api/v1/reference").content.decode()

    assert "One of live, economy" in page
    assert "A whole number, 1 to 10" in page
    assert "Needed. Text, 120 characters at most" in page
