"""Messages that wake somebody: workers by the broker, watchers of a batch by the database.

The rows are the truth. A lost message costs a few seconds, until the sweep offers the work again.
"""

from collections.abc import Iterable

from django.conf import settings
from django.db import connection, transaction

from batches import faults
from nimbus.celery import app

CHANNEL = "batch"


def offer() -> None:
    """Wake an executor once this transaction is committed; a broker that is down fails nothing."""
    transaction.on_commit(send, robust=True)


def offer_economy() -> None:
    transaction.on_commit(send_economy, robust=True)


def send() -> None:
    faults.strike("before_wakeup")
    app.send_task("batches.tasks.run_executor", expires=settings.EXECUTOR_RUN_S, retry=False)


def send_economy() -> None:
    app.send_task("batches.tasks.run_economy", expires=settings.ECONOMY_POLL_S, retry=False)


def notify(batch_ids: Iterable[str]) -> None:
    """Tell every web process, at commit, that these batches have changed."""
    ids = sorted(set(batch_ids))
    if ids:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, id) FROM unnest(%s::text[]) AS id", [CHANNEL, ids])
