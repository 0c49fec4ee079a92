"""Messages that wake somebody: workers by the broker, watchers of a batch by the database.

The rows are the truth. A lost message costs a few seconds, until the sweep offers the work again.
"""

import time
from collections.abc import Iterable

from django.conf import settings
from django.db import connection, transaction

from batches import faults
from nimbus.celery import app

CHANNEL = "batch"
# A broker that hangs costs one request some seconds, then is left alone for so long; the sweep offers anew.
REST_S = 10.0
_quiet_until = 0.0


def offer() -> None:
    """Wake an executor once this transaction is committed; a broker that is down fails nothing."""
    transaction.on_commit(send, robust=True)


def offer_economy() -> None:
    transaction.on_commit(send_economy, robust=True)


def offer_groups() -> None:
    transaction.on_commit(send_groups, robust=True)


def send() -> None:
    faults.strike("before_wakeup")
    publish("batches.tasks.run_executor", settings.EXECUTOR_RUN_S)


def send_economy() -> None:
    publish("batches.tasks.run_economy", settings.ECONOMY_POLL_S)


def send_groups() -> None:
    publish("batches.tasks.carry_out_groups", 60)


def publish(task: str, expires_s: float) -> None:
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    try:
        app.send_task(task, expires=expires_s, retry=False)
    except Exception:
        _quiet_until = time.monotonic() + REST_S
        raise


def notify(batch_ids: Iterable[str]) -> None:
    """Tell every web process, at commit, that these batches have changed."""
    ids = sorted(set(batch_ids))
    if ids:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, id) FROM unnest(%s::text[]) AS id", [CHANNEL, ids])
