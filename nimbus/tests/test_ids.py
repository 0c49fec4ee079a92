"""Public ids name their kind, and nobody guesses or repeats one."""

import re
from datetime import UTC, datetime, timedelta, timezone

from nimbus import ids

SECOND = datetime(2026, 10, 25, 0, 30, 0, tzinfo=UTC)


def test_batches_of_one_second_have_ids_of_their_own():
    made = [ids.batch_id(SECOND) for _ in range(50)]

    assert len(set(made)) == 50
    assert all(re.fullmatch(r"batch_20261025_003000_[A-Z2-7]{6}", each) for each in made)


def test_hour_that_a_clock_repeats_in_autumn_is_two_hours_in_ids():
    summer, winter = timezone(timedelta(hours=2)), timezone(timedelta(hours=1))
    first, again = (SECOND + timedelta(hours=n) for n in (0, 1))

    # Both are half past two on the wall.
    assert first.astimezone(summer).hour == again.astimezone(winter).hour == 2
    assert ids.batch_id(first)[:21] != ids.batch_id(again)[:21]


def test_ids_of_a_kind_have_eighty_random_bits():
    assert re.fullmatch(r"org_[a-z2-7]{16}", ids.organization_id())
    assert len({ids.suggestion_id() for _ in range(1000)}) == 1000
