"""The audit trail: append-only events, each chained to the one before it by its hash."""

from typing import ClassVar

from django.db import models


class AuditChain(models.Model):
    """The head of a chain; its row lock orders the writers of that chain."""

    id = models.CharField(primary_key=True, max_length=40)
    organization_id = models.CharField(max_length=32, blank=True)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"{self.id} at {self.seq}"


class AuditEvent(models.Model):
    class Level(models.TextChoices):
        INFO = "info"
        WARN = "warn"
        ERROR = "error"

    chain = models.CharField(max_length=40)
    seq = models.BigIntegerField()
    organization_id = models.CharField(max_length=32, blank=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    action = models.CharField(max_length=64)
    target = models.CharField(max_length=80, blank=True)
    batch = models.CharField(max_length=40, blank=True)
    level = models.CharField(max_length=5, choices=Level.choices, default=Level.INFO)
    step = models.CharField(max_length=24, blank=True)
    message = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)
    duration_ms = models.IntegerField(null=True, blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    # The chain holds a commitment to message and data, so that those can be erased.
    salt = models.CharField(max_length=32, blank=True, default="")
    commitment = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["chain", "seq"], name="audit_chain_gapless")]
        indexes: ClassVar = [
            # The log of one page, batch or project, newest first.
            models.Index(fields=["chain", "target", "-seq"], name="audit_by_target"),
            # The latest events of a batch.
            models.Index(fields=["batch", "-id"], name="audit_by_batch"),
            # An organization's audit page.
            models.Index(fields=["organization_id", "-id"], name="audit_by_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"
