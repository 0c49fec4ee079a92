"""The ledger: each line once, sums that hold, and caps that no number of workers passes."""

import threading
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum

from projects import books, ledger
from projects.books import Holder
from projects.ledger import Reservation, Settlement
from projects.models import Project, SpendDay, SpendEntry, SpendTotal

pytestmark = pytest.mark.django_db
WORKERS, EACH = 8, 12


@pytest.fixture
def holder(project):
    return Holder("batch_20261123_100000_AAAAAA", project.id, project.organization_id)


def reserve(holder, amount, call=None):
    """As the executor does it: one transaction that locks, looks and writes; None where there is no room."""
    call = call or uuid.uuid4()
    with transaction.atomic():
        held = books.lock([holder])
        if held.refusal(holder, amount):
            return None
        ledger.write(held, [Reservation(call, holder, amount, "gpt-5-mini", "live")], [])
    return call


def settle(holder, *settlements):
    with transaction.atomic():
        ledger.write(books.lock([holder]), [], settlements)


def total(holder):
    row = SpendTotal.objects.get(key=holder.batch)
    return row.spent, row.reserved


def lines(call):
    found = SpendEntry.objects.filter(call=call).values_list("kind", "microdollars")
    return dict(found)


def test_call_reserves_settles_and_refunds(holder):
    call = reserve(holder, 100)
    assert total(holder) == (0, 100)

    settle(holder, Settlement(call, 30, 1000, 50, "gpt-5-mini-2026", 5))

    assert lines(call) == {"reserve": 100, "settle": 30, "refund": 70}
    assert total(holder) == (30, 0)


def test_each_scope_and_the_day_hold_the_same_sum(holder):
    settle(holder, Settlement(reserve(holder, 100), 30, 1000, 50, "gpt-5-mini", 5))
    settle(holder, Settlement(reserve(holder, 100), 12, 10, 5, "gpt-5-mini"))

    totals = SpendTotal.objects.values_list("spent", "reserved", "input_tokens", "output_tokens")
    day = SpendDay.objects.get()

    assert list(totals) == [(42, 0, 1010, 55)] * 3
    assert (day.calls, day.microdollars, day.input_tokens, day.saved_by_lane) == (2, 42, 1010, 5)


def test_repeated_commit_changes_nothing(holder):
    call = uuid.uuid4()
    for _ in range(3):
        reserve(holder, 100, call)
    for _ in range(3):
        settle(holder, Settlement(call, 30))

    assert total(holder) == (30, 0)
    assert SpendDay.objects.get().calls == 1


def test_call_of_unknown_outcome_costs_its_reservation_and_a_late_answer_changes_nothing(holder):
    call = reserve(holder, 100)
    settle(holder, Settlement(call, None))

    settle(holder, Settlement(call, 30))

    assert lines(call) == {"reserve": 100, "settle": 100}
    assert total(holder) == (100, 0)


def test_call_that_cost_more_than_it_reserved_is_told_in_full(holder):
    call = reserve(holder, 100)

    settle(holder, Settlement(call, 130))

    assert total(holder) == (130, 0)
    assert lines(call)["refund"] == -30


def test_settlement_without_a_reservation_is_no_line(holder):
    settle(holder, Settlement(uuid.uuid4(), 30))

    assert not SpendEntry.objects.exists()
    assert total(holder) == (0, 0)


def test_money_counts_in_the_month_of_its_reservation(holder):
    today = datetime.now(UTC).date()
    before = today.replace(day=1) - timedelta(days=1)
    key = f"{holder.project} {before:%Y-%m}"
    SpendTotal.objects.create(
        key=key, owner=holder.project, organization_id=holder.organization, month=f"{before:%Y-%m}",
        reserved=100,
    )  # fmt: skip
    entry = SpendEntry.objects.create(
        organization_id=holder.organization, project_id=holder.project, batch=holder.batch, call=uuid.uuid4(),
        kind="reserve", microdollars=100, day=before,
    )  # fmt: skip

    settle(holder, Settlement(entry.call, 40))

    old = SpendTotal.objects.get(key=key)
    assert (old.spent, old.reserved) == (40, 0)
    assert SpendTotal.objects.get(key=f"{holder.project} {today:%Y-%m}").spent == 0
    assert SpendDay.objects.get().day == before


@pytest.mark.parametrize("scope", ["batch", "project", "organization"])
def test_refusal_names_the_cap(holder, project, scope):
    set_cap(holder, scope, 150)
    reserve(holder, 100)

    full = books.lock([holder]).refusal(holder, 100)

    assert full.kind == scope
    assert f"The {scope}'s cap" in full.refusal(100)
    assert not full.is_used_up(100)


def set_cap(holder, scope, cap):
    if scope == "batch":
        books.lock([holder])
        SpendTotal.objects.filter(key=holder.batch).update(cap_microdollars=cap)
        return
    project = Project.objects.select_related("organization").get(id=holder.project)
    owner = project if scope == "project" else project.organization
    owner.monthly_cap_microdollars = cap
    owner.save()


def test_cap_that_is_spent_is_used_up(holder):
    set_cap(holder, "batch", 150)
    settle(holder, Settlement(reserve(holder, 100), None))

    assert books.lock([holder]).refusal(holder, 51).is_used_up(51)
    assert books.lock([holder]).refusal(holder, 50) is None


def test_lines_are_written_once(holder):
    reserve(holder, 100)

    for change in (SpendEntry.objects.all().delete, lambda: SpendEntry.objects.update(microdollars=1)):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def race(holder):
    """Many workers reserve at once; the most that was ever spent and reserved together."""
    start = threading.Barrier(WORKERS)

    def work():
        try:
            start.wait()
            for number in range(EACH):
                call = reserve(holder, 100)
                if call and number % 3 == 0:
                    settle(holder, Settlement(call, 60))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(total(holder))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scope", ["batch", "organization"])
def test_no_number_of_workers_passes_a_cap(holder, scope):
    set_cap(holder, scope, 3000)

    held = race(holder)

    # Full to the last call that fits, and not a micro-dollar more.
    assert 2900 < held <= 3000
    written = SpendEntry.objects.values("kind").annotate(n=Sum("microdollars")).values_list("kind", "n")
    sums = dict(written)
    assert sums["reserve"] - sums["refund"] == held


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_cap_would_be_passed(holder, monkeypatch):
    set_cap(holder, "batch", 3000)
    monkeypatch.setattr(books, "LOCK", books.LOOK)
    write = ledger.write
    # Between looking and writing there is always a moment; here it is long enough for every machine.
    monkeypatch.setattr(ledger, "write", lambda *lines: (time.sleep(0.01), write(*lines))[1])

    assert race(holder) > 3000
