"""Uploaded pages, results and audit logs are files whose content is known and checked."""

import gzip
import json
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from accounts import audit
from accounts.models import AuditEvent
from batches import artifact_rows, bundles, retention, shares, uploads
from batches.models import Artifact, Batch, PageRun
from batches.tests.factories import make_batch, make_run
from nimbus import artifacts, clock
from nimbus.errors import InvalidError
from tests.cast import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(project, alice):
    batch = uploads.create_batch(project, by=alice)
    uploads.accept(batch, [page(name) for name in ("/", "/leeds")], alice)
    PageRun.objects.filter(batch=batch).update(status="done")
    Batch.objects.filter(id=batch.id).update(status="completed")
    batch.refresh_from_db()
    return batch


def page(path):
    extraction = {"head": {"title": f"Watches {path}"}, "blocks": []}
    name = f"{path.strip('/') or 'index'}.html"
    return json.dumps({"page_url": path, "source_path": name, "extraction": extraction}).encode()


def lines_of(artifact):
    return [json.loads(line) for line in gzip.decompress(artifacts.get(artifact.key)).splitlines()]


@pytest.mark.parametrize("what", ["pages", "results"])
def test_same_content_is_one_file_and_one_row(batch, what):
    first, second = bundles.BUNDLES[what](batch), bundles.BUNDLES[what](batch)

    assert first.pk == second.pk
    assert first.sha256 == first.key.rpartition("/")[2]
    assert len(lines_of(first)) == 2


def test_uploaded_pages_can_be_uploaded_again(batch, alice):
    made = bundles.pages(batch)
    other = uploads.create_batch(batch.project, by=alice)
    answer = uploads.accept(other, gzip.decompress(artifacts.get(made.key)).splitlines(), alice)

    assert (answer.accepted, answer.rejected) == (2, 0)
    hashes = [set(run.runs.values_list("page_id", "content_hash")) for run in (batch, other)]
    assert hashes[0] == hashes[1]


def test_results_are_what_the_api_streams(batch, api):
    streamed = api.read(f"batches/{batch.id}/results").getvalue().splitlines()

    assert lines_of(bundles.results(batch)) == [json.loads(line) for line in streamed]


def test_exported_log_proves_itself_without_us(batch, alice):
    *events, end = lines_of(bundles.project_audit(batch.project, alice))
    previous = audit.ORIGIN
    for event in events:
        fields = {name: event[name] for name in audit.HASHED}
        at = datetime.fromisoformat(event["at"])
        assert audit.hash_fields(previous, at, fields, event["commitment"]) == event["hash"]
        previous = event["hash"]

    head = end["head"]
    said = f"{head['chain']} {head['seq']} {head['hash']}".encode()
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(head["public_key"])).verify(
        bytes.fromhex(head["signature"]), said
    )
    assert (head["seq"], head["hash"]) == (len(events), previous)
    assert AuditEvent.objects.filter(action="audit.exported", actor=alice.id).count() == 1


def test_batch_log_holds_its_own_events_only(batch, project, alice):
    uploads.create_batch(project, by=alice)

    events = lines_of(bundles.history(batch))[:-1]

    assert {event["batch"] for event in events} == {batch.id}
    assert [event["action"] for event in events] == ["batch.created", "page.uploaded", "page.uploaded"]


def test_log_that_is_too_long_is_not_exported_here(batch, alice, monkeypatch):
    monkeypatch.setattr(bundles, "MOST_EVENTS", 1)

    with pytest.raises(InvalidError, match="export all data"):
        bundles.project_audit(batch.project, alice)


@pytest.mark.parametrize("what", ["report", "results", "pages", "audit"])
def test_member_downloads_each_file_with_its_sum(client, batch, bob, what):
    sign_in(client, bob)

    answer = client.get(f"/batches/{batch.id}/files/{what}")

    assert answer.status_code == 200
    assert answer["Repr-Digest"].startswith("sha-256=:")
    assert len(b"".join(answer.streaming_content)) > 100


def test_damaged_file_is_mended_by_making_it_again(client, batch, bob):
    made = bundles.pages(batch)
    artifacts.path_of(made.key).write_bytes(b"other")
    with pytest.raises(artifacts.DamagedArtifactError):
        artifacts.open_checked(made.key)
    sign_in(client, bob)

    assert client.get(f"/batches/{batch.id}/files/pages").status_code == 200


def test_project_log_comes_by_a_button(client, batch, bob):
    sign_in(client, bob)

    answer = client.post(f"/projects/{batch.project_id}/audit")

    assert answer["Content-Disposition"] == f'attachment; filename="{batch.project_id}-audit.ndjson.gz"'
    assert client.get(f"/projects/{batch.project_id}/audit").status_code == 405


@pytest.mark.parametrize("what", ["results", "pages", "audit"])
def test_bundle_is_shared_by_a_link(client, batch, alice, what):
    share = shares.create(batch, what, 7, alice)
    path = shares.link(share).removeprefix("http://127.0.0.1:8000")

    assert client.get(path).status_code == 200
    shares.revoke(batch, share.pk, alice)
    assert client.get(path).status_code == 404


def test_bundles_go_with_their_time_and_no_sweep_takes_them_before(batch, settings):
    keys = [make(batch).key for make in bundles.BUNDLES.values()]
    assert not set(keys) & set(artifact_rows.orphans(timedelta(0)))

    Artifact.objects.update(created_at=clock.now() - timedelta(days=settings.CONTENT_DAYS + 1))
    retention.purge()
    assert not any(artifacts.path_of(key).exists() for key in keys)


def test_reading_a_large_batch_takes_few_queries(project, django_assert_max_num_queries):
    batch = make_batch(project, pages=0, status="completed")
    for number in range(30):
        make_run(batch, f"/{number}", status="done")

    with django_assert_max_num_queries(8):
        bundles.pages(batch)
