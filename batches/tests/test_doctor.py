"""The doctor is content with what the product does, and finds each thing that is broken behind its back."""

import json
import os
import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import AuditChain, User
from batches import attempts, doctor, engines, executor, queue, tasks
from batches.models import Artifact, Batch, ModelCall, OutboxMail, PageRun, ProviderBatch, Suggestion
from batches.tests.factories import make_batch, make_project
from batches.tests.test_executor import Provider
from nimbus import artifacts
from nimbus.models import Heartbeat, IdempotencyRecord
from projects.models import SpendDay, SpendTotal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(monkeypatch, settings, tmp_path):
    """A batch that was bought, one that is half done, one that was cancelled, and a stored file."""
    settings.OPENAI_API_KEY, settings.NIMBUS_ARTIFACTS = "sk-for-tests", tmp_path
    monkeypatch.setattr(engines, "make", lambda choice: Provider())
    monkeypatch.setattr(attempts, "FIRST_BACKOFF_S", 0.01)
    monkeypatch.setattr(executor, "LINGER_S", 0.1)
    project = make_project(settings={"review_mode": "auto"})
    bought = queue.submit(make_batch(project, 3), by="system")
    executor.run("test-worker", 8, 20)
    queue.cancel(queue.submit(make_batch(make_project("gone")), by="system"), by="system")
    queue.submit(make_batch(make_project("waits"), 2), by="system")
    queue.claim("w", 1)
    key, size = artifacts.put(project.organization_id, project.id, b"a built site", durable=False)
    Artifact.objects.create(
        organization_id=project.organization_id, project=project, batch=bought, kind="site", key=key,
        sha256=key.rpartition("/")[2], size=size,
    )  # fmt: skip
    return Batch.objects.get(id=bought.id)


def broken():
    return {finding.name for finding in doctor.examine() if not finding.is_well}


def test_doctor_is_content_with_what_the_product_did(world):
    assert world.status == "completed"
    assert ModelCall.objects.filter(outcome="answered").exists()
    assert Suggestion.objects.filter(review="approved").exists()
    assert broken() == set()


def done_run():
    return PageRun.objects.filter(status="done").order_by("id").first()


def update(**fields):
    return lambda world: PageRun.objects.filter(id=done_run().id).update(**fields)


def corrupt_file(world, content=b"something else"):
    artifacts.path_of(Artifact.objects.get().key).write_bytes(content)


def leave_orphan(world):
    key, _ = artifacts.put(world.organization_id, world.project_id, b"nobody's", durable=False)
    os.utime(artifacts.path_of(key), (0, 0))


def buy_again(world):
    call = ModelCall.objects.filter(outcome="answered").first()
    ModelCall.objects.filter(id=call.id).update(answered_at=timezone.now() - timedelta(minutes=5))
    call.id = "00000000-0000-4000-8000-000000000001"
    call.save(force_insert=True)


def report_early(world):
    other = Batch.objects.get(status="processing")
    OutboxMail.objects.create(
        organization_id=other.organization_id, batch=other, kind="batch_report", to="a@b.test",
        subject="s", text="t", message_id="<early@nimbus>",
    )  # fmt: skip


def lease_out(world):
    runs = PageRun.objects.filter(status="processing")
    assert runs.update(lease_expires_at=timezone.now() - timedelta(minutes=5)) == 1


def forget_answer(world):
    ModelCall.objects.filter(outcome="answered").update(answer=None)


def wait_forever(world):
    past = timezone.now() - timedelta(minutes=10)
    record = IdempotencyRecord.objects.create(
        organization_id="o", key="k", api_key="a", body_hash="h", expires_at=timezone.now()
    )
    IdempotencyRecord.objects.filter(id=record.id).update(created_at=past)


def end_twice(world):
    audit.record(world.project, "batch.completed", target=world, batch=world.id)


def complete_twice(world):
    audit.record(world.project, "page.completed", target=done_run().page_id, batch=world.id)


def park_for_ever(world):
    runs = PageRun.objects.filter(status="queued")
    assert runs.update(parked_until=timezone.now() - timedelta(days=1)) == 1


def forget_provider_batch(world):
    long_ago = timezone.now() - timedelta(hours=2)
    ProviderBatch.objects.create(organization_id=world.organization_id, batch=world, next_at=long_ago)


