"""The same Idempotency-Key: one act, one answer, however often it is sent."""

import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.urls import get_resolver

from accounts.models import ProviderKey
from batches import uploads
from batches.models import Batch, PageRun
from nimbus import idempotency
from nimbus.models import IdempotencyRecord
from projects.api import KeyView
from projects.models import APIKey, Project
from tests.cast import ApiClient

HEADER = {"idempotency-key": "build-4711"}


@pytest.fixture
def url(project):
    return f"projects/{project.id}/batches"


def test_second_request_gets_the_first_answer(api, url):
    first = api.send(url, {"tier": "meta"}, headers=HEADER)
    second = api.send(url, {"tier": "meta"}, headers=HEADER)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert Batch.objects.count() == 1


def test_order_of_fields_makes_no_other_request(api, url):
    api.send(url, b'{"tier":"meta","label":"a"}', headers=HEADER)

    assert api.send(url, b'{"label": "a", "tier": "meta"}', headers=HEADER).status_code == 201
    assert Batch.objects.count() == 1


def test_other_body_or_address_is_refused(api, url):
    batch = api.send(url, {"tier": "meta"}, headers=HEADER).json()["batch_id"]

    for answer in (
        api.send(url, {"tier": "full"}, headers=HEADER),
        api.send(f"batches/{batch}/cancel", headers=HEADER),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
        assert answer.json()["field"] == "Idempotency-Key"


def test_refused_request_may_be_mended_under_the_same_key(api, url):
    assert api.send(url, {"tier": "grand"}, headers=HEADER).status_code == 422
    assert api.send(url, {"tier": "meta"}, headers=HEADER).status_code == 201


def test_act_that_fails_late_leaves_nothing(api, url, monkeypatch):
    api.raise_request_exception = False
    monkeypatch.setattr("batches.api.batches.shapes.batch_data", lambda *_: 1 / 0)

    assert api.send(url, {}, headers=HEADER).status_code == 500
    assert not Batch.objects.exists()
    assert not IdempotencyRecord.objects.exists()


def test_another_key_of_the_project_is_another_client(api, api_as, project, url):
    api.send(url, {}, headers=HEADER)

    assert "Idempotent-Replayed" not in api_as(project).send(url, {}, headers=HEADER)
    assert Batch.objects.count() == 2


@pytest.mark.parametrize("name", ["", "x" * 256, "ü", "a\tb"])
def test_odd_name_is_refused(api, url, name):
    answer = api.send(url, {}, headers={"idempotency-key": name})

    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


def test_answer_is_kept_for_two_days(api, url, monkeypatch):
    api.send(url, {}, headers=HEADER)
    now = idempotency.clock.now()
    monkeypatch.setattr(idempotency.clock, "now", lambda: now + timedelta(hours=47, minutes=59))
    assert idempotency.forget_old() == 0
    assert "Idempotent-Replayed" in api.send(url, {}, headers=HEADER)

    monkeypatch.setattr(idempotency.clock, "now", lambda: now + timedelta(hours=49))
    assert "Idempotent-Replayed" not in api.send(url, {}, headers=HEADER)
    assert Batch.objects.count() == 2

    monkeypatch.setattr(idempotency.clock, "now", lambda: now + timedelta(hours=99))
    assert idempotency.forget_old() == 1


def storm(api_as, project, url, size=20):
    """The same request from many threads at once; their answers."""
    client = api_as(project)
    client.raise_request_exception = False
    answers, gate = [], threading.Barrier(size)

    def send():
        gate.wait()
        try:
            answers.append(client.send(url, {}, headers=HEADER))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.django_db(transaction=True)
def test_storm_makes_one_batch(api_as, project, url):
    answers = storm(api_as, project, url)

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["batch_id"] for answer in answers if answer.status_code == 201}) == 1
    assert {a.json()["code"] for a in answers if a.status_code == 409} <= {"idempotency_running"}
    assert Batch.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_storm_without_the_lock_needs_the_unique_row(api_as, project, url, monkeypatch):
    """The control: the lock is what keeps the storm free of errors, the row what keeps it to one batch."""
    monkeypatch.setattr(idempotency, "lock", lambda *_: None)

    codes = {answer.status_code for answer in storm(api_as, project, url)}

    assert 500 in codes
    assert Batch.objects.count() == 1


