"""Pages through the economy lane, on the real database, against the real twin over HTTP."""

import pytest
from django.conf import settings
from django.db.models import Sum

import optimizer.economy
from accounts import chains
from batches import (
    caps,
    economy,
    economy_jobs,
    economy_leases,
    economy_pages,
    executor,
    progress,
    queue,
    tasks,
)
from batches.models import ModelCall, PageRun, ProviderBatch, Suggestion
from batches.tests.factories import make_batch, make_project, make_run
from batches.tests.frugal import actions, calls, drive, submitted
from optimizer.economy import Economy
from projects import prices
from projects.models import SpendDay, SpendEntry, SpendTotal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def lane(twin, settings):
    settings.ECONOMY_POLL_S = 0.02
    twin.behave(batch_seconds=0, latency=0)


def test_economy_lane_asks_about_as_many_pages_as_a_cap_has_room_for(twin):
    batch = submitted(4)
    caps.set_of_batch(batch, "system", 4_500)

    economy.run()

    asked, total = ModelCall.objects.count(), SpendTotal.objects.get(key=batch.id)
    assert 0 < asked < 4
    assert total.spent + total.reserved <= 4_500
    drive(batch)
    total.refresh_from_db()
    assert (batch.done_count, total.reserved) == (4, 0)
    assert total.spent == batch.cost_microdollars
    assert SpendDay.objects.aggregate(n=Sum("saved_by_lane"))["n"] == pytest.approx(total.spent, abs=4)


def test_line_that_is_remembered_is_not_bought_again(twin, monkeypatch):
    project, asked = make_project(), []
    write_line = Economy.write_line

    def note(self, name, prompt, model):
        asked.append(prompt.user)
        return write_line(self, name, prompt, model)

    monkeypatch.setattr(Economy, "write_line", note)
    for title in ("Plumber in Leeds", "Plumber in Leeds by night"):
        batch = make_batch(project, 0, lane="economy", tier="full")
        make_run(batch, "/", title)
        batch.refresh_from_db()
        drive(queue.submit(batch, by="system"))

    first, *_, last = asked
    assert "] p: We mend pipes" in first
    assert "[-] p: We mend pipes" not in first
    assert "[-] p: We mend pipes" in last
    assert batch.runs.get().reused_lines


def test_cap_without_room_pauses_the_economy_lane_before_anything_is_sent(twin):
    batch = submitted()
    caps.set_of_batch(batch, "system", 1_000)

    economy.run()

    batch.refresh_from_db()
    assert (batch.status, batch.pause_reason) == ("paused", "budget")
    assert twin.stats()["batches"] == 0
    assert not SpendEntry.objects.exists()
    caps.set_of_batch(batch, "system", None)
    assert drive(batch).done_count == 3


