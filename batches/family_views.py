"""Families: the grid of their dimensions, how well their pages tell themselves apart, the most alike ones."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.visitors import EDITORS, Visit
from batches import differing, families, heatmap
from nimbus.errors import NimbusError
from projects.frames import frame, project_for

SHOWN = 20


@require_safe
@login_required
def family_list(request: Visit, project_id: str) -> HttpResponse:
    project = project_for(request.user, project_id)
    largest = (
        project.pages.exclude(family="")
        .values("family")
        .annotate(pages=Count("id"))
        .order_by("-pages", "family")
    )
    rows: list[dict[str, Any]] = [
        {"name": row["family"], "pages": row["pages"], "fields": families.compare(project, row["family"])}
        for row in largest[:SHOWN]
    ]
    context = frame(request.user, "families", project) | {"families": rows}
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
        messages.error(request, error.message)
        return redirect("batches:families", project.id)
    return redirect("batches:detail", batch.id)
