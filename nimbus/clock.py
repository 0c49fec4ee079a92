"""One place that tells the time, so that tests can move it. Leases use the database's clock instead."""

from datetime import UTC, datetime, timedelta

from django.conf import settings


def now() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=settings.CLOCK_OFFSET_S)
