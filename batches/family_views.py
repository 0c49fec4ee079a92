"""Families: the grid of their dimensions, how well their pages tell themselves apart, the most alike ones."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.visitors import Visit
from batches import families, heatmap
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
