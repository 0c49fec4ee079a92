"""Pages through the economy lane, on the real database, against the real twin over HTTP."""

import time

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Sum

import optimizer.economy
from accounts import chains
from accounts.models import AuditEvent
from batches import (
    caps,
    economy,
    economy_jobs,
    economy_leases,
    economy_pages,
    executor,
    progress,
    queue,
    steering,
    tasks,
)
from batches.models import Batch, ModelCall, PageRun, ProviderBatch, Suggestion
from batches.tests.factories import make_batch, make_project, make_run
from optimizer.economy import Economy
from optimizer.twin import Twin
from projects import prices
from projects.models import SpendDay, SpendEntry, SpendTotal

# What the twin takes one of these pages for.
TOKENS = 720

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def twin(settings, monkeypatch):
    with Twin() as twin:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "sk-for-tests", twin.base_url
        settings.ECONOMY_POLL_S = 0.02
        monkeypatch.setattr(executor, "LINGER_S", 0.1)
        twin.behave(batch_seconds=0)
        yield twin


def submitted(pages=3, lane="economy"):
    """A batch whose pages all differ, since equal ones share their answers, and near-copies go back."""
    batch = make_batch(make_project(), 0, lane=lane)
    for number in range(pages):
        copy = f"We mend pipes, boilers and taps in street {number} of Leeds, day and night."
        make_run(batch, f"/p{number}", f"Plumber number {number}", copy)
    batch.refresh_from_db()
    return queue.submit(batch, by="system")


def drive(batch, seconds=20):
    """Let the lane and the executor take turns until the batch has ended."""
    end = time.monotonic() + seconds
    while not Batch.objects.get(id=batch.id).is_final:
        assert time.monotonic() < end, "the batch does not end"
        economy.run()
        executor.run("w", 8, 10)
        time.sleep(0.03)
    batch.refresh_from_db()
    return batch


def calls(**filters):
    return ModelCall.objects.filter(**filters)


def actions(batch):
    return set(AuditEvent.objects.filter(batch=batch.id).values_list("action", flat=True))


def pause_s():
    time.sleep(0.05)


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


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("batch_missing", "missing_line"),
        ("batch_cut", "missing_line"),
        ("batch_errors", "provider_error"),
        ("rate_limited", "rate_limited"),
        ("hang", "request_timeout"),
    ],
)
def test_page_without_an_answer_goes_live(twin, fault, code):
    twin.behave(**{fault: 1.0})
    batch = submitted()
    economy.run()
    pause_s()
    economy.run()
    twin.behave(**{fault: 0})
    drive(batch)

    assert (batch.status, batch.done_count) == ("completed", 3)
    assert set(batch.runs.values_list("lane", flat=True)) == {"live"}
    assert set(calls(provider_batch__isnull=False).values_list("error_code", flat=True)) == {code}
    assert twin.stats()["paid_calls"] == 3
    assert "page.replanned" in actions(batch)


def test_only_the_pages_without_an_answer_go_live(twin):
    twin.behave(batch_missing=0.4)
    batch = drive(submitted(12))

    lanes = list(batch.runs.values_list("lane", flat=True))
    assert 0 < lanes.count("live") < 12
    row = ProviderBatch.objects.get()
    assert (row.answered_count, row.missing_count) == (lanes.count("economy"), lanes.count("live"))
    assert twin.stats()["paid_calls"] == lanes.count("live")
    # What may have been paid and never came stands at its full reservation.
    assert calls(outcome="lost", cost_microdollars__gt=0).count() == row.missing_count


def test_lines_that_come_twice_or_for_nobody_change_nothing(twin):
    twin.behave(batch_repeated=1.0, batch_unknown=1.0)
    batch = drive(submitted())

    row = ProviderBatch.objects.get()
    assert (row.answered_count, row.repeated_count, row.unknown_count) == (3, 3, 3)
    assert calls().count() == 3
    assert (batch.status, batch.done_count) == ("completed", 3)
    told = AuditEvent.objects.get(action="provider_batch.ended").data
    assert (told["repeated"], told["unknown"]) == (3, 3)


