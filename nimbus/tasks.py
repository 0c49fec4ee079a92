"""Doors for Celery to what the ground itself looks after."""

from celery import shared_task

from nimbus import idempotency


@shared_task
def forget_answers() -> int:
    return idempotency.forget_old()
