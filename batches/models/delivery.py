"""What leaves the house: webhooks, mail and stored files."""

from typing import ClassVar

from django.db import models

from accounts.models import Organization
from batches.models.batch import Batch
from nimbus import ids
from projects.models import Project


class WebhookEndpoint(models.Model):
    """Where events go: chosen by people, or made for a batch's `callback_url`."""

    id = models.CharField(primary_key=True, max_length=32, default=ids.endpoint_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="webhooks")
    project = models.ForeignKey(Project, models.CASCADE, null=True, blank=True, related_name="webhooks")
    url = models.URLField(max_length=2000)
    events = models.JSONField(default=list)
    is_callback = models.BooleanField(default=False)
    secret_ciphertext = models.BinaryField()
    # The secret before the last rotation signs beside the new one until then.
    previous_ciphertext = models.BinaryField(default=bytes)
    previous_until = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=12, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "url"], condition=models.Q(is_callback=True), name="callback_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(models.Model):
    """One event on its way to one endpoint, with every attempt."""

    organization_id = models.CharField(max_length=32)
    message_id = models.CharField(max_length=40, unique=True, default=ids.message_id, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=40)
    payload = models.JSONField()
    attempts = models.JSONField(default=list)
    # Since it was made or replayed.
    tries = models.SmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        indexes: ClassVar = [
            # What is still to be sent.
            models.Index(
                fields=["next_attempt_at"],
                name="delivery_waiting",
                condition=models.Q(next_attempt_at__isnull=False),
            ),
            # The newest deliveries of an endpoint.
            models.Index(fields=["endpoint", "-id"], name="delivery_by_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.endpoint_id}"


class OutboxMail(models.Model):
    """A mail that waits in the same transaction as its cause, so that none is lost or sent for nothing."""

    organization_id = models.CharField(max_length=32, blank=True)
    batch = models.ForeignKey(Batch, models.CASCADE, null=True, blank=True, related_name="mails")
    kind = models.CharField(max_length=24)
    to = models.EmailField()
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField(blank=True)
    message_id = models.CharField(max_length=120, unique=True)
    attempts = models.SmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "kind", "to"], name="mail_once_a_batch"),
        ]
        indexes: ClassVar = [
            # What is still to be sent.
            models.Index(fields=["next_attempt_at"], name="mail_waiting", condition=models.Q(sent_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"


class Artifact(models.Model):
    """A file in artifact storage, named by its content."""

    class Kind(models.TextChoices):
        UPLOAD = "upload"
        SITE = "site"
        PAGE = "page"
        REPORT = "report"
        PAGES = "pages"
        RESULTS = "results"
        AUDIT = "audit"

    organization_id = models.CharField(max_length=32)
    project = models.ForeignKey(Project, models.CASCADE, related_name="artifacts")
    batch = models.ForeignKey(Batch, models.CASCADE, null=True, blank=True, related_name="artifacts")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=200)
    name = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            # The files of a batch.
            models.Index(fields=["batch", "kind", "-id"], name="artifact_by_batch"),
        ]

    def __str__(self) -> str:
        return self.name or self.key
