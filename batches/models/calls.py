"""The journal of what was asked of a provider, so that no stored answer is ever bought again."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from batches.models.batch import Batch
from batches.models.provider_batch import ProviderBatch
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
    # Set where the call was bought in the economy lane: which line of which provider batch it is.
    provider_batch = models.ForeignKey(
        ProviderBatch, models.SET_NULL, null=True, blank=True, related_name="calls"
    )
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
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider_batch", "custom_id"], name="call_once_a_line"),
        ]
        indexes: ClassVar = [
            # A retried page looks for an answer that is already paid for.
            models.Index(fields=["batch", "request_hash"], name="call_by_request"),
            # Calls without an answer, for the sweep.
            models.Index(fields=["sent_at"], name="call_open", condition=models.Q(outcome="sent")),
            # The errors of the last minutes, for /metrics; calls that succeed never touch it.
            models.Index(
                fields=["answered_at", "error_code"], name="call_failed", condition=models.Q(outcome="failed")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.outcome}"
