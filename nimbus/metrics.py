"""/metrics for Prometheus: what waits, what is slow, what fails, what it costs. For all tenants together."""

import hmac
import threading
import time
from collections.abc import Iterator

from django.conf import settings
from django.db import Error, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from nimbus import health, walls
from nimbus.measures import MEASURES, Measure

# Several scrapers, or an eager one, ask the database once in this time.
KEPT_S = 5.0
# A monitor must not add to the trouble that it watches.
PATIENCE = "SET LOCAL statement_timeout = '5s'"


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponseBase:
    if not settings.METRICS_TOKEN:
        raise Http404
    word, _, token = request.headers.get("Authorization", "").partition(" ")
    if word.lower() != "bearer" or not hmac.compare_digest(token.encode(), settings.METRICS_TOKEN.encode()):
        return JsonResponse(
            {"detail": "Send METRICS_TOKEN as a bearer token."},
            status=401,
            headers={"WWW-Authenticate": 'Bearer realm="metrics"'},
        )
    try:
        return HttpResponse(KEPT.text(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
    except Error:
        return JsonResponse({"detail": "The database does not answer as it should."}, status=503)


class Kept:
    """The newest text; whoever comes while another makes it waits for that one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._text, self._made_at = b"", 0.0

    def text(self) -> bytes:
        with self._lock:
            if not self._text or time.monotonic() - self._made_at > KEPT_S:
                registry = CollectorRegistry()
                registry.register(Database())
                self._text, self._made_at = generate_latest(registry), time.monotonic()
            return self._text

    def forget(self) -> None:
        self._text = b""


KEPT = Kept()


class Database(Collector):
    def collect(self) -> Iterator[Metric]:
        # The role that sees every tenant, for this transaction alone.
        with walls.asked_by(walls.Fixed(walls.Sight(role=walls.SUPPORT))), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(PATIENCE)
            found = [family for measure in MEASURES for family in families(measure)]
            silence_s = health.silence_s(health.BEAT)
        yield from found
        beat = GaugeMetricFamily("nimbus_beat_silence_seconds", "Since beat was last heard of.")
        if silence_s is not None:
            beat.add_metric([], silence_s)
        yield beat

    def describe(self) -> list[Metric]:
        # So that registering asks nothing.
        return []


def families(measure: Measure) -> Iterator[GaugeMetricFamily]:
    """One for each column that is no label."""
    with connection.cursor() as cursor:
        cursor.execute(measure.query)
        rows = cursor.fetchall()
    width = len(measure.labels)
    for number, (name, documentation) in enumerate(measure.gauges.items()):
        family = GaugeMetricFamily(f"nimbus_{name}", documentation, labels=measure.labels)
        for row in rows:
            if row[width + number] is not None:
                family.add_metric([str(label) for label in row[:width]], float(row[width + number]))
        yield family
