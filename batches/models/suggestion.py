"""What the model proposes for one field or block, and what people decide about it."""

from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models

from accounts.models import User
from batches.models.batch import Batch
from batches.models.page import Page, PageRun
from nimbus import ids

if TYPE_CHECKING:
    from projects.models import APIKey


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    def for_user(self, user: User) -> Self:
        return self.filter(batch__in=Batch.objects.for_user(user))

    def for_key(self, key: "APIKey") -> Self:
        return self.filter(batch__in=Batch.objects.for_key(key))


class Suggestion(models.Model):
    """Immutable but for the review. `target` is a head field (`title`, `metaDescription`) or a block id."""

    class Kind(models.TextChoices):
        HEAD = "head"
        BLOCK = "block"

    class Review(models.TextChoices):
        PENDING = "pending"
        APPROVED = "approved"
        REJECTED = "rejected"

    class Level(models.TextChoices):
        """The worst of its verdicts. A refused text is not stored."""

        PASS = "pass"  # noqa: S105
        NOTE = "note"
        HOLD = "hold"
        REFUSE = "refuse"

    id = models.CharField(primary_key=True, max_length=32, default=ids.suggestion_id, editable=False)
    organization_id = models.CharField(max_length=32)
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="suggestions")
    run = models.ForeignKey(PageRun, models.CASCADE, related_name="suggestions")
    page = models.ForeignKey(Page, models.CASCADE, related_name="suggestions")
    target = models.CharField(max_length=40)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    block_type = models.CharField(max_length=20, blank=True)
    position = models.IntegerField(default=0)
    original = models.TextField(blank=True)
    original_hash = models.CharField(max_length=64)
    # Empty where the text was refused; `decided_text` is a person's own wording, where there is one.
    text = models.TextField(blank=True)
    decided_text = models.TextField(blank=True)
    verdicts = models.JSONField(default=list)
    level = models.CharField(max_length=6, choices=Level.choices, default=Level.PASS)
    # Equal for changes that are alike (optimizer.alike); empty where that is not known.
    pattern = models.CharField(max_length=16, blank=True, default="", db_default="")
    # What the checks alone say; confidence is what such a score is worth in the project.
    score = models.FloatField(null=True, blank=True)
    confidence = models.FloatField(null=True, blank=True)
    review = models.CharField(max_length=8, choices=Review.choices, default=Review.PENDING)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "target"], name="suggestion_once_a_run"),
        ]
        indexes: ClassVar = [
            # Lists of the review: what is pending, the least sure first.
            models.Index(
                "batch",
                models.F("confidence").asc(nulls_first=True),
                "id",
                name="suggestion_by_confidence",
                condition=models.Q(review="pending"),
            ),
            # The queue's lines: groups of alike changes and pages with others, counted from the index alone.
            models.Index(
                fields=["batch", "pattern", "level"],
                include=["page", "confidence", "id"],
                name="suggestion_queue",
                condition=models.Q(review="pending"),
            ),
            # What checks found on a page, for the pages table; most texts pass them all.
            models.Index(fields=["run"], name="suggestion_found", condition=~models.Q(level="pass")),
            # The current text of a page: the newest decision on each target.
            models.Index(fields=["page", "target", "-decided_at"], name="suggestion_current"),
        ]

    def __str__(self) -> str:
        return f"{self.target} of {self.page_id}"

    @property
    def plain_target(self) -> str:
        """As the log names it to people."""
        return "description" if self.target == "metaDescription" else self.target

    @property
    def approved_text(self) -> str:
        return self.decided_text or self.text


class GroupDecision(models.Model):
    """One word on many changes at once: what it was about, how many it reached, and whether it was undone."""

    organization_id = models.CharField(max_length=32)
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="group_decisions")
    by = models.CharField(max_length=40)
    what = models.CharField(max_length=8)
    # The filter that it matched, as the review's address says it; or the group that it takes back.
    wish = models.JSONField(default=dict, blank=True)
    # How many it reached so far, of how many that matched; and what came later than `until` is left alone.
    count = models.IntegerField(default=0)
    total = models.IntegerField(default=0, db_default=0)
    until = models.DateTimeField(null=True, blank=True)
    held_out = models.JSONField(default=list, db_default=[], blank=True)
    # A large one is carried out in portions; `after` is the last decision it has looked at to take it back.
    is_open = models.BooleanField(default=False, db_default=False)
    after = models.BigIntegerField(default=0, db_default=0)
    worked_at = models.DateTimeField(auto_now_add=True, null=True)
    at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["id", "organization_id"], name="group_decision_tenant"),
        ]
        indexes: ClassVar = [
            # What workers still have to carry out.
            models.Index(fields=["worked_at"], name="group_open", condition=models.Q(is_open=True)),
        ]

    def __str__(self) -> str:
        return f"{self.what} of {self.count} by {self.by}"


class Decision(models.Model):
    """Append-only; the newest decides."""

    class What(models.TextChoices):
        APPROVE = "approve"
        REJECT = "reject"
        EDIT = "edit"
        ROLLBACK = "rollback"

    organization_id = models.CharField(max_length=32)
    suggestion = models.ForeignKey(Suggestion, models.CASCADE, related_name="decisions")
    by = models.CharField(max_length=40)
    what = models.CharField(max_length=8, choices=What.choices)
    text = models.TextField(blank=True)
    reason = models.CharField(max_length=300, blank=True)
    # Empty where the change was read and decided by itself.
    group = models.ForeignKey(
        GroupDecision, models.SET_NULL, null=True, blank=True, related_name="decisions", db_index=False
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [
            # The history of one suggestion.
            models.Index(fields=["suggestion", "id"], name="decision_history"),
            # What one word on many changes reached.
            models.Index(
                fields=["group", "id"], name="decision_of_group", condition=models.Q(group__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} by {self.by}"
