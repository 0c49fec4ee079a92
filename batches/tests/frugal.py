"""Batches in the economy lane, driven to their end against the twin."""

import time

from django.db import connection

from accounts.models import AuditEvent
from batches import doctor, economy, executor, queue
from batches.models import Batch, ModelCall
from batches.tests.factories import make_batch, make_project, make_run

PAGES = 3


def submitted(pages=PAGES, lane="economy"):
    """A batch whose pages all differ, since equal ones share their answers, and near-copies go back."""
    batch = make_batch(make_project(), 0, lane=lane)
    for number in range(pages):
        copy = f"We mend pipes, boilers and taps in street {number} of Leeds, day and night."
        make_run(batch, f"/p{number}", f"Plumber number {number}", copy)
    batch.refresh_from_db()
    return queue.submit(batch, by="system")


def bury():
    """The dead worker's leases run out."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE batches_providerbatch SET lease_expires_at = NULL, next_at = now()")


def drive(batch, seconds=30):
    """Let the lane and the executor take turns until the batch has ended."""
    end = time.monotonic() + seconds
    while not Batch.objects.get(id=batch.id).is_final:
        assert time.monotonic() < end, "the batch does not end"
        economy.run()
        executor.run("w", 8, 10)
        time.sleep(0.03)
    # What was told to end at the provider is seen to its end, too.
    economy.run()
    batch.refresh_from_db()
    return batch


def run_twice():
    """Submit, then collect."""
    economy.run()
    time.sleep(0.1)
    economy.run()


def wait_a_poll():
    time.sleep(0.05)


def calls(**filters):
    return ModelCall.objects.filter(**filters)


def actions(batch):
    return set(AuditEvent.objects.filter(batch=batch.id).values_list("action", flat=True))


def broken():
    return [(finding.name, finding.breaches) for finding in doctor.examine() if not finding.is_well]


def recovers(batch, twin):
    """Another worker ends the batch; each page is paid once, at half the price, and all is well."""
    bury()
    drive(batch)
    assert (batch.status, batch.done_count) == ("completed", PAGES)
    assert (twin.stats()["batch_paid_calls"], twin.stats()["paid_calls"]) == (PAGES, 0)
    assert ModelCall.objects.filter(outcome="answered").count() == ModelCall.objects.count() == PAGES
    assert broken() == []
    return True
