"""Saving, removing and bringing back the named filters of a project's lists."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.visitors import EDITORS, Visit
from nimbus.errors import NimbusError
from projects import saved_views
from projects.frames import project_for
from projects.models import Project


@login_required
@require_POST
def save(request: Visit, project_id: str) -> HttpResponse:
    project = project_for(request.user, project_id, EDITORS)
    given = {name: request.POST.get(name, "") for name in ("place", "name", "query")}
    try:
        view = saved_views.save(project, request.user, **given)
    except NimbusError as error:
        messages.error(request, error.said())
    else:
        messages.success(request, _("Saved as “%(name)s”.") % {"name": view.name})
    return back(request, project)


@login_required
@require_POST
def remove(request: Visit, project_id: str, view_id: int) -> HttpResponse:
    project = project_for(request.user, project_id, EDITORS)
    view = get_object_or_404(project.saved_views, pk=view_id)
    saved_views.remove(view)
    undo = reverse("projects:restore_view", args=[project.id, view.pk])
    messages.success(request, _("Removed “%(name)s”.") % {"name": view.name}, extra_tags=undo)
    return back(request, project)


@login_required
@require_POST
def restore(request: Visit, project_id: str, view_id: int) -> HttpResponse:
    project = project_for(request.user, project_id, EDITORS)
    view = get_object_or_404(project.saved_views, pk=view_id)
    try:
        saved_views.restore(view)
    except NimbusError as error:
        messages.error(request, error.said())
    else:
        messages.success(request, _("“%(name)s” is back.") % {"name": view.name})
    return back(request, project)


def back(request: HttpRequest, project: Project) -> HttpResponse:
    """To the list that the form stood on."""
    address = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}):
        address = reverse("projects:detail", args=[project.id])
    return redirect(address)
