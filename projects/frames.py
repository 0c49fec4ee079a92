"""What the shell around every page of the dashboard shows."""

from typing import Any

from django.db.models import Count, Q, Sum
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.visitors import EVERYONE, own_organization, require
from projects.models import Project


def project_for(user: User, project_id: str, roles: frozenset[Any] = EVERYONE) -> Project:
    """A stranger's project is 404; a member without the role gets 403."""
    mine = Project.objects.for_user(user).select_related("organization")
    project = get_object_or_404(mine, id=project_id)
    if roles != EVERYONE:
        require(user, project.organization, roles)
    return project


def frame(user: User, section: str, project: Project | None = None) -> dict[str, Any]:
    """The template context of sidebar and tab bar."""
    if project is None:
        return {"shell": {"organization": own_organization(user), "section": section}}
    totals = project.batches.aggregate(
        running=Count("id", filter=Q(status__in=["queued", "processing"])), pending=Sum("pending_count")
    )
    return {
        "project": project,
        "shell": {
            "organization": project.organization,
            "section": section,
            "project": project,
            "pages": project.pages.count(),
            "running": totals["running"],
            "pending": totals["pending"] or 0,
        },
    }
