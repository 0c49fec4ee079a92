"""Doors for Celery. A message is only a wake-up: twice or never changes nothing."""

import mmap
import threading
from typing import Any

from celery import shared_task
from celery.signals import worker_init, worker_shutting_down
from django.conf import settings

from batches import (
    artifact_rows,
    calibration,
    caps,
    condition,
    economy,
    engines,
    executor,
    faults,
    group_work,
    journal,
    pilots,
    queue,
    reports,
    results,
    retention,
    wakeups,
    webhooks,
)
from batches.mail import digests
from nimbus import health

# One byte that the worker shares with its children, whichever pool it has: 1 once it is told to stop.
STOP = mmap.mmap(-1, 1)
ALONE = threading.Lock()


@worker_init.connect
def warm_up(**_: Any) -> None:
    engines.warm_up()


@worker_shutting_down.connect
def stop(**_: Any) -> None:
    STOP[0] = 1


def is_stopping() -> bool:
    return STOP[0] == 1


@shared_task
def run_executor() -> int:
    """One run of this process's only executor; pages stored. A second call meanwhile does nothing."""
    if not ALONE.acquire(blocking=False):
        return 0
    try:
        window, run_s = settings.EXECUTOR_WINDOW, settings.EXECUTOR_RUN_S
        return executor.run(executor.worker_id(), window, run_s, is_stopping)
    finally:
        ALONE.release()


@shared_task
def sweep() -> None:
    """What dead workers and lost messages left behind."""
    queue.reclaim()
    faults.strike("inside_sweep")
    pilots.advance()
    queue.cancel_deleted()
    condition.hold_closed()
    results.finish_idle()
    journal.lose_old()
    caps.go_on()
    if queue.has_work():
        wakeups.send()
    if group_work.is_left_lying():
        wakeups.send_groups()
    health.note(health.BEAT)


@shared_task
def carry_out_groups() -> int:
    return group_work.run(is_stopping)


@shared_task
def recalibrate() -> int:
    return calibration.refresh_lately()


@shared_task
def purge() -> dict[str, int]:
    return retention.purge()


@shared_task
def sweep_files() -> int:
    return artifact_rows.sweep()


@shared_task
def run_economy() -> int:
    return economy.run_once(is_stopping)


@shared_task
def send_outbox() -> int:
    return reports.send_outbox()


@shared_task
def queue_digests() -> int:
    return digests.queue_due()


@shared_task
def deliver_webhooks() -> int:
    return webhooks.deliver()
