"""Doors for Celery to the projects' own steps."""

from celery import shared_task

from projects import endings


@shared_task
def tell_of_ending(organization_id: str, method: str, route: str, path: str) -> int:
    return endings.tell(organization_id, method, route, path)
