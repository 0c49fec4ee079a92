"""The ledger of money, and the memory of text that was already bought."""

from typing import ClassVar

from django.db import models

from projects.models.project import Project


class SpendEntry(models.Model):
    """One line of the ledger, in integer micro-dollars. Lines are written once."""

    class Kind(models.TextChoices):
        RESERVE = "reserve"
        SETTLE = "settle"
        REFUND = "refund"

    organization_id = models.CharField(max_length=32)
    project = models.ForeignKey(Project, models.CASCADE, related_name="spend")
    batch = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    microdollars = models.BigIntegerField()
    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [
            # Spend of a project this month, against its cap.
            models.Index(fields=["project", "at"], name="spend_by_month"),
            # Cost of one batch.
            models.Index(fields=["batch"], name="spend_by_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.microdollars}"


class MemoryEntry(models.Model):
    """A text that was bought or written once and can be used again in the same project."""

    class Source(models.TextChoices):
        MODEL = "model"
        HUMAN = "human"

    organization_id = models.CharField(max_length=32)
    project = models.ForeignKey(Project, models.CASCADE, related_name="memory")
    key_hash = models.CharField(max_length=64)
    text = models.TextField()
    source = models.CharField(max_length=5, choices=Source.choices)
    source_run = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "key_hash"], name="memory_unique"),
        ]

    def __str__(self) -> str:
        return self.text[:60]
