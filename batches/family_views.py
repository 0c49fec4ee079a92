"""Families: the grid of their dimensions, how well their pages tell themselves apart, the most alike ones."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.visitors import EDITORS, Visit
from batches import differing, distinctness, heatmap
from nimbus.errors import NimbusError
from projects.frames import frame, project_for


@require_safe
@login_required
def family_list(request: Visit, project_id: str) -> HttpResponse:
    project = project_for(request.user, project_id)
    context = frame(request.user, "families", project) | {
        "families": distinctness.listed(project),
        "made_to_differ": distinctness.OWN,
    }
    context |= heatmap.context(project, request.GET.dict())
    return render(request, "batches/families.html", context)


@login_required
@require_POST
def differ(request: Visit, project_id: str) -> HttpResponse:
    """The pages that are most like a sister page, once more."""
    project = project_for(request.user, project_id, EDITORS)
    pages = project.pages.filter(path__in=request.POST.getlist("path")[: differing.MOST])
    try:
        batch = differing.start(project, list(pages.values_list("id", flat=True)), by=request.user)
    except NimbusError as error:
        messages.error(request, error.said())
        return redirect("batches:families", project.id)
    return redirect("batches:detail", batch.id)
