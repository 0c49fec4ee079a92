"""One tenant's large batch, another's single page, and many who ask how far it is, all at once."""

import os
import signal
import time

import pytest

from batches import doctor, executor, queue
from batches.models import Batch
from batches.tests.deaths import ending, grown
from batches.tests.factories import make_batch, make_project

pytestmark = pytest.mark.django_db(transaction=True)
LARGE = 250


@pytest.fixture
def large(twin):
    """A batch of somebody else that keeps a worker busy for long."""
    twin.behave(latency=0.2)
    batch = queue.submit(make_batch(make_project(settings={"default_concurrency": 10}), LARGE), by="system")
    child = grown(lambda: executor.run("worker", 10, 60))
    wait_until(lambda: Batch.objects.get(id=batch.id).done_count > 10)
    yield batch
    os.kill(child, signal.SIGKILL)
    ending(child)


def wait_until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)


def poll(api, batch):
    """Ask with an ETag, as clients do, until it has ended; each answer's status and seconds."""
    answers, etag, end = [], "", time.monotonic() + 60
    while Batch.objects.get(id=batch.id).status != "completed":
        assert time.monotonic() < end, "the small batch waits for the large one"
        begun = time.monotonic()
        answer = api.read(f"batches/{batch.id}", headers={"if-none-match": etag})
        answers.append((answer.status_code, time.monotonic() - begun))
        etag = answer.headers["ETag"]
    return answers


def test_single_page_beside_a_large_batch_is_done_soon_while_many_poll(api, project, large):
    # The first request of a process loads its code.
    api.read("project")
    before = Batch.objects.get(id=large.id).done_count
    small = queue.submit(make_batch(project, 1), by="system")

    answers = poll(api, small)

    # In pages of the other one, since seconds say more about the machine than about turns.
    meanwhile = Batch.objects.get(id=large.id).done_count - before
    assert meanwhile < LARGE / 3
    # Who asks again and again is mostly told that nothing has changed, and in time.
    assert {status for status, _ in answers} <= {200, 304}
    assert sum(status == 304 for status, _ in answers) >= sum(status == 200 for status, _ in answers) - 3
    assert sorted(seconds for _, seconds in answers)[len(answers) * 95 // 100] < 5
    assert [finding.name for finding in doctor.examine() if not finding.is_well] == []
