"""Pages, which last; page runs, which are one page in one batch; and the text that was uploaded for them."""

from typing import TYPE_CHECKING, Any, ClassVar, Self

import orjson
from django.db import models
from django.db.models import F, OrderBy

from accounts.models import User
from batches.models.batch import Batch
from batches.models.provider_batch import ProviderBatch
from nimbus import packing
from projects.models import Project

if TYPE_CHECKING:
    from projects.models import APIKey


class PageQuerySet(models.QuerySet["Page"]):
    def for_user(self, user: User) -> Self:
        return self.filter(project__in=Project.objects.for_user(user))

    def for_key(self, key: "APIKey") -> Self:
        return self.filter(project__in=Project.objects.for_key(key))


class Page(models.Model):
    """The lasting identity of a page: project, domain and canonical path."""

    id = models.CharField(primary_key=True, max_length=32)
    organization_id = models.CharField(max_length=32)
    project = models.ForeignKey(Project, models.CASCADE, related_name="pages")
    domain = models.CharField(max_length=253)
    path = models.CharField(max_length=2048)
    source_path = models.CharField(max_length=2048, blank=True)
    dimensions = models.JSONField(default=dict, blank=True)
    family = models.CharField(max_length=200, blank=True)
    # Project.results_version at the last change of what is approved for this page; 0 means nothing is.
    results_version = models.BigIntegerField(default=0)
    applied_at = models.DateTimeField(null=True, blank=True)
    applied_hash = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PageQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "domain", "path"], name="page_identity"),
            models.UniqueConstraint(fields=["id", "organization_id"], name="page_tenant"),
        ]
        indexes: ClassVar = [
            # The project's results since a cursor.
            models.Index(
                fields=["project", "results_version", "id"],
                name="page_results",
                condition=models.Q(results_version__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def url(self) -> str:
        return f"https://{self.domain}{self.path}"


class PageRunQuerySet(models.QuerySet["PageRun"]):
    def for_user(self, user: User) -> Self:
        return self.filter(batch__in=Batch.objects.for_user(user))

    def for_key(self, key: "APIKey") -> Self:
        return self.filter(batch__in=Batch.objects.for_key(key))


class PageRun(models.Model):
    class Status(models.TextChoices):
        UPLOADED = "uploaded"
        QUEUED = "queued"
        PROCESSING = "processing"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"
        SKIPPED = "skipped"

    FINAL = (Status.DONE, Status.FAILED, Status.CANCELLED, Status.SKIPPED)
    MAX_ATTEMPTS = 5
    # From so many dead workers on, a page is worked on alone; three that die then make it fail. Fewer could
    # be chance: where workers are killed often, some page is always the one that is worked on alone.
    SUSPECT_KILLS, MOST_KILLS = 2, 5
    # Above every batch's priority: somebody waits for this very page.
    NOW = 100

    organization_id = models.CharField(max_length=32)
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="runs")
    # Of the index run_newest the page comes first.
    page = models.ForeignKey(Page, models.CASCADE, related_name="runs", db_index=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.UPLOADED)
    step = models.CharField(max_length=24, blank=True)
    progress = models.SmallIntegerField(default=0)
    content_hash = models.CharField(max_length=64)
    title = models.CharField(max_length=300, blank=True)
    priority = models.SmallIntegerField(default=5)
    attempts = models.SmallIntegerField(default=0)
    # How many workers died with it in their hands; beyond SUSPECT_KILLS, while they had it alone.
    kills = models.SmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=64, blank=True)
    # The fencing token: counts up with every claim, and every write of a result must name it.
    lease_token = models.BigIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    wave = models.SmallIntegerField(default=0)
    lane = models.CharField(max_length=7, choices=Batch.Lane.choices, default=Batch.Lane.LIVE)
    # While set, the page waits for answers at half price and no executor claims it; after that it goes live.
    parked_until = models.DateTimeField(null=True, blank=True)
    provider_batch = models.ForeignKey(
        ProviderBatch, models.SET_NULL, null=True, blank=True, related_name="runs"
    )
    # How many provider batches it has been in.
    economy_rounds = models.SmallIntegerField(default=0)
    reused_from = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    brief_version = models.IntegerField(null=True, blank=True)
    changes = models.IntegerField(null=True, blank=True)
    confidence = models.FloatField(null=True, blank=True)
    input_tokens = models.IntegerField(default=0)
    output_tokens = models.IntegerField(default=0)
    cost_microdollars = models.BigIntegerField(default=0)
    # Lines whose text was remembered, and by our own estimate the tokens that they would have cost.
    reused_lines = models.IntegerField(default=0, db_default=0)
    saved_input_tokens = models.IntegerField(default=0, db_default=0)
    saved_output_tokens = models.IntegerField(default=0, db_default=0)
    model = models.CharField(max_length=80, blank=True)
    prompt_version = models.CharField(max_length=40, blank=True)
    duration_ms = models.IntegerField(null=True, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    uploaded_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PageRunQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "page"], name="page_once_a_batch"),
            models.UniqueConstraint(fields=["id", "organization_id"], name="run_tenant"),
        ]
        indexes: ClassVar = [
            # The claim: what is queued in a batch, by priority.
            models.Index(
                fields=["batch", "-priority", "id"],
                name="run_queue",
                condition=models.Q(status="queued", parked_until=None),
            ),
            # The economy lane: what waits for a place in a provider batch.
            models.Index(
                fields=["batch", "-priority", "id"],
                name="run_parked",
                condition=models.Q(status="queued", parked_until__isnull=False, provider_batch=None),
            ),
            # The sweep: leases that ran out.
            models.Index(
                fields=["lease_expires_at"], name="run_leases", condition=models.Q(status="processing")
            ),
            # Lists of one status in a batch.
            models.Index(fields=["batch", "status", "id"], name="run_by_status"),
            # The newest run of a page. Ordered by "id + 0", no query can be tempted to read all runs by id.
            models.Index(F("page"), OrderBy(F("id") + 0, descending=True), name="run_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.page_id} in {self.batch_id}"

    @property
    def is_final(self) -> bool:
        return self.status in self.FINAL

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


class PageSnapshot(models.Model):
    """What was extracted from the page, compressed. Apart from the run, whose narrow row changes often."""

    run = models.OneToOneField(PageRun, models.CASCADE, primary_key=True, related_name="snapshot")
    organization_id = models.CharField(max_length=32)
    body = models.BinaryField()
    # The page's own HTML in artifact storage, where the project sends it for previews.
    source_key = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"snapshot of run {self.run_id}"

    @property
    def extraction(self) -> dict[str, Any]:
        extraction: dict[str, Any] = orjson.loads(packing.unpack(bytes(self.body)))
        return extraction