def test_every_write_of_the_api_takes_the_header():
    views = {
        pattern.callback.cls
        for pattern in walk(get_resolver().url_patterns)
        if issubclass(getattr(pattern.callback, "cls", object), KeyView)
    }
    writes = [
        (view, name) for view in views for name in ("post", "put", "patch", "delete") if hasattr(view, name)
    ]
    without = {view for view, name in writes if not hasattr(getattr(view, name), "is_idempotent")}

    assert len(writes) > 4
    assert without == set()


def walk(patterns):
    for pattern in patterns:
        yield from walk(pattern.url_patterns) if hasattr(pattern, "url_patterns") else [pattern]


def test_project_is_made_once(api_as, project):
    owner = api_as(project, whole=True, scopes=["admin"])
    body = {"name": "Shop", "domain": "shop.test"}

    ids = {owner.send("projects", body, headers=HEADER).json()["project_id"] for _ in range(3)}

    assert len(ids) == 1
    assert Project.objects.filter(domain="shop.test").count() == 1


def test_answer_without_a_body_is_repeated_too(project, make_key):
    used = {"encryption_key_id": "", "ciphertext": b"", "hint": "abcd"}
    key = ProviderKey.objects.create(organization=project.organization, **used)
    api = ApiClient(make_key(project, whole=True, scopes=["admin"])[1])

    answers = [api.send(f"provider-keys/{key.id}", method="delete", headers=HEADER) for _ in range(2)]

    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b""), (204, b"")]
    assert answers[1]["Idempotent-Replayed"] == "true"


@pytest.fixture
def open_batch(project, alice):
    return uploads.create_batch(project, tier="meta", by=alice)


def test_upload_that_is_sent_again_gets_the_first_answer(api, open_batch, make_page_line):
    lines = [make_page_line("/a.html"), make_page_line("/b.html"), b"{"]
    first = api.upload(open_batch.id, *lines, headers=HEADER)
    api.send(f"batches/{open_batch.id}/submit")
    again = api.upload(open_batch.id, *lines, headers=HEADER)

    assert (again.status_code, again.json()) == (200, first.json())
    assert (first.json()["accepted"], first.json()["rejected"]) == (2, 1)
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first


def test_upload_of_other_pages_or_to_another_batch_is_refused(
    api, open_batch, project, alice, make_page_line
):
    api.upload(open_batch.id, make_page_line("/a.html"), headers=HEADER)
    other = uploads.create_batch(project, tier="meta", by=alice)

    for answer in (
        api.upload(open_batch.id, make_page_line("/b.html"), headers=HEADER),
        api.upload(other.id, make_page_line("/a.html"), headers=HEADER),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
    assert PageRun.objects.count() == 1


def test_upload_that_broke_off_may_be_sent_again(api, open_batch, make_page_line, settings):
    line = make_page_line("/a.html")
    settings.MAX_UPLOAD_BYTES = 50
    assert api.upload(open_batch.id, line, headers=HEADER).status_code == 413

    settings.MAX_UPLOAD_BYTES = 10**6
    answer = api.upload(open_batch.id, line, headers=HEADER)

    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)


@pytest.mark.django_db(transaction=True)
def test_upload_that_is_under_way_holds_the_second_back(api, api_as, project, open_batch, make_page_line):
    answers = []

    def second():
        try:
            answers.append(api.upload(open_batch.id, make_page_line("/a.html"), headers=HEADER))
        finally:
            connection.close()

    def slowly(pieces):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
        return {}

    key = APIKey.objects.get()
    request = SimpleNamespace(headers={"Idempotency-Key": "build-4711"}, auth=key, method="POST",
                              get_full_path=lambda: "/")  # fmt: skip
    idempotency.streamed(request, [], slowly)

    assert [(a.status_code, a.json()["code"], a["Retry-After"]) for a in answers] == [
        (409, "idempotency_running", "1")
    ]
    # The lock is gone with the first: what is refused now is the other address.
    assert api.upload(open_batch.id, make_page_line("/a.html"), headers=HEADER).status_code == 422