DAMAGE = {
    "page_states": update(lease_expires_at=timezone.now() + timedelta(hours=1)),
    "dead_leases": lease_out,
    "attempts": update(attempts=6),
    "page_counts": lambda world: Batch.objects.filter(id=world.id).update(done_count=7),
    "review_counts": lambda world: Batch.objects.filter(id=world.id).update(approved_count=99),
    "ended_batches": lambda world: Batch.objects.filter(id=world.id).update(finished_at=None),
    "endless_batches": lambda world: Batch.objects.filter(id=world.id).update(
        status="processing", updated_at=timezone.now() - timedelta(hours=1)
    ),
    "parked_pages": park_for_ever,
    "provider_batches": forget_provider_batch,
    "results": lambda world: Suggestion.objects.filter(batch=world).exclude(text="").first().delete(),
    "reused_results": update(status="skipped"),
    "page_events": complete_twice,
    "batch_events": end_twice,
    "open_calls": lambda world: ModelCall.objects.update(
        outcome="sent", sent_at=timezone.now() - timedelta(days=1)
    ),
    "calls": forget_answer,
    "bought_twice": buy_again,
    "page_costs": update(cost_microdollars=10**9),
    "ledger": lambda world: ModelCall.objects.filter(outcome="answered").update(cost_microdollars=1),
    "spend_totals": lambda world: SpendTotal.objects.update(reserved=7),
    "spend_days": lambda world: SpendDay.objects.update(calls=9),
    "reports": report_early,
    "tenants": lambda world: OutboxMail.objects.filter(batch=world).update(organization_id="org_other"),
    "repeats": wait_forever,
    "beat": lambda world: Heartbeat.objects.create(name="beat", at=timezone.now() - timedelta(minutes=3)),
    "chains": lambda world: AuditChain.objects.filter(id=world.project_id).update(seq=1),
    "files": corrupt_file,
    "secrets": lambda world: PageRun.objects.filter(id=done_run().id).update(
        error_message="key nmb_live_" + "a1" * 19 + "b"
    ),
    "sound_results": lambda world: (
        Suggestion.objects.filter(batch=world)
        .exclude(text="")
        .update(text="Read https://evil.example/ <script>alert(1)</script>")
    ),
}


def test_each_question_finds_what_was_broken_behind_the_products_back(world):
    found = {}
    for name in doctor.NAMES:
        with transaction.atomic():
            DAMAGE[name](world)
            found[name] = broken()
            transaction.set_rollback(True)
        corrupt_file(world, b"a built site")

    assert [name for name in doctor.NAMES if name not in found[name]] == []


def test_doctor_finds_a_file_that_is_nobodys(world):
    leave_orphan(world)

    assert broken() == {"files"}


def test_command_tells_in_json_and_by_its_exit(world, capsys):
    call_command("doctor", "--json", "--only", "page_counts", "results")
    told = json.loads(capsys.readouterr().out)
    assert (told["is_well"], set(told["findings"])) == (True, {"page_counts", "results"})

    Batch.objects.filter(id=world.id).update(done_count=7)
    with pytest.raises(CommandError, match="page_counts"):
        call_command("doctor", "--json", "--only", "page_counts")

    told = json.loads(capsys.readouterr().out)
    assert told["findings"]["page_counts"]["breaches"] == [world.id]


def test_support_asks_the_doctor_in_the_admin(world, client):
    boss = User.objects.create_superuser("boss@nimbus.test", "a-long-password")
    client.force_login(boss)
    assert "/admin/batches/batch/doctor/" in client.get("/admin/batches/batch/").content.decode()
    assert "Beat was last heard of never" in client.get("/admin/batches/batch/doctor/").content.decode()

    Batch.objects.filter(id=world.id).update(done_count=7)
    page = client.get("/admin/batches/batch/doctor/").content.decode()

    assert "1 of" in page
    assert world.id in page


def test_doctor_in_the_admin_is_not_for_every_member_of_staff(world, client):
    clerk = User.objects.create_user("clerk@nimbus.test", "a-long-password", is_staff=True)
    client.force_login(clerk)

    assert client.get("/admin/batches/batch/doctor/").status_code == 403


def test_doctor_and_support_are_told_when_beat_was_last_heard_of(world, client):
    client.force_login(User.objects.create_superuser("boss@nimbus.test", "a-long-password"))
    tasks.sweep()
    told = client.get("/admin/batches/batch/doctor/").content.decode()
    assert re.search(r"Beat was last heard of \d s ago", told)

    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=3))

    (finding,) = [finding for finding in doctor.examine() if not finding.is_well]
    assert finding.name == "beat"
    assert finding.breaches[0].startswith("last heard of 00:03:0")


def test_beat_that_was_never_there_is_missed_once_something_waits_for_it(world):
    assert broken() == set()

    Batch.objects.update(submitted_at=timezone.now() - timedelta(minutes=3))

    assert broken() == {"beat"}