def test_answers_for_another_tenants_page_reach_nobody(twin, monkeypatch):
    twin.behave(batch_seconds=60)
    theirs = submitted()
    mine = queue.submit(make_batch(make_project("other"), 1, lane="economy"), by="system")
    economy.run()
    lines = Economy.lines

    def forge(self, file_id):
        for line in lines(self, file_id):
            yield line.__class__(custom_id, line.completion) if line.custom_id.startswith(name) else line

    custom_id = calls(batch=theirs).first().custom_id
    name = f"run-{mine.runs.get().pk}-"
    monkeypatch.setattr(Economy, "lines", forge)
    twin.behave(batch_seconds=0)
    pause_s()
    economy.run()

    assert ProviderBatch.objects.get(batch=mine).unknown_count == 1
    assert calls(batch=mine).get().outcome == "lost"
    assert set(calls(batch=theirs).values_list("outcome", flat=True)) == {"answered"}


@pytest.mark.parametrize("status", ["expired", "cancelled"])
def test_what_was_done_before_the_end_is_kept_and_the_rest_goes_live(twin, settings, status):
    twin.behave(batch_seconds=1.0)
    batch = submitted(12)
    economy.run()
    time.sleep(0.4)
    if status == "expired":
        twin.behave(batch_window=0.4)
    else:
        set_deadline("now() - interval '1 second'")
    drive(batch)

    row = ProviderBatch.objects.get()
    assert row.status == status
    assert 0 < row.answered_count < 12 == row.answered_count + row.failed_count
    assert (batch.status, batch.done_count) == ("completed", 12)
    stats = twin.stats()
    assert (stats["batch_paid_calls"], stats["paid_calls"]) == (row.answered_count, 12 - row.answered_count)


def set_deadline(value, table="batches_providerbatch", column="deadline_at"):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = {value}")


def test_provider_that_never_ends_is_given_up(twin, monkeypatch):
    twin.behave(batch_seconds=3600)
    batch = submitted()
    economy.run()
    set_deadline("now() - interval '1 hour'")

    drive(batch)

    assert ProviderBatch.objects.get().status == "given_up"
    assert batch.done_count == 3
    assert calls(outcome="lost", error_code="deadline").count() == 3


def test_batch_that_the_provider_forgot_goes_live(twin):
    twin.behave(batch_seconds=3600)
    batch = submitted()
    economy.run()
    twin.batches.jobs.clear()

    drive(batch)

    assert ProviderBatch.objects.get().status == "gone"
    assert batch.done_count == 3


def test_failed_validation_costs_nothing_and_goes_live(twin):
    twin.behave(batch_invalid="invalid_json_line")
    batch = drive(submitted())

    assert ProviderBatch.objects.get().error_code == "invalid_json_line"
    assert (batch.done_count, twin.stats()["batch_paid_calls"]) == (3, 0)
    assert not calls(provider_batch__isnull=False).exclude(outcome="failed", cost_microdollars=0).exists()


