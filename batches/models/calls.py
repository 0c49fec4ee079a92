"""The journal of what was asked of a provider, so that no stored answer is ever bought again."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from batches.models.batch import Batch
from projects.models import Project


class ModelCall(models.Model):
    """Written as `sent` before a paid call and completed after it."""

    class Outcome(models.TextChoices):
        SENT = "sent"
        ANSWERED = "answered"
        FAILED = "failed"
        LOST = "lost"

    id = models.UUIDField(primary_key=True)
    organization_id = models.CharField(max_length=32)
    project = models.ForeignKey(Project, models.CASCADE, related_name="calls")
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="calls")
    runs = ArrayField(models.BigIntegerField())
    purpose = models.CharField(max_length=16)
    request_hash = models.CharField(max_length=64)
    custom_id = models.CharField(max_length=80, blank=True)
    request_id = models.CharField(max_length=120, blank=True)
    model = models.CharField(max_length=80, blank=True)
    input_tokens = models.IntegerField(default=0)
    output_tokens = models.IntegerField(default=0)
    cost_microdollars = models.BigIntegerField(default=0)
    latency_ms = models.IntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.SENT)
    error_code = models.CharField(max_length=40, blank=True)
    answer = models.BinaryField(null=True, blank=True)
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            # A retried page looks for an answer that is already paid for.
            models.Index(fields=["batch", "request_hash"], name="call_by_request"),
            # Calls without an answer, for the sweep.
            models.Index(fields=["sent_at"], name="call_open", condition=models.Q(outcome="sent")),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.outcome}"


class ProviderBatch(models.Model):
    """One batch of calls at the provider's half price."""

    organization_id = models.CharField(max_length=32)
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="provider_batches")
    provider_id = models.CharField(max_length=120, blank=True)
    input_file_id = models.CharField(max_length=120, blank=True)
    output_file_id = models.CharField(max_length=120, blank=True)
    error_file_id = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=20)
    deadline_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "provider batches"

    def __str__(self) -> str:
        return self.provider_id or f"provider batch {self.pk}"
