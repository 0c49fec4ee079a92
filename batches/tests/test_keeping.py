"""What takes long to count: who waits for it, and how old it may be."""

import itertools
import threading
import time

import pytest
import redis

from batches import keeping
from nimbus import walls


@pytest.fixture(autouse=True)
def everything_is_slow(monkeypatch):
    monkeypatch.setattr(keeping, "SLOW_S", 0.0)


@pytest.fixture
def number():
    """Counts its own calls."""
    return itertools.count(1).__next__


def until(true):
    for _ in range(500):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("It did not come about within five seconds.")


def test_what_is_new_is_not_counted_again(number, monkeypatch):
    monkeypatch.setattr(keeping, "GOOD_FOR", 10**9)

    assert [keeping.slow("new", "q=a", number) for _ in range(3)] == [1, 1, 1]
    assert keeping.slow("new", "q=b", number) == 2


def test_nobody_waits_where_an_older_count_is_at_hand(number, monkeypatch):
    monkeypatch.setattr(keeping, "GOOD_FOR", 0)
    go, asked_by = threading.Event(), []

    def count():
        asked_by.append(walls.CALLER.get())
        assert go.wait(5)
        return number()

    go.set()
    assert keeping.slow("old", "", count) == 1
    go.clear()
    caller = walls.Fixed(walls.NOBODY)
    with walls.asked_by(caller):
        assert [keeping.slow("old", "", count) for _ in range(5)] == [1] * 5
    go.set()

    until(lambda: keeping.slow("old", "", lambda: 0) == 2)
    # One of the five had it counted, as seen by whoever asked.
    assert asked_by == [None, caller]


def test_failed_count_beside_a_request_leaves_the_older_one(number, monkeypatch, caplog):
    monkeypatch.setattr(keeping, "GOOD_FOR", 0)
    keeping.slow("failing", "", number)

    assert keeping.slow("failing", "", lambda: 1 / 0) == 1
    until(lambda: "the next one counts again" in caplog.text)
    assert keeping.slow("failing", "", number) == 1


def test_quick_counts_are_not_kept(number, monkeypatch):
    monkeypatch.setattr(keeping, "SLOW_S", 60.0)

    assert [keeping.slow("quick", "", number) for _ in range(3)] == [1, 2, 3]


def test_without_valkey_it_is_counted(number, monkeypatch):
    def refuse(*arguments):
        raise redis.ConnectionError

    for name in ("get", "set", "add"):
        monkeypatch.setattr(keeping.cache, name, refuse, raising=False)

    assert [keeping.slow("alone", "", number) for _ in range(2)] == [1, 2]
