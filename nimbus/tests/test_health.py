"""The health page is green while beat ticks, and red soon after it fell silent."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from nimbus import health
from nimbus.models import Heartbeat

pytestmark = pytest.mark.django_db


def heard(seconds_ago):
    health.note(health.BEAT)
    Heartbeat.objects.update(at=timezone.now() - timedelta(seconds=seconds_ago))


def test_green_while_beat_ticks(client):
    heard(seconds_ago=60)

    answer = client.get("/health")

    assert (answer.status_code, answer.json()["is_well"]) == (200, True)
    assert 59 < answer.json()["beat_seen_s"] < 110


@pytest.mark.parametrize("is_known", [True, False])
def test_red_two_minutes_after_the_last_tick(client, is_known):
    if is_known:
        heard(seconds_ago=121)

    answer = client.get("/health")

    assert (answer.status_code, answer.json()["is_well"]) == (503, False)
    # The API goes on without beat, so no balancer takes the web away.
    assert client.get("/readyz").status_code == 200


def test_red_without_a_database(client, monkeypatch):
    def refuse(*_, **__):
        raise OperationalError("away")

    monkeypatch.setattr(connection, "cursor", refuse)

    assert client.get("/health").json()["database"] == "down"
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["database"]) == (503, "down")
    # A restart would mend nothing.
    assert client.get("/healthz").json() == {"is_alive": True}


def test_not_ready_before_the_migrations_of_its_version(client):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE nimbus_worker")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'nimbus' AND name = '0004_heartbeat'")

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["missing_migrations"] == ["nimbus.0004_heartbeat"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/health", "/metrics"])
def test_probes_need_neither_name_nor_tls(client, settings, path):
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["nimbus.example"]
    settings.METRICS_TOKEN = "x" * 20

    answer = client.get(path, headers={"host": "10.1.2.3:8000", "authorization": "Bearer " + "x" * 20})

    assert answer.status_code == (503 if path == "/health" else 200)
    # Everybody else has to name the host, by TLS.
    assert client.get("/", headers={"host": "10.1.2.3:8000"}).status_code == 400
    assert client.get("/", headers={"host": "nimbus.example"}).status_code == 301


def test_a_tick_is_noted_by_the_databases_clock(settings):
    settings.CLOCK_OFFSET_S = 3600
    health.note("a")
    health.note("a")

    assert 0 <= health.silence_s("a") < 60
    assert health.silence_s("b") is None
