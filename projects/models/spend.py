"""The ledger of money, and the memory of text that was already bought."""

from typing import ClassVar

from django.db import models

from projects.models.project import Project


class SpendEntry(models.Model):
    """One line of the ledger, in integer micro-dollars. Lines are written once; the database refuses more.

    Each paid call has a line that reserves the most it can cost, then one that settles what it did cost, and,
    where that was less, one that refunds the rest.
    """

    class Kind(models.TextChoices):
        RESERVE = "reserve"
        SETTLE = "settle"
        REFUND = "refund"

    organization_id = models.CharField(max_length=32)
    # The composite key to the project's tenant is its constraint; the executor writes three lines a page.
    project = models.ForeignKey(
        Project, models.DO_NOTHING, related_name="spend", db_constraint=False, db_index=False
    )
    batch = models.CharField(max_length=40, blank=True)
    # The call in the journal.
    call = models.UUIDField()
    kind = models.CharField(max_length=7, choices=Kind.choices)
    microdollars = models.BigIntegerField()
    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    model = models.CharField(max_length=80, blank=True)
    lane = models.CharField(max_length=7, blank=True)
    # The UTC day of the reservation, on which all lines of a call count.
    day = models.DateField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["call", "kind"], name="spend_once"),
        ]
        indexes: ClassVar = [
            # The lines of one batch.
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
