"""Doors for Celery to what accounts look after by themselves."""

from celery import shared_task

from accounts import erasure, exports, heads


@shared_task
def sign_heads() -> str:
    return heads.write()


@shared_task
def mind_rights() -> tuple[int, int]:
    """Copies that were asked for, and what is to be erased."""
    return exports.make_waiting(), erasure.erase_due()