def test_economy_batch_is_answered_at_half_the_price(twin):
    batch = drive(submitted())

    stats = twin.stats()
    assert (batch.status, batch.done_count) == ("completed", 3)
    assert (stats["batch_paid_calls"], stats["paid_calls"]) == (3, 0)
    assert Suggestion.objects.filter(batch=batch).exists()
    assert set(batch.runs.values_list("lane", "attempts", "parked_until")) == {("economy", 1, None)}
    full = [prices.price_of(c.model).cost(c.input_tokens, c.output_tokens) for c in calls()]
    assert batch.cost_microdollars == sum(-(-cost // 2) for cost in full) > 0
    assert sum(c.cost_microdollars for c in calls()) == batch.cost_microdollars
    told = {"page.gathered", "provider_batch.created", "provider_batch.ended", "page.answered"}
    assert told <= actions(batch)
    assert chains.verify(batch.project_id) is None


def test_answers_are_those_of_the_live_lane(twin):
    economy_batch = drive(submitted())
    live = drive(submitted(lane="live"))

    def texts(batch):
        return list(
            Suggestion.objects.filter(batch=batch)
            .order_by("page__path", "position")
            .values_list("target", "text")
        )

    assert texts(economy_batch) == texts(live) != []


def test_request_stands_in_the_journal_before_the_upload(twin, monkeypatch):
    seen = []

    def upload(self, path, name, timeout_s):
        seen.extend(calls().values_list("outcome", "provider_batch__provider_id"))
        raise economy_jobs.OptimizerError("stop")

    monkeypatch.setattr(Economy, "upload", upload)
    batch = submitted()
    economy.run()

    assert seen == [("sent", "")] * 3
    rows = {f"run-{run.pk}-{run.lease_token}" for run in batch.runs.all()}
    names = calls().values_list("custom_id", flat=True)
    assert {name.rpartition("-")[0] for name in names} == rows


def test_waiting_page_is_claimed_by_no_executor(twin):
    twin.behave(batch_seconds=60)
    submitted()
    economy.run()

    assert executor.run("w", 8, 0.3) == 0
    assert not queue.has_work()
    assert set(PageRun.objects.values_list("status", "step")) == {("queued", "economy")}


def test_batch_page_says_what_is_waited_for(twin):
    twin.behave(batch_seconds=60)
    batch = submitted()
    economy.run()

    (row,) = progress.troubles(batch)
    assert (row.code, row.pages, row.is_waiting) == ("parked", 3, True)
    assert "half the price" in row.title


def test_beat_looks_after_the_lane(twin):
    submitted()
    tasks.run_economy()

    assert twin.stats()["batches"] == 1
    assert settings.CELERY_BEAT_SCHEDULE["run-economy"]["task"] == tasks.run_economy.name


def test_without_a_key_an_economy_batch_runs_at_once(settings):
    settings.OPENAI_API_KEY = ""
    batch = submitted()

    executor.run("w", 8, 10)

    batch.refresh_from_db()
    assert batch.status == "completed"
    assert not ProviderBatch.objects.exists()


def test_refused_lines_go_back_in_the_economy_lane_too(twin):
    twin.behave(hostile=1.0)
    batch = drive(submitted(2))

    stats = twin.stats()
    assert (stats["batch_paid_calls"], stats["paid_calls"]) == (4, 0)
    assert set(calls().values_list("purpose", flat=True)) == {"optimize", "repair"}
    assert set(batch.runs.values_list("economy_rounds", "attempts")) == {(2, 1)}
    assert "page.parked" in actions(batch)


def test_copies_of_sister_pages_go_back_in_the_economy_lane_too(twin):
    batch = make_batch(make_project(), 0, lane="economy")
    for number in range(4):
        make_run(batch, f"/p{number}", f"Plumber number {number}")
    batch.refresh_from_db()
    queue.submit(batch, by="system")
    # These say first what the others' answers will say.
    batch.runs.filter(page__path__in=["/p0", "/p1"]).update(lane="live", parked_until=None)

    drive(batch)

    assert (twin.stats()["paid_calls"], twin.stats()["batch_paid_calls"]) == (2, 4)
    assert calls(purpose="repair").count() == 2


def test_page_is_asked_about_with_what_its_sisters_say_already(twin):
    project = make_project()
    for path in ("/p1", "/p2"):
        batch = make_batch(project, 0, lane="economy")
        make_run(batch, path, f"Plumber at {path}")
        batch.refresh_from_db()
        drive(queue.submit(batch, by="system"))

    assert list(calls().values_list("purpose", flat=True)) == ["optimize"] * 2
    said = list(Suggestion.objects.filter(target="metaDescription").values_list("text", flat=True))
    assert len(said) == len(set(said)) > 0


def test_files_are_deleted_at_the_provider_once_they_are_read(twin):
    drive(submitted())

    assert twin.files.rows == {}


def test_file_is_deleted_where_the_provider_takes_no_batch(twin, monkeypatch):
    monkeypatch.setattr(optimizer.economy, "ENDPOINT", "/v1/embeddings")
    batch = drive(submitted())

    assert twin.files.rows == {}
    assert ProviderBatch.objects.get().status == "refused"
    assert (batch.done_count, twin.stats()["paid_calls"]) == (3, 3)


def test_one_broken_provider_batch_holds_up_no_other(twin, monkeypatch):
    broken, good = submitted(), queue.submit(make_batch(make_project("b"), 1, lane="economy"), by="system")
    submit = economy_jobs.submit

    def stumble(lease, lane):
        if lease.row.batch_id == broken.id:
            raise KeyError("ours")
        submit(lease, lane)

    monkeypatch.setattr(economy_jobs, "submit", stumble)

    assert drive(good).status == "completed"
    assert ProviderBatch.objects.get(batch=broken).lease_expires_at is None


def test_worker_that_is_told_to_end_begins_with_no_provider_batch(twin):
    batch = submitted()

    assert economy.run(should_stop=lambda: True) == 0

    assert ProviderBatch.objects.get(batch=batch).state == "preparing"
    assert economy.run() == 1


def test_two_looks_at_once_in_a_process_are_one():
    with economy._ALONE:
        assert economy.run_once() == 0


def test_lease_of_another_worker_is_respected(twin):
    batch = submitted()
    economy_pages.gather(batch.id)

    assert economy_leases.take(economy_leases.now()) is not None
    assert economy_leases.take(economy_leases.now()) is None
