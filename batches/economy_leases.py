"""Leases on provider batches: whoever works on one holds its lease, and each write names the token."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from batches.models import Batch, ProviderBatch

TAKE = """
UPDATE batches_providerbatch SET lease_token = lease_token + 1,
    lease_expires_at = clock_timestamp() + make_interval(secs => %s),
    attempts = attempts + CASE WHEN state = 'preparing' THEN 1 ELSE 0 END
WHERE id = (
    SELECT id FROM batches_providerbatch
    WHERE state IN ('preparing', 'submitted') AND next_at <= %s
        AND (lease_expires_at IS NULL OR lease_expires_at < clock_timestamp())
    ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id
"""
RENEW = """
UPDATE batches_providerbatch SET lease_expires_at = clock_timestamp() + make_interval(secs => %s)
WHERE id = %s AND lease_token = %s
"""
RELEASE = """
UPDATE batches_providerbatch SET lease_expires_at = NULL,
    next_at = clock_timestamp() + make_interval(secs => %s)
WHERE id = %s AND lease_token = %s
"""
OVERDUE = """
SELECT deadline_at + make_interval(secs => %s) < clock_timestamp() FROM batches_providerbatch WHERE id = %s
"""


class LeaseLostError(Exception):
    """Another worker has this provider batch now; whoever lost it writes nothing more."""


class Lease:
    """A provider batch in this worker's hands."""

    def __init__(self, row: ProviderBatch) -> None:
        self.row, self.token = row, row.lease_token

    def renew(self) -> None:
        """Prolong it; LeaseLostError where it is another's."""
        self._run(RENEW, settings.ECONOMY_LEASE_S)

    def write(self, **fields: Any) -> None:
        """Store these fields and prolong the lease; LeaseLostError where it is another's."""
        self.renew()
        mine = ProviderBatch.objects.filter(id=self.row.id, lease_token=self.token)
        if not mine.update(**fields):
            raise LeaseLostError
        for name, value in fields.items():
            setattr(self.row, name, value)

    def release(self, next_in_s: float) -> None:
        self._run(RELEASE, next_in_s)

    def is_overdue(self, grace_s: float = 0) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(OVERDUE, [grace_s, self.row.id])
            return bool(cursor.fetchone()[0])

    def _run(self, sql: str, seconds: float) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, [seconds, self.row.id, self.token])
            if cursor.rowcount != 1:
                raise LeaseLostError


def now() -> datetime:
    """By the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
        return moment


def take(due_at: datetime) -> Lease | None:
    """The provider batch that has been due longest at that moment; two workers never get the same."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [settings.ECONOMY_LEASE_S, due_at])
        found = cursor.fetchone()
    if found is None:
        return None
    return Lease(ProviderBatch.objects.select_related("batch__project").get(id=found[0]))


def want_cancel(batch: Batch) -> int:
    """Have the batch's provider batches cancelled by the next who looks at them."""
    rows = ProviderBatch.objects.filter(batch=batch, state__in=ProviderBatch.OPEN)
    return rows.update(cancel_wanted=True, next_at=Now())
