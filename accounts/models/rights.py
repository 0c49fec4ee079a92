"""Copies of their data that people and organizations ask for."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models.user import User


def in_a_week() -> datetime:
    return timezone.now() + timedelta(days=7)


class DataExport(models.Model):
    """A ZIP of everything about an organization, or about the person who asked."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        READY = "ready"
        FAILED = "failed"

    # Empty where it is about the person.
    organization_id = models.CharField(max_length=32, blank=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="exports")
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.WAITING)
    key = models.CharField(max_length=200, blank=True)
    size = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(default=in_a_week)

    class Meta:
        indexes: ClassVar = [
            # The newest copies of an organization or a person, for their pages.
            models.Index(fields=["user", "organization_id", "-id"], name="export_newest"),
        ]

    def __str__(self) -> str:
        return f"export of {self.organization_id or self.user_id}"
