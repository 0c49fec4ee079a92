"""What was decided once is not bought again: across pages, batches, retries and workers."""

import asyncio
import time
import uuid
from dataclasses import replace

import pytest
from django.db.models import Sum

from batches import engines, executor, memory, queue, reviews
from batches.models import ModelCall, PageRun, Suggestion
from batches.tests.factories import make_batch, make_project, make_run
from optimizer.errors import ProviderError
from optimizer.limits import RateLimit
from optimizer.offline import OfflineProvider
from optimizer.types import Usage
from projects.models import MemoryEntry

pytestmark = pytest.mark.django_db(transaction=True)


class Provider:
    """The offline engine for money; remembers which lines it was asked."""

    rate_limit = RateLimit()

    def __init__(self):
        self.prompts, self.fails = [], 0

    async def complete(self, prompt):
        self.prompts.append(prompt.user)
        await asyncio.sleep(0.01)
        if self.fails:
            self.fails -= 1
            raise ProviderError("provider_error")
        answer = await OfflineProvider().complete(prompt)
        return replace(answer, model="gpt-5-mini", usage=Usage(1000, 100), request_id="r")

    async def aclose(self):
        pass

    def asked(self, text):
        return sum(
            f"] p: {text}" in row for user in self.prompts for row in user.split("\n") if row[1] != "-"
        )


@pytest.fixture
def provider(monkeypatch, settings):
    settings.OPENAI_API_KEY = f"sk-{uuid.uuid4()}"
    monkeypatch.setattr(executor, "LINGER_S", 0.2)
    provider = Provider()
    monkeypatch.setattr(engines, "make", lambda choice: provider)
    return provider


def work(project, pages=1, tier="full", again=False):
    batch = make_batch(project, pages, tier=tier)
    if again:
        # The page has changed somewhere else, so that it is not skipped.
        batch.runs.update(content_hash=uuid.uuid4().hex)
    batch = queue.submit(batch, by="system")
    executor.run("test-worker", 8, 20)
    batch.refresh_from_db()
    assert batch.status == "completed"
    return batch


def title_of(batch):
    rows = batch.suggestions.select_related("run__snapshot", "page__project", "batch")
    return rows.get(target="title")


def test_text_that_all_pages_share_is_bought_once(provider):
    batch = work(make_project(), pages=6)

    assert provider.asked("We mend pipes, boilers and taps in Leeds, day and night.") == 1
    assert batch.runs.aggregate(Sum("reused_lines"))["reused_lines__sum"] == 5
    assert batch.runs.filter(saved_input_tokens__gt=10).count() == 5


def test_second_batch_of_a_page_buys_nothing(provider):
    project = make_project()
    first = work(project)
    second = work(project, again=True)

    assert len(provider.prompts) == 1
    assert ModelCall.objects.count() == 1
    run = second.runs.get()
    assert (run.cost_microdollars, run.reused_lines, run.status) == (0, 4, "done")
    assert list(second.suggestions.values_list("target", "text").order_by("target")) == list(
        first.suggestions.values_list("target", "text").order_by("target")
    )


def test_another_project_remembers_nothing_of_it(provider):
    work(make_project())
    work(make_project("other"))

    assert len(provider.prompts) == 2


def test_retry_after_a_crash_reads_the_journal_though_less_is_asked(provider):
    project = make_project()
    batch = make_batch(project, tier="full")
    queue.submit(batch, by="system")
    executor.run("test-worker", 8, 20)
    # As if the worker had died before its result was stored, and a sister page had been faster.
    key = MemoryEntry.objects.get(text__startswith="We mend pipes").key_hash
    MemoryEntry.objects.exclude(key_hash=key).delete()
    MemoryEntry.objects.update(source_run=0)
    PageRun.objects.update(status="queued", lease_token=1, attempts=0, finished_at=None)
    Suggestion.objects.all().delete()
    type(batch).objects.update(status="processing")
    executor.run("test-worker", 8, 20)

    batch.refresh_from_db()
    assert (batch.status, len(provider.prompts)) == ("completed", 1)
    assert batch.runs.get().reused_lines == 1


def test_one_query_answers_the_pages_of_a_moment(provider, monkeypatch):
    project = make_project()
    work(project, pages=6)
    asked = []
    monkeypatch.setattr(memory, "find", lambda *a, real=memory.find: asked.append(a) or real(*a))
    work(project, pages=6, again=True)

    assert len(asked) <= 2


def test_project_without_memory_is_not_asked_for_it(provider, monkeypatch):
    asked = []
    monkeypatch.setattr(memory, "find", lambda *a: asked.append(a) or {})
    work(make_project(), pages=3)

    assert asked == []


def test_a_person_s_words_come_back_and_say_so(provider):
    project = make_project()
    first = work(project, pages=1)
    reviews.edit(title_of(first), "Plumber in Leeds, by day and by night", by="user_alice")
    # The model's own memory does not matter any more.
    MemoryEntry.objects.filter(source="model").delete()
    second = work(project, again=True)

    title = title_of(second)
    assert title.text == "Plumber in Leeds, by day and by night"
    assert "memory" in {verdict["check"] for verdict in title.verdicts}
    assert not [user for user in provider.prompts[1:] if "[1] title" in user]


def test_the_model_never_overwrites_a_person(provider):
    project = make_project()
    first = work(project)
    suggestion = first.suggestions.select_related("run__snapshot", "page__project", "batch").get(
        target="title"
    )
    reviews.edit(suggestion, "Plumber in Leeds, by day and by night", by="user_alice")
    human = set(MemoryEntry.objects.filter(source="human").values_list("key_hash", "text"))
    work(project, again=True)

    assert set(MemoryEntry.objects.filter(source="human").values_list("key_hash", "text")) == human
    assert len(human) == 2


def test_offline_engine_uses_a_person_s_words_and_learns_nothing(monkeypatch):
    monkeypatch.setattr(executor, "LINGER_S", 0.2)
    project = make_project()
    first = work(project)
    assert not MemoryEntry.objects.exists()
    suggestion = first.suggestions.select_related("run__snapshot", "page__project", "batch").get(
        target="title"
    )
    reviews.edit(suggestion, "Plumber in Leeds, by day and by night", by="user_alice")
    second = work(project, again=True)

    assert second.suggestions.get(target="title").text == "Plumber in Leeds, by day and by night"
    assert not MemoryEntry.objects.filter(source="model").exists()


def test_page_whose_decider_fails_asks_for_itself(provider):
    provider.fails = 1
    started = time.monotonic()
    batch = work(make_project(), pages=3)

    assert (batch.done_count, time.monotonic() - started < 15) == (3, True)


def test_words_that_were_taken_back_are_not_used_again(provider):
    project = make_project()
    first = work(project)
    for take_back in (reviews.undo, reviews.reject):
        reviews.edit(title_of(first), "Plumber in Leeds, by day and by night", by="user_alice")
        assert MemoryEntry.objects.filter(source="human").count() == 2
        take_back(title_of(first), by="user_alice")

        assert not MemoryEntry.objects.filter(source="human").exists()


def test_a_person_s_words_reach_a_sister_page_that_is_worked_on_later(provider):
    project = make_project()
    reviews.edit(title_of(work(project)), "Plumber in Leeds, by day and by night", by="user_alice")
    batch = make_batch(project, 0, tier="full")
    make_run(batch, "/york", place="York")
    batch = queue.submit(batch, by="system")
    executor.run("test-worker", 8, 20)

    title = title_of(batch)
    assert title.text == "Plumber in York, by day and by night"
    assert {"check": "memory", "level": "note"}.items() <= title.verdicts[0].items()
