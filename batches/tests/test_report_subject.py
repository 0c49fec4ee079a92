"""The report's subject says what happened at a glance."""

import pytest

from batches import reports
from batches.models import Batch, OutboxMail
from batches.tests.factories import make_batch, make_project, make_run

pytestmark = pytest.mark.django_db


def test_unchanged_pages_are_no_missing_ones():
    batch = make_batch(make_project(), pages=0)
    make_run(batch, "/a", status="done")
    make_run(batch, "/b", status="skipped")
    Batch.objects.filter(id=batch.id).update(status="completed")

    reports.queue_report(batch)

    assert OutboxMail.objects.get().subject == "Done: 1 of 2 pages of Acme, 1 unchanged"
