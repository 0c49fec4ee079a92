"""One key's gate, told what the provider answers; time stands still unless a test moves it."""

import asyncio
import math

import pytest

from batches.gates import Gate, board, breaker, bucket, gate, pace, patience
from batches.gates.board import take_over
from optimizer.limits import RateLimit

TOKENS = 1000
ROOMY = RateLimit(30_000, 29_000, 10_000_000, 9_000_000)
SILENT = RateLimit()
EMPTY = RateLimit(30_000, 0, 10_000_000, 9_000_000)


@pytest.fixture
def now(monkeypatch):
    class Clock:
        s = 1000.0

        def monotonic(self):
            return self.s

    clock = Clock()
    for module in (board, breaker, bucket, gate, pace):
        monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(breaker.random, "uniform", lambda low, high: high)
    return clock


@pytest.fixture
def key(now):
    return Gate("sk-test")


def answer(key, limits=ROOMY):
    key.enter(TOKENS)
    key.succeed(limits, 0)
    key.leave()


def refuse(key, limits=SILENT, retry_after=None):
    key.enter(TOKENS)
    key.refuse(limits, retry_after)
    key.leave()


def admitted(key, now, seconds, step=0.001):
    """How many calls a stretch of time lets through; each is answered at once."""
    end, count = now.s + seconds, 0
    while now.s < end:
        if key.wait_s(TOKENS) == 0:
            key.enter(TOKENS)
            key.leave()
            count += 1
        else:
            now.s += step
    return count


def test_unknown_key_starts_with_few_calls_and_each_good_answer_admits_one_more(key):
    for _ in range(gate.FIRST_CALLS):
        assert key.wait_s(TOKENS) == 0
        key.enter(TOKENS)
    assert key.wait_s(TOKENS) == math.inf

    key.succeed(RateLimit(), 0)

    assert key.wait_s(TOKENS) == 0


def test_announced_requests_are_spread_over_the_minute(key, now):
    answer(key, RateLimit(limit_requests=6000))

    assert 980 <= admitted(key, now, 10) <= 1003


def test_announced_tokens_hold_calls_back_as_well(key, now):
    answer(key, RateLimit(limit_requests=6000, limit_tokens=600_000))

    assert 95 <= admitted(key, now, 10) <= 103


def test_with_plenty_left_calls_are_not_spread(key, now):
    answer(key, ROOMY)

    assert all(key.wait_s(TOKENS) == 0 and key.enter(TOKENS) is None for _ in range(500))


def test_once_little_is_left_they_are(key, now):
    answer(key, RateLimit(30_000, 900, 10_000_000, 9_000_000))

    assert not all(key.wait_s(TOKENS) == 0 and key.enter(TOKENS) is None for _ in range(500))


def test_without_announced_limits_nothing_is_held_back(key, now):
    for _ in range(20):
        answer(key, RateLimit())

    assert key.wait_s(TOKENS) == 0


def test_lone_refusal_closes_the_key_for_nobody_else(key, now):
    for _ in range(50):
        answer(key)

    refuse(key, EMPTY, retry_after=20)

    now.s += 1
    assert key.wait_s(TOKENS) == 0


def test_refusals_that_speak_close_the_key_for_their_retry_after(key, now):
    for _ in range(10):
        answer(key, RateLimit())
    for _ in range(4):
        refuse(key, retry_after=20)

    now.s += 19.9
    assert key.wait_s(TOKENS) > 0
    now.s += 0.2
    assert key.wait_s(TOKENS) == 0


def test_refusals_that_come_before_the_answers_of_a_crowd_are_chance(key, now):
    for _ in range(10):
        answer(key, RateLimit())
    for _ in range(90):
        key.enter(TOKENS)
    for _ in range(6):
        refuse(key, retry_after=20)

    assert key.closed_s == 0


def test_refusal_with_an_empty_quota_closes_the_key_at_once(key, now):
    answer(key, RateLimit(limit_requests=60, remaining_requests=1))

    refuse(key, EMPTY, retry_after=20)

    assert key.wait_s(TOKENS) == pytest.approx(20)


def test_twenty_refusals_in_a_row_make_everybody_wait(key, now, monkeypatch):
    monkeypatch.setattr(key.pace, "refuse", lambda under_way, is_explained: False)
    for _ in range(gate.ROW - 1):
        refuse(key)
    before = key.wait_s(TOKENS)

    refuse(key)

    assert before == 0
    assert key.wait_s(TOKENS) == pytest.approx(gate.ROW_REST_S)