def test_provider_without_room_gets_fewer_pages_at_a_time(twin):
    twin.behave(batch_enqueued_tokens=9 * TOKENS // 2)
    batch = drive(submitted(8))

    sizes = list(ProviderBatch.objects.order_by("id").values_list("request_count", "error_code"))
    assert sizes[0] == (8, "token_limit_exceeded")
    assert max(size for size, code in sizes if not code) <= 4
    assert (batch.done_count, twin.stats()["batch_paid_calls"], twin.stats()["paid_calls"]) == (8, 8, 0)


def test_page_that_finds_no_room_in_time_goes_live(twin):
    twin.behave(batch_enqueued_tokens=1)
    batch = submitted()
    economy.run()
    pause_s()
    economy.run()
    set_deadline("now() - interval '1 second'", "batches_pagerun", "parked_until")

    drive(batch)

    assert set(batch.runs.values_list("lane", flat=True)) == {"live"}
    assert twin.stats()["batch_paid_calls"] == 0


def test_file_takes_no_more_than_the_provider_allows(twin, monkeypatch):
    monkeypatch.setattr(Economy, "most_requests", 2)
    batch = drive(submitted(5))

    assert sorted(ProviderBatch.objects.values_list("request_count", flat=True)) == [1, 2, 2]
    assert (batch.done_count, twin.stats()["paid_calls"]) == (5, 0)


def test_page_larger_than_a_file_goes_live(twin, monkeypatch):
    monkeypatch.setattr(Economy, "most_bytes", 100)
    batch = drive(submitted(2))

    assert (batch.done_count, twin.stats()["paid_calls"], twin.stats()["batches"]) == (2, 2, 0)


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


def test_cancelled_batch_is_cancelled_at_the_provider(twin):
    twin.behave(batch_seconds=2.0)
    batch = submitted(12)
    economy.run()
    time.sleep(0.4)
    queue.cancel(batch, by="system")
    economy.run()
    pause_s()
    economy.run()

    row = ProviderBatch.objects.get()
    assert (row.state, row.status) == ("ended", "cancelled")
    assert 0 < twin.stats()["batch_paid_calls"] == row.answered_count < 12
    assert set(batch.runs.values_list("status", flat=True)) == {"cancelled"}


def test_batch_cancelled_before_its_upload_reaches_no_provider(twin):
    batch = submitted()
    economy_pages.gather(batch.id)
    queue.cancel(batch, by="system")

    economy.run()

    assert ProviderBatch.objects.get().state == "ended"
    assert twin.stats()["batches"] == 0


def test_paused_batch_is_not_submitted_until_it_is_resumed(twin):
    batch = submitted()
    queue.pause(batch, by="system")
    economy.run()
    assert twin.stats()["batches"] == 0

    queue.resume(batch, by="system")

    assert drive(batch).done_count == 3


def test_bad_key_pauses_the_batch_and_costs_no_attempt(twin):
    twin.behave(key_state="invalid")
    batch = submitted()
    economy.run()
    batch.refresh_from_db()
    assert (batch.status, batch.pause_reason) == ("paused", "provider_auth")

    twin.behave(key_state="ok")
    queue.resume(batch, by="system")

    assert drive(batch).done_count == 3
    assert set(batch.runs.values_list("lane", "attempts")) == {("economy", 1)}


def test_page_wanted_now_goes_live_and_its_late_answer_moves_nothing(twin):
    twin.behave(batch_seconds=3600)
    batch = submitted(2)
    economy.run()
    wanted = batch.runs.first()
    steering.process_now(wanted, by="system")
    executor.run("w", 8, 10)
    wanted.refresh_from_db()
    assert wanted.status == "done"

    twin.behave(batch_seconds=0)
    drive(batch)

    before, wanted = wanted, PageRun.objects.get(id=wanted.pk)
    assert (wanted.status, wanted.lease_token, wanted.lane) == ("done", before.lease_token, "live")
    assert twin.stats()["paid_calls"] == 1
    # The late answer was paid, so the journal has it.
    assert calls(outcome="answered").count() == 3


def test_both_lanes_run_in_one_batch(twin):
    batch = submitted(4)
    PageRun.objects.filter(id__in=list(batch.runs.values_list("id", flat=True)[:2])).update(
        lane="live", parked_until=None
    )

    drive(batch)

    assert sorted(batch.runs.values_list("lane", flat=True)) == ["economy"] * 2 + ["live"] * 2
    assert (twin.stats()["paid_calls"], twin.stats()["batch_paid_calls"]) == (2, 2)


def test_changed_settings_leave_bought_answers_of_use(twin):
    twin.behave(batch_seconds=3600)
    batch = submitted()
    economy.run()
    batch.project.settings = {"tone": "playful", "ai_model": "gpt-5"}
    batch.project.save()
    twin.behave(batch_seconds=0)

    drive(batch)

    assert (twin.stats()["batch_paid_calls"], twin.stats()["paid_calls"]) == (3, 0)


def test_retried_batch_asks_by_the_settings_of_today(twin):
    twin.behave(refusal=1.0)
    batch = drive(submitted(1))
    assert batch.status == "failed"
    twin.behave(refusal=0)
    batch.project.settings = {"ai_model": "gpt-5-nano"}
    batch.project.save()

    queue.retry(batch, by="system")

    assert drive(batch).status == "completed"
    assert list(calls().order_by("sent_at").values_list("model", flat=True)) == ["gpt-5-mini", "gpt-5-nano"]
    assert (twin.stats()["batch_paid_calls"], twin.stats()["paid_calls"]) == (2, 0)


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
