"""One upload and what becomes of it."""

from typing import TYPE_CHECKING, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models import User
from nimbus import ids
from projects.models import Project

if TYPE_CHECKING:
    from projects.models import APIKey


class BatchQuerySet(models.QuerySet["Batch"]):
    def for_user(self, user: User) -> Self:
        return self.filter(project__in=Project.objects.for_user(user))

    def for_key(self, key: "APIKey") -> Self:
        return self.filter(project__in=Project.objects.for_key(key))


class Batch(models.Model):
    class Status(models.TextChoices):
        UPLOADING = "uploading"
        QUEUED = "queued"
        PROCESSING = "processing"
        PAUSED = "paused"
        COMPLETED = "completed"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Tier(models.TextChoices):
        META = "meta"
        ABOVE_FOLD = "above-fold"
        FULL = "full"

    class Lane(models.TextChoices):
        LIVE = "live"
        ECONOMY = "economy"

    OPEN = (Status.UPLOADING, Status.QUEUED, Status.PROCESSING, Status.PAUSED)
    RUNNABLE = (Status.QUEUED, Status.PROCESSING)
    FINAL = (Status.COMPLETED, Status.FAILED, Status.CANCELLED)
    EDGES: ClassVar[dict[str, tuple[str, ...]]] = {
        Status.UPLOADING: (Status.QUEUED, Status.CANCELLED),
        Status.QUEUED: (Status.PROCESSING, Status.PAUSED, Status.COMPLETED, Status.CANCELLED),
        Status.PROCESSING: (Status.PAUSED, Status.COMPLETED, Status.FAILED, Status.CANCELLED),
        Status.PAUSED: (Status.PROCESSING, Status.CANCELLED),
        Status.COMPLETED: (Status.PROCESSING,),
        Status.FAILED: (Status.PROCESSING,),
        Status.CANCELLED: (),
    }

    id = models.CharField(primary_key=True, max_length=40, default=ids.batch_id, editable=False)
    organization_id = models.CharField(max_length=32)
    project = models.ForeignKey(Project, models.PROTECT, related_name="batches")
    tier = models.CharField(max_length=10, choices=Tier.choices)
    lane = models.CharField(max_length=7, choices=Lane.choices, default=Lane.LIVE)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.UPLOADING)
    pause_reason = models.CharField(max_length=16, blank=True)
    label = models.CharField(max_length=120, blank=True)
    priority = models.SmallIntegerField(
        default=5, validators=[MinValueValidator(1), MaxValueValidator(10)], help_text="1 to 10, 10 first."
    )
    callback_url = models.URLField(max_length=2000, blank=True)
    plan = models.JSONField(default=dict, blank=True, help_text="Pilot and waves.")
    # The model and the brief that its economy requests are written with: answers that come hours later
    # must still fit the questions.
    terms = models.JSONField(default=dict, blank=True)
    created_by = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    # Kept in step with the page runs and suggestions by statement triggers (migration 0002).
    page_count = models.IntegerField(default=0)
    uploaded_count = models.IntegerField(default=0)
    queued_count = models.IntegerField(default=0)
    processing_count = models.IntegerField(default=0)
    done_count = models.IntegerField(default=0)
    failed_count = models.IntegerField(default=0)
    cancelled_count = models.IntegerField(default=0)
    skipped_count = models.IntegerField(default=0)
    change_count = models.IntegerField(default=0)
    pending_count = models.IntegerField(default=0)
    approved_count = models.IntegerField(default=0)
    rejected_count = models.IntegerField(default=0)
    held_count = models.IntegerField(default=0)
    cost_microdollars = models.BigIntegerField(default=0)
    duration_ms_sum = models.BigIntegerField(default=0)
    # Moves with every change; the ETag of the batch and what waiters compare.
    version = models.BigIntegerField(default=0)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "batches"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["id", "organization_id"], name="batch_tenant"),
            models.CheckConstraint(
                condition=models.Q(priority__gte=1, priority__lte=10), name="batch_priority_range"
            ),
        ]
        indexes: ClassVar = [
            # The batches of a project, newest first.
            models.Index(fields=["project", "-created_at"], name="batch_by_project"),
            # What the executor and the sweep look at.
            models.Index(
                fields=["status"],
                name="batch_open",
                condition=models.Q(status__in=["queued", "processing", "paused"]),
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.id

    @property
    def is_final(self) -> bool:
        return self.status in self.FINAL

    @property
    def pending_page_count(self) -> int:
        return self.uploaded_count + self.queued_count + self.processing_count

    def move(self, to: str, **fields: object) -> bool:
        """One conditional UPDATE along the allowed edges; False when another got there first."""
        sources = [source for source, targets in self.EDGES.items() if to in targets]
        moved = Batch.objects.filter(id=self.id, status__in=sources).update(status=to, **fields) == 1
        if moved:
            self.status = to
            for name, value in fields.items():
                setattr(self, name, value)
        return moved
