"""Every writer locks in one order, so that no two of them can wait for each other.

Batches, then totals, then audit chains, then projects, then pages.
"""

import json
import threading
import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from batches import caps, results, steering, uploads
from batches.models import ModelCall, PageRun
from batches.tests.factories import make_batch, make_project, make_run
from projects import changes

pytestmark = pytest.mark.django_db
CHAIN = "FROM accounts_auditchain WHERE id"


@pytest.fixture
def batch(project, alice, make_page_line):
    batch = uploads.create_batch(project, tier="meta", by=alice)
    uploads.accept(batch, [json.dumps(make_page_line()).encode()], alice)
    return batch


def statements(act):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        act()
    return [query["sql"].replace('"', "") for query in queries]


def first(found, *words):
    return next(number for number, sql in enumerate(found) if all(word in sql for word in words))


def test_settings_and_brief_lock_the_chain_before_the_project(project, alice):
    for act in (
        lambda: changes.update_settings(project, alice, name="Site", settings={"tone": "warm"}),
        lambda: changes.write_brief(project, alice, {"tone": "warm"}),
        lambda: caps.set_of_project(project, alice, 5_000_000),
    ):
        found = statements(act)
        touched = [n for n, sql in enumerate(found) if "FROM projects_project" in sql and "FOR UPDATE" in sql]
        touched += [n for n, sql in enumerate(found) if sql.startswith("UPDATE projects_project")]
        assert all(first(found, CHAIN, "FOR UPDATE") < number for number in touched)


def test_upload_locks_the_chain_before_its_pages(batch, alice, make_page_line):
    found = statements(lambda: uploads.accept(batch, [json.dumps(make_page_line()).encode()], alice))

    assert first(found, CHAIN, "FOR UPDATE") < first(found, "INSERT INTO batches_page")


def test_page_that_is_wanted_now_does_not_lock_its_project(batch, alice):
    run = batch.runs.get()
    run.status = "failed"
    run.save()

    found = statements(lambda: steering.process_now(run, alice))

    lock = "FOR NO KEY UPDATE"
    assert f"{lock} OF batches_batch" in found[first(found, "batches_batch", lock)]


@pytest.mark.django_db(transaction=True)
def test_locked_batch_lets_others_write_rows_that_point_to_it():
    """Such a writer may hold what the lock's holder waits for next, as the end of a provider batch did."""
    run = make_run(make_batch(make_project()), "/p")
    written = []

    def write_call():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            call = ModelCall(id=uuid.uuid4(), batch=run.batch, project=run.batch.project, runs=[run.id])
            call.organization_id, call.sent_at = run.organization_id, timezone.now()
            call.save(force_insert=True)
            written.append(call)
        finally:
            connection.close()

    with transaction.atomic():
        results.lock([run.batch_id])
        # The triggers that count lock it, too.
        PageRun.objects.filter(id=run.id).update(status="failed")
        writer = threading.Thread(target=write_call)
        writer.start()
        writer.join()

    assert written
