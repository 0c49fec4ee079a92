"""Projects: one site each, with its settings and its brief."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models

from accounts.models import Organization, User
from accounts.organizations import GRACE
from nimbus import ids

if TYPE_CHECKING:
    from projects.models.keys import APIKey

DEFAULTS: dict[str, Any] = {
    "tone": "professional",
    "max_pages_per_batch": 10_000,
    "default_concurrency": 20,
    "ai_model": "",
    "optimization_tier": "meta",
    "language": "",
    "review_mode": "manual",
    "review_threshold": 0.9,
    "lane": "live",
    "preview": True,
    # Days that pages' HTML and archives are kept; None is the installation's own number.
    "content_days": None,
    "hedge": False,
    "dimension_rules": [],
    "hero_selector": "",
    "json_ld": False,
    "og_follows": False,
    "shared_blocks": False,
    "masked_reuse": False,
    "judge": False,
}


class ProjectQuerySet(models.QuerySet["Project"]):
    def for_user(self, user: User) -> Self:
        return self.filter(organization__memberships__user=user, deleted_at=None)

    def for_key(self, key: "APIKey") -> Self:
        mine = self.filter(organization_id=key.organization_id, deleted_at=None)
        return mine.filter(id=key.project_id) if key.project_id else mine

    def deleted(self) -> Self:
        """Those that can still be restored: what is erased has no domain any more."""
        return self.filter(deleted_at__isnull=False).exclude(domain="")


class Project(models.Model):
    id = models.CharField(primary_key=True, max_length=20, default=ids.project_id, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="projects")
    creator = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=120)
    domain = models.CharField(max_length=253)
    settings = models.JSONField(default=dict, blank=True)
    monthly_cap_microdollars = models.BigIntegerField(null=True, blank=True)
    # Counts up with every change of what is approved; the cursor of the project's results.
    results_version = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["id", "organization"], name="project_tenant"),
        ]

    def __str__(self) -> str:
        return self.name

    def setting(self, name: str) -> Any:
        return self.settings.get(name, DEFAULTS[name])

    @property
    def erased_after(self) -> datetime | None:
        return self.deleted_at and self.deleted_at + GRACE

    @property
    def brief(self) -> "Brief | None":
        """The newest version of the brief."""
        return self.briefs.order_by("-version").first()


class Brief(models.Model):
    """What the copy should be like. Versions are written once."""

    organization_id = models.CharField(max_length=32)
    project = models.ForeignKey(Project, models.CASCADE, related_name="briefs")
    version = models.PositiveIntegerField()
    content = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "version"], name="brief_version_unique"),
        ]

    def __str__(self) -> str:
        return f"brief {self.version} of {self.project_id}"
