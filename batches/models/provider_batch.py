"""Calls that are bought together, at the provider's half price, within a day."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from batches.models.batch import Batch


def new_key() -> str:
    return f"nimbus-{uuid.uuid4().hex}"


class ProviderBatch(models.Model):
    """One batch of calls in the economy lane. Its row is there before the provider hears of it."""

    class State(models.TextChoices):
        PREPARING = "preparing"
        SUBMITTED = "submitted"
        ENDED = "ended"

    OPEN = (State.PREPARING, State.SUBMITTED)

    organization_id = models.CharField(max_length=32)
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="provider_batches")
    # Goes to the provider as metadata, so that what was made just before a crash is found again.
    key = models.CharField(max_length=48, unique=True, default=new_key)
    provider_id = models.CharField(max_length=120, blank=True)
    input_file_id = models.CharField(max_length=120, blank=True)
    output_file_id = models.CharField(max_length=120, blank=True)
    error_file_id = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.PREPARING)
    # The provider's last word (completed, expired, ...), or ours: empty, gone, given_up.
    status = models.CharField(max_length=20, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    model = models.CharField(max_length=80, blank=True)
    # Runs whose answers hold lines that other pages left to them.
    deciders = ArrayField(models.BigIntegerField(), default=list, blank=True)
    request_count = models.IntegerField(default=0)
    answered_count = models.IntegerField(default=0)
    failed_count = models.IntegerField(default=0)
    # Lines that never came, came twice, or that nobody asked for.
    missing_count = models.IntegerField(default=0)
    repeated_count = models.IntegerField(default=0)
    unknown_count = models.IntegerField(default=0)
    attempts = models.IntegerField(default=0)
    # Whoever works on it holds its lease, and every write names the token.
    lease_token = models.BigIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    cancel_wanted = models.BooleanField(default=False)
    deadline_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "provider batches"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["id", "organization_id"], name="provider_batch_tenant"),
        ]
        indexes: ClassVar = [
            # What the economy lane has to look at next.
            models.Index(
                fields=["next_at"],
                name="provider_batch_due",
                condition=models.Q(state__in=["preparing", "submitted"]),
            ),
        ]

    def __str__(self) -> str:
        return self.provider_id or f"provider batch {self.pk}"
