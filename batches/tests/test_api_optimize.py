"""One page in one request."""

import threading
import time

import pytest
from django.db import connection

from batches import executor
from batches.models import Batch, PageRun

pytestmark = pytest.mark.django_db


def test_page_is_on_its_way_before_all_others(api, project, make_page_line):
    answer = api.send(f"projects/{project.id}/optimize", make_page_line() | {"tier": "full"})

    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    batch = Batch.objects.get(id=answer.json()["batch_id"])
    assert (batch.tier, batch.priority, batch.lane) == ("full", 10, "live")
    status = api.get(answer.json()["status_url"].removeprefix("http://testserver")).json()
    assert (status["status"], status["batch_id"]) == ("queued", batch.id)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"page_url": "https://elsewhere.test/"}, "wrong_domain"), ({"page_id": "page_0"}, "page_id_mismatch"),
     ({"tier": "everything"}, "unknown_tier"), ({"tier": 3}, "invalid")],
)  # fmt: skip
def test_refused_page_leaves_no_batch_behind(api, project, make_page_line, change, code):
    answer = api.send(f"projects/{project.id}/optimize", make_page_line() | change)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not Batch.objects.exists()


def test_anything_but_one_json_page_is_refused(api, project):
    path = f"projects/{project.id}/optimize"

    assert api.send(path, b"{", content_type="application/json").status_code == 400
    assert api.send(path, b"{}", content_type="text/plain").status_code == 415
    assert api.read(path).status_code == 405


def test_optimize_needs_the_scope_upload(api_as, project, make_page_line):
    reader = api_as(project, scopes=["read"])

    assert reader.send(f"projects/{project.id}/optimize", make_page_line()).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_patient_client_gets_the_result_itself(api, project, make_page_line, monkeypatch):
    monkeypatch.setattr(executor, "LINGER_S", 0.1)

    def work():
        end = time.monotonic() + 10
        while not PageRun.objects.filter(status="queued").exists() and time.monotonic() < end:
            time.sleep(0.05)
        executor.run("test-worker", 2, 10)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    answer = api.send(
        f"projects/{project.id}/optimize", make_page_line(), headers={"Prefer": "respond-async, wait=20"}
    )
    worker.join()

    assert answer.status_code == 200
    assert answer.json()["optimization"]["type"] == "meta"


@pytest.mark.django_db(transaction=True)
def test_wait_that_is_over_answers_where_to_look(api, project, make_page_line):
    answer = api.send(f"projects/{project.id}/optimize", make_page_line(), headers={"Prefer": "wait=1"})

    assert (answer.status_code, answer.json()["status"]) == (202, "queued")


def test_page_sent_twice_under_one_key_is_bought_once(api, project, make_page_line):
    path, key = f"projects/{project.id}/optimize", {"headers": {"Idempotency-Key": "one-page"}}

    first = api.send(path, make_page_line(), **key)
    second = api.send(path, make_page_line(), **key)
    other = api.send(path, make_page_line("/other.html"), **key)

    assert (first.status_code, second.status_code) == (202, 202)
    assert second.json()["batch_id"] == first.json()["batch_id"]
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    assert Batch.objects.count() == 1
