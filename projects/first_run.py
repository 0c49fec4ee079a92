"""The way to the first improved page: a ZIP, or a build with a fresh key that is seen as soon as it calls."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.visitors import EDITORS, MANAGERS, Visit
from projects import prices, snippets
from projects.frames import project_for
from projects.key_forms import KeyForm
from projects.models import APIKey, Project

# Of more keys than these, somebody else has an eye on which one works.
KEYS = 5


@dataclass(frozen=True, slots=True)
class Connection:
    """Whether a build has found its way here."""

    project: Project
    # The newest key that works, and the newest batch that any key sent.
    key: APIKey | None
    batch: Any

    @classmethod
    def of(cls, project: Project) -> "Connection":
        keys = project.api_keys.filter(revoked_at=None).order_by("-created_at")[:KEYS]
        sent = project.batches.filter(created_by__startswith="key_").order_by("-created_at")
        return cls(project, next((key for key in keys if key.is_usable), None), sent.first())

    @property
    def is_complete(self) -> bool:
        """Pages arrived, so there is nothing to wait for any more."""
        return self.batch is not None and self.batch.page_count > 0

    @property
    def waits(self) -> bool:
        return self.key is not None and not self.is_complete


@require_safe
@login_required
def connection(request: Visit, project_id: str) -> HttpResponse:
    """One line, for screens that ask every two seconds until pages arrive."""
    found = Connection.of(project_for(request.user, project_id))
    return render(request, "projects/connection.html", {"connection": found})


def context(request: Visit, project: Project) -> dict[str, Any]:
    """Both ways side by side."""
    role = project.organization.role_of(request.user)
    return {
        "project": project,
        "connection": Connection.of(project),
        "key_form": KeyForm(),
        "manages": role in MANAGERS,
        "sends": role in EDITORS,
        "is_paid": prices.is_paid(project.organization_id),
        "tier": project.setting("optimization_tier"),
        "snippet": snippets.gulpfile(project),
    }
