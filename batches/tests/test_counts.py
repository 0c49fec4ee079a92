"""Counts of a batch follow its runs and suggestions whatever statement moves them."""

import pytest
from django.db import IntegrityError, connection

from accounts import organizations
from accounts.models import User
from batches.models import Batch, Page, PageRun
from projects.models import Project

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch():
    alice = User.objects.create_user("alice@acme.test", "a-long-password")
    acme = organizations.create("Acme", alice)
    project = Project.objects.create(organization=acme, creator=alice, name="Site", domain="acme.test")
    return Batch.objects.create(organization_id=acme.id, project=project, tier="meta")


def make_run(batch, name, **fields):
    page = Page.objects.create(
        id=f"page_{name}", organization_id=batch.organization_id, project=batch.project,
        domain="acme.test", path=f"/{name}",
    )  # fmt: skip
    return PageRun.objects.create(
        organization_id=batch.organization_id, batch=batch, page=page, content_hash="0", **fields
    )


def test_counts_follow_insert_update_and_delete(batch):
    runs = [make_run(batch, str(number)) for number in range(4)]
    PageRun.objects.filter(batch=batch).update(status="queued")
    PageRun.objects.filter(id=runs[0].id).update(
        status="done", changes=3, cost_microdollars=20, duration_ms=50
    )
    runs[1].delete()

    batch.refresh_from_db()
    assert (batch.page_count, batch.uploaded_count, batch.queued_count, batch.done_count) == (3, 0, 2, 1)
    assert (batch.change_count, batch.cost_microdollars, batch.duration_ms_sum) == (3, 20, 50)


def test_update_that_changes_no_count_leaves_the_version(batch):
    make_run(batch, "1")
    before = Batch.objects.get(id=batch.id).version

    PageRun.objects.filter(batch=batch).update(step="extract")

    assert Batch.objects.get(id=batch.id).version == before


def test_row_of_another_organization_is_refused(batch):
    page = Page.objects.create(
        id="page_x", organization_id=batch.organization_id, project=batch.project, domain="a", path="/"
    )
    PageRun.objects.create(organization_id="org_other", batch=batch, page=page, content_hash="0")

    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
