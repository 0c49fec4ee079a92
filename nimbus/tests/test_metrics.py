"""Prometheus reads what waits and what it costs, of all tenants, and nobody else does."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from batches.models import Batch, ModelCall, OutboxMail, PageRun
from batches.tests.factories import make_batch, make_run
from nimbus import health, measures, metrics
from projects.models import SpendTotal

pytestmark = pytest.mark.django_db
TOKEN = "metrics-token-of-the-tests"


@pytest.fixture(autouse=True)
def opened(settings):
    settings.METRICS_TOKEN = TOKEN
    metrics.KEPT.forget()


def read(client):
    answer = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200, answer.content
    samples = [
        sample
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    ]
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


def test_no_such_page_without_the_setting(client, settings):
    settings.METRICS_TOKEN = ""

    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN}é"])
def test_closed_to_whoever_has_not_the_token(client, given):
    answer = client.get("/metrics", headers={"authorization": given})

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_counts_pages_of_every_tenant(client, project, foreign_project):
    now = timezone.now()
    soon, long_ago = now + timedelta(minutes=1), now - timedelta(hours=2)
    for owner in (project, foreign_project):
        batch = make_batch(owner, pages=0)
        waiting = make_run(batch, "/a", status="queued")
        make_run(batch, "/b", status="queued", parked_until=soon)
        make_run(batch, "/c", status="done", duration_ms=1500, finished_at=now)
        make_run(batch, "/d", status="processing", lease_expires_at=soon, lease_owner="w")
        Batch.objects.filter(id=batch.id).update(status="processing", submitted_at=long_ago)
        PageRun.objects.filter(id=waiting.id).update(uploaded_at=timezone.now() - timedelta(hours=1))

    found = read(client)

    assert found["nimbus_pages", "processing", "queued"] == 4
    assert found["nimbus_batches", "processing"] == 2
    assert 3600 <= found["nimbus_oldest_queued_page_seconds",] < 3700
    assert found["nimbus_page_seconds", "0.5"] == 1.5
    assert (found["nimbus_leases",], found["nimbus_leases_expired",], found["nimbus_executors",]) == (2, 0, 1)


def test_counts_errors_of_providers_by_code(client, project):
    batch, now = make_batch(project), timezone.now()
    for outcome, code, age_s in [
        ("failed", "timeout", 10), ("failed", "timeout", 20), ("failed", "rate_limited", 1),
        ("failed", "timeout", 900), ("answered", "", 1), ("failed", "not_sent", 1), ("sent", "", 60),
    ]:  # fmt: skip
        at = now - timedelta(seconds=age_s)
        ModelCall.objects.create(
            id=uuid4(), organization_id=project.organization_id, project=project, batch=batch, runs=[1],
            purpose="copy", request_hash="x", outcome=outcome, error_code=code, sent_at=at,
            answered_at=None if outcome == "sent" else at,
        )  # fmt: skip

    found = read(client)

    errors = {key[1]: value for key, value in found.items() if key[0] == "nimbus_provider_errors"}
    assert errors == {"timeout": 2, "rate_limited": 1}
    assert (found["nimbus_calls_open",], found["nimbus_oldest_open_call_seconds",] // 10) == (1, 6)


def test_tells_money_mail_and_beat(client, project):
    organization, month = project.organization_id, timezone.now().strftime("%Y-%m")
    for key, spent in ((f"{organization} {month}", 2_500_000), (f"{organization} 2020-01", 9_000_000)):
        SpendTotal.objects.create(
            key=key, organization_id=organization, owner=organization, month=key[-7:], spent=spent, reserved=5
        )
    OutboxMail.objects.create(kind="report", to="a@b.test", subject="x", text="x", message_id="1", attempts=2)
    OutboxMail.objects.create(
        kind="report", to="a@b.test", subject="x", text="x", message_id="2", sent_at=timezone.now()
    )
    health.note(health.BEAT)

    found = read(client)

    assert found["nimbus_spend_month_dollars",] == 2.5
    assert (found["nimbus_mail_waiting",], found["nimbus_mail_retried",]) == (1, 1)
    assert found["nimbus_webhooks_waiting",] == 0
    assert 0 <= found["nimbus_beat_silence_seconds",] < 60


def test_asks_the_database_once_in_some_seconds(client):
    read(client)
    with CaptureQueriesContext(connection) as queries:
        read(client)

    assert not [query for query in queries if "batches_" in query["sql"]]


def test_support_role_is_left_again(client, foreign_project):
    read(client)

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] != "nimbus_support"


@pytest.mark.parametrize("measure", measures.MEASURES, ids=lambda measure: next(iter(measure.gauges)))
def test_reads_by_an_index(measure):
    with connection.cursor() as cursor:
        # PostgreSQL reads all of a small table; with this it goes by an index where there is one.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + measure.query)
        plan = "\n".join(row[0] for row in cursor.fetchall())

    whole = [
        line for line in plan.splitlines() if "Seq Scan on" in line and "accounts_organization" not in line
    ]
    assert whole == []


def test_docs_list_every_metric():
    text = Path("docs/operations.md").read_text()
    names = [f"nimbus_{name}" for measure in measures.MEASURES for name in measure.gauges]

    assert [name for name in [*names, "nimbus_beat_silence_seconds"] if f"`{name}`" not in text] == []
