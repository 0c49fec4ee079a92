"""Doors for Celery to what accounts look after by themselves."""

from celery import shared_task

from accounts import heads


@shared_task
def sign_heads() -> str:
    return heads.write()
