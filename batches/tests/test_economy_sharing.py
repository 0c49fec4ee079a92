"""In one provider batch, a line that many pages hold is asked about once."""

import time

import pytest

from batches import economy, economy_sharing, queue
from batches.models import ModelCall
from batches.tests.factories import make_batch, make_project, make_run
from batches.tests.frugal import drive
from optimizer.economy import Economy
from projects.models import MemoryEntry

pytestmark = pytest.mark.django_db(transaction=True)
SHARED = "We mend pipes, boilers and taps in Leeds, day and night."


@pytest.fixture(autouse=True)
def lane(twin, settings):
    settings.ECONOMY_POLL_S = 0.02
    twin.behave(batch_seconds=0, latency=0)


@pytest.fixture
def asked(monkeypatch):
    """The prompts that went up, in their order."""
    prompts, write_line = [], Economy.write_line
    monkeypatch.setattr(
        Economy, "write_line", lambda self, *given: prompts.append(given[1].user) or write_line(self, *given)
    )
    return prompts


def submitted(project, titles):
    batch = make_batch(project, 0, lane="economy", tier="full")
    for number, title in enumerate(titles):
        make_run(batch, f"/p{number}", title)
    batch.refresh_from_db()
    return queue.submit(batch, by="system")


def holding(prompts, text=SHARED):
    return [user for user in prompts if f"] p: {text}" in user and f"[-] p: {text}" not in user]


def titles(pages):
    return [f"Plumber number {number} of Leeds" for number in range(pages)]


def test_line_of_all_pages_is_bought_by_the_first_and_used_by_the_others(twin, asked):
    batch = drive(submitted(make_project(), titles(4)))

    assert len(holding(asked)) == 1
    assert (batch.status, batch.done_count, twin.stats()["paid_calls"]) == ("completed", 4, 0)
    # What each page has of its own is asked in the same provider batch; nothing comes back for the rest.
    assert ModelCall.objects.count() == len(asked) == 4
    texts = batch.suggestions.filter(kind="block", original=SHARED).values_list("text", flat=True)
    assert len(set(texts)) <= 1
    reused = list(batch.runs.order_by("id").values_list("reused_lines", flat=True))
    assert (reused[0], min(reused[1:]) > 0) == (0, True)


def test_line_is_asked_again_where_its_first_answer_may_not_be_used(twin, asked, monkeypatch):
    monkeypatch.setattr(economy_sharing, "lessons", lambda *a: {})
    batch = submitted(make_project(), titles(3))
    economy.run()
    time.sleep(0.1)
    economy.run()
    MemoryEntry.objects.all().delete()
    drive(batch)

    assert (batch.status, batch.done_count) == ("completed", 3)
    assert len(holding(asked)) >= 1
    assert not ModelCall.objects.exclude(outcome="answered").exists()


def test_page_with_nothing_of_its_own_left_waits_for_the_page_that_asks(twin, asked):
    project = make_project()
    drive(submitted(project, titles(2)))
    before = len(asked)
    # Their titles are remembered; the line is new to both.
    MemoryEntry.objects.filter(text__startswith="We mend").delete()
    MemoryEntry.objects.filter(text__contains="mend pipes").delete()
    again = make_batch(project, 0, lane="economy", tier="full")
    for number, title in enumerate(titles(2)):
        make_run(again, f"/p{number}", title)
    again.runs.update(content_hash="changed")
    again.refresh_from_db()
    batch = drive(queue.submit(again, by="system"))

    assert (batch.done_count, twin.stats()["paid_calls"]) == (2, 0)
    assert len(holding(asked[before:])) == 1
