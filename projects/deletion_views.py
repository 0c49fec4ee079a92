"""Deleting a project, and taking it back: for owners, with a fresh proof."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.proof import fresh_login_required
from accounts.visitors import OWNERS, Visit, require
from projects import deletion
from projects.frames import project_for
from projects.models import Project


@login_required
@require_POST
@fresh_login_required
def delete(request: Visit, project_id: str) -> HttpResponse:
    project = project_for(request.user, project_id, OWNERS)
    if request.POST.get("name", "").strip() != project.name:
        messages.error(
            request, _("Type %(name)s to delete it. Nothing was changed.") % {"name": project.name}
        )
        return redirect("projects:settings", project.id)
    deletion.delete(project, request.user)
    again = reverse("projects:restore", args=[project.id])
    # The toast's undo posts there.
    messages.success(request, _("%(name)s is deleted.") % {"name": project.name}, extra_tags=again)
    return redirect("accounts:organization", project.organization_id)


@login_required
@require_POST
@fresh_login_required
def restore(request: Visit, project_id: str) -> HttpResponse:
    mine = Project.objects.filter(organization__memberships__user=request.user).exclude(domain="")
    project = get_object_or_404(mine.select_related("organization"), id=project_id)
    require(request.user, project.organization, OWNERS)
    if deletion.restore(project, request.user):
        messages.success(
            request, _("%(name)s is back. Its open batches were cancelled.") % {"name": project.name}
        )
    return redirect("projects:detail", project.id)
