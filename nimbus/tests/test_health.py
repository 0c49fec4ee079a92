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
    heard(seconds_ago=90)

    answer = client.get("/health")

    assert (answer.status_code, answer.json()["is_well"]) == (200, True)
    assert 89 < answer.json()["beat_seen_s"] < 110


@pytest.mark.parametrize("is_known", [True, False])
def test_red_two_minutes_after_the_last_tick(client, is_known):
    if is_known:
        heard(seconds_ago=121)

    answer = client.get("/health")

    assert (answer.status_code, answer.json()["is_well"]) == (503, False)
    # The API goes on without beat, so no balancer takes the web away.
    assert client.get("/health/web").status_code == 200


def test_red_without_a_database(client, monkeypatch):
    def refuse(*_, **__):
        raise OperationalError("away")

    monkeypatch.setattr(connection, "cursor", refuse)

    assert client.get("/health").json()["database"] == "down"
    assert client.get("/health/web").status_code == 503


def test_a_tick_is_noted_by_the_databases_clock(settings):
    settings.CLOCK_OFFSET_S = 3600
    health.note("a")
    health.note("a")

    assert 0 <= health.silence_s("a") < 60
    assert health.silence_s("b") is None
