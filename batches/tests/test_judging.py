"""The second opinion in the flow: paid through ledger and journal, quoted, in both lanes, and felt."""

import pytest

from batches import executor, queue, quotes
from batches.models import Batch, ModelCall
from batches.tests.factories import make_batch, make_project, make_run
from batches.tests.frugal import drive
from optimizer.twin import Twin
from projects.models import MemoryEntry, SpendTotal

pytestmark = pytest.mark.django_db(transaction=True)
COPY = "We mend pipes in street {} of Leeds, by day and by night, and clean up behind us."


@pytest.fixture
def twin(settings, monkeypatch):
    with Twin() as twin:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "sk-for-tests", twin.base_url
        settings.ECONOMY_POLL_S = 0.02
        monkeypatch.setattr(executor, "LINGER_S", 0.1)
        twin.behave(batch_seconds=0, latency=0, objection="accuracy critical")
        yield twin


def filled(pages=2, lane="live", judge=True, project=None):
    project = project or make_project(settings={"judge": judge})
    batch = make_batch(project, 0, lane=lane, tier="full")
    for number in range(pages):
        make_run(batch, f"/p{number}", f"Plumber number {number}", COPY.format(number))
    return Batch.objects.get(id=batch.id)


def done(batch):
    return drive(queue.submit(batch, by="system"))


def purposes(batch):
    return sorted(ModelCall.objects.filter(batch=batch).values_list("purpose", flat=True))


@pytest.mark.parametrize("lane", ["live", "economy"])
def test_opinion_is_paid_and_holds_what_it_minds(twin, lane):
    batch = done(filled(lane=lane))

    assert purposes(batch).count("judge") >= 2
    held = batch.suggestions.filter(level="hold", target="title")
    assert {v["check"] for s in held for v in s.verdicts} == {"critical"}
    assert set(held.values_list("confidence", flat=True)) == {0.1}
    calls = ModelCall.objects.filter(batch=batch)
    assert SpendTotal.objects.get(key=batch.id).spent == sum(call.cost_microdollars for call in calls)
    assert twin.stats()["paid_calls"] + twin.stats()["batch_paid_calls"] == len(calls)


def test_text_that_is_minded_is_not_remembered(twin):
    batch = done(filled(1))

    texts = set(MemoryEntry.objects.values_list("text", flat=True))
    assert texts
    assert batch.suggestions.get(target="title").text not in texts


def test_off_by_default(twin):
    project = make_project()

    assert "judge" not in purposes(done(filled(project=project)))


def test_quote_counts_it(twin):
    without, judged = (quotes.of(filled(4, judge=judge)) for judge in (False, True))

    assert 1.3 * without.live < judged.live < 2.6 * without.live
