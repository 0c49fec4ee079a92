"""Pages made to hurt: eight times the size takes about eight times as long, never sixty-four."""

import gc
import time

import pytest

from optimizer.html import Page, Refuse, apply
from script.benchmarks import html_speed

SMALL, TIMES = 0.05, 8
# Linear growth is 8, quadratic growth 64; caches and the clock blur both.
LIMIT = 20


def seconds(work, data):
    """Without the collector, which would look through all that the tests before have left."""
    gc.collect()
    gc.disable()
    try:
        begin = time.process_time()
        work(data)
        return time.process_time() - begin
    finally:
        gc.enable()


def rewrite(data):
    try:
        blocks = Page(data).blocks
    except Refuse:
        return
    _, report = apply(data, {block.id: f"Neu {block.content}" for block in blocks[::3]}, {"title": "Neu"})
    assert "verify-failed" not in report.values()


def growth(work, make):
    """How many times as long a page of eight times the size takes; a disturbed measurement is repeated."""
    measured = []
    for _ in range(5):
        small = min(seconds(work, make(SMALL)) for _ in range(2))
        measured.append(seconds(work, make(SMALL * TIMES)) / max(small, 0.002))
        if measured[-1] < LIMIT:
            break
    return min(measured)


@pytest.mark.parametrize("name", html_speed.HOSTILE)
def test_hostile_page_takes_linear_time(name):
    assert growth(rewrite, lambda share: html_speed.hostile_page(name, share)) < LIMIT


def test_quadratic_work_is_noticed():
    def quadratic(data):
        return sum(data.count(b"<b>", 0, at) for at in range(0, len(data), 8))

    assert growth(quadratic, lambda share: html_speed.hostile_page("unclosed_b", share)) >= LIMIT