def silent_provider(key, now, seconds, per_second):
    """Refuses what is above its limit and says nothing; good answers and refusals."""
    good = refused = 0
    level, end = 1.0, now.s + seconds
    while now.s < end:
        while key.wait_s(TOKENS) == 0:
            if level >= 1:
                level -= 1
                good += 1
                answer(key, RateLimit())
            else:
                refused += 1
                refuse(key)
        now.s += 0.005
        level = min(per_second / 10, level + 0.005 * per_second)
    return good, refused


def test_pace_of_a_silent_provider_is_found_from_its_refusals(key, now):
    silent_provider(key, now, 10, per_second=100)

    good, refused = silent_provider(key, now, 30, per_second=100)

    assert good >= 0.9 * 3000
    assert refused <= 0.1 * good


def test_without_cuts_most_calls_to_a_silent_provider_are_refused(key, now, monkeypatch):
    monkeypatch.setattr(pace, "LOUD", 2.0)
    monkeypatch.setattr(gate, "ROW", 10**9)
    key.pace.learn(500)
    key._learned.set_rate(500)

    good, refused = silent_provider(key, now, 10, per_second=100)

    assert refused > good


def test_chance_refusals_cut_no_pace(key, now):
    for number in range(2000):
        now.s += 0.01
        refuse(key, EMPTY, retry_after=2) if number % 20 == 10 else answer(key)

    assert key.pace.rate == math.inf
    assert key.wait_s(TOKENS) == 0


def test_breaker_opens_after_ten_failures_and_lets_one_call_look(key, now):
    answer(key)
    verdicts = [key.fail() for _ in range(10)]
    assert verdicts == [False] * 9 + [True]
    assert key.wait_s(TOKENS) > 0

    now.s += breaker.LONGEST_REST_S
    assert key.wait_s(TOKENS) == 0
    key.enter(TOKENS)
    assert key.wait_s(TOKENS) == math.inf


def test_failed_look_rests_longer_and_good_one_closes_the_breaker(key, now):
    for _ in range(10):
        key.fail()
    first = key.closed_s
    now.s += first + 0.01
    key.fail()

    assert key.closed_s == pytest.approx(2 * first)
    now.s += key.closed_s + 0.01
    answer(key)
    assert key.breaker.is_closed


def test_few_failures_among_good_answers_open_nothing(key):
    for number in range(500):
        if number % 20:
            answer(key)
        else:
            assert not key.fail()

    assert key.breaker.is_closed


def test_turned_down_key_is_not_asked_on(key):
    answer(key)

    key.block()

    assert key.wait_s(TOKENS) == pytest.approx(gate.BLOCKED_S)


def test_slow_answers_are_waited_for_and_hung_ones_given_up(key):
    assert key.patience.limit_s(500, 30) == 30
    for _ in range(30):
        key.patience.note(500, 1.0)
    assert key.patience.limit_s(500, 30) == 6
    assert key.patience.limit_s(500, 30, attempt=3) == 12
    assert key.patience.limit_s(500, 30, attempt=5) == 30
    for _ in range(200):
        key.patience.note(500, 6.0)

    assert key.patience.limit_s(500, 30) == 24
    assert key.patience.limit_s(50_000, 30) == 30


def note(now, **fields):
    usual = {
        "at": now.s,
        "demand": 1,
        "closed_until": 0,
        "down_until": 0,
        "pace": None,
        "limits": [None, None, None, None],
    }
    return usual | fields


def test_worker_obeys_what_another_was_told(key, now):
    answer(key)

    take_over(key, note(now), [note(now, closed_until=now.s + 5)], 0.0)

    assert key.wait_s(TOKENS) == pytest.approx(5)


def test_workers_share_an_announced_limit_by_what_they_need(key, now):
    answer(key, RateLimit(limit_requests=6000))

    take_over(key, note(now, demand=30), [note(now, demand=90), note(now, at=now.s - 60, demand=500)], 0.0)

    assert 240 <= admitted(key, now, 10) <= 260


def test_new_worker_starts_with_what_others_know(key, now):
    take_over(key, note(now, demand=0), [note(now, at=now.s - 60, limits=[6000, None], pace=50.0)], 0.0)

    assert key.limits.limit_requests == 6000
    assert 490 <= admitted(key, now, 10) <= 510


async def test_call_that_began_before_anything_was_known_is_given_up_as_early(key, monkeypatch):
    monkeypatch.setattr(patience, "LEAST_S", 0.05)

    async def hang():
        async with key.patience.deadline(500, 30, 1):
            await asyncio.sleep(10)

    hung = asyncio.create_task(hang())
    await asyncio.sleep(0)
    for _ in range(patience.ENOUGH):
        key.patience.note(500, 0.01)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(hung), 5)
    assert hung.done()
