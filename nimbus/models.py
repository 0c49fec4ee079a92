"""What the frame itself keeps: answers to writes that may be sent twice, and signs of life."""

from typing import ClassVar

from django.db import models


class IdempotencyRecord(models.Model):
    organization_id = models.CharField(max_length=32)
    key = models.CharField(max_length=255)
    api_key = models.CharField(max_length=32)
    body_hash = models.CharField(max_length=64)
    status = models.SmallIntegerField(null=True, blank=True)
    answer = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["api_key", "key"], name="idempotency_unique"),
        ]

    def __str__(self) -> str:
        return self.key


class Heartbeat(models.Model):
    """When something that must happen again and again last did."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
