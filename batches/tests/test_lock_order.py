"""Every writer locks in one order, so that no two of them can wait for each other.

Batches, then totals, then audit chains, then projects, then pages.
"""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from batches import caps, steering, uploads
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

    assert "FOR UPDATE OF batches_batch" in found[first(found, "batches_batch", "FOR UPDATE")]
