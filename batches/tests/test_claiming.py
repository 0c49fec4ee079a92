"""Claims: never two for one page, fair between organizations, within each project's concurrency."""

import threading

import pytest
from django.db import connection, transaction

from batches import claims, queue
from batches.models import Batch, PageRun
from batches.tests.factories import make_batch, make_project


def queued(project, pages=1, **fields):
    batch = make_batch(project, pages, **fields)
    return queue.submit(batch, by="system")


@pytest.mark.django_db
def test_claim_hands_out_the_page_with_its_lease_and_text():
    batch = queued(make_project())

    (claim,) = queue.claim("worker-1", 5)

    run = PageRun.objects.get(id=claim.run_id)
    assert (run.status, run.attempts, run.lease_token, run.lease_owner) == ("processing", 1, 1, "worker-1")
    assert run.lease_expires_at > run.started_at
    assert (claim.batch_id, claim.url, claim.tier, claim.token) == (
        batch.id,
        "https://acme.test/p0",
        "meta",
        1,
    )
    assert claim.body
    assert Batch.objects.get(id=batch.id).status == "processing"


@pytest.mark.django_db
def test_page_that_backs_off_is_left_alone():
    batch = queued(make_project(), pages=2)
    run = batch.runs.order_by("id")[0]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE batches_pagerun SET not_before = now() + interval '1 minute' WHERE id = %s", [run.id]
        )

    assert [c.run_id for c in queue.claim("w", 5)] == [batch.runs.order_by("id")[1].id]


@pytest.mark.django_db
def test_small_organization_gets_its_place_beside_a_large_one():
    large, small = queued(make_project("large"), pages=12), queued(make_project("small"), pages=1)

    first = queue.claim("w", 4)

    assert sorted(c.batch_id for c in first).count(large.id) == 3
    assert small.id in {c.batch_id for c in first}


@pytest.mark.django_db
def test_project_has_half_its_concurrency_more_in_hand_and_no_more():
    queued(make_project(settings={"default_concurrency": 4}), pages=9)

    assert [len(queue.claim("w", 3)), len(queue.claim("w", 3)), len(queue.claim("w", 3))] == [3, 3, 0]


@pytest.mark.django_db
def test_urgent_batch_of_a_project_goes_first():
    project = make_project()
    queued(project, pages=3)
    urgent = queued(project, pages=2, priority=10)

    assert {c.batch_id for c in queue.claim("w", 2)} == {urgent.id}


@pytest.mark.django_db
def test_released_page_burns_no_attempt():
    queued(make_project())
    taken = queue.claim("w", 1)

    assert queue.release(taken) == 1

    run = PageRun.objects.get()
    assert (run.status, run.attempts, run.lease_token) == ("queued", 0, 1)
    assert queue.release(taken) == 0


@pytest.mark.django_db
def test_lease_is_renewed_only_by_its_token():
    queued(make_project())
    (claim,) = queue.claim("w", 1)

    assert queue.renew([claim.run_id], [claim.token + 1]) == set()
    assert queue.renew([claim.run_id], [claim.token]) == {claim.run_id}


def race(batch, statement, monkeypatch):
    """Two connections take the same pages at the same moment; what each of them got."""
    # Slow enough that both have chosen their rows before either has marked them.
    slow = statement.replace("WHERE r.id = chosen.id", ", pg_sleep(0.3) WHERE r.id = chosen.id")
    monkeypatch.setattr(claims, "TAKE", slow)
    start, got = threading.Barrier(2, timeout=5), []

    def worker(name):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                start.wait()
                got.append(claims.take(cursor, name, {batch.id: 3}))
        finally:
            connection.close()

    threads = [threading.Thread(target=worker, args=(f"w{n}",)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


GUARDED = claims.TAKE
UNGUARDED = GUARDED.replace("FOR UPDATE SKIP LOCKED", "")


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_claim_the_same_page(monkeypatch):
    batch = queued(make_project(), pages=6)

    first, second = race(batch, GUARDED, monkeypatch)

    assert len(first) == len(second) == 3
    assert not set(first) & set(second)


@pytest.mark.django_db(transaction=True)
def test_without_row_locks_the_same_race_claims_pages_twice(monkeypatch):
    batch = queued(make_project(), pages=6)

    first, second = race(batch, UNGUARDED, monkeypatch)

    assert set(first) & set(second)
