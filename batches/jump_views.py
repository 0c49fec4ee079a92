"""The command palette's door: its results alone for the script, and a page of its own without one."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.visitors import Visit
from batches import jumping
from projects.frames import frame
from projects.models import Project


@require_safe
@login_required
def jump(request: Visit) -> HttpResponse:
    query = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    # A project that is not the visitor's is as good as none.
    mine = Project.objects.for_user(request.user).select_related("organization")
    project = mine.filter(id=request.GET.get("project", "").replace("\x00", "")).first()
    context = {"query": query, "groups": jumping.find(request.user, query, project)}
    if request.headers.get("HX-Request-Type") == "partial":
        response = render(
            request, "batches/jump_results.html", context | {"is_listbox": True, "prefix": "jump"}
        )
    else:
        context |= frame(request.user, "jump", project) | {"prefix": "found"}
        response = render(request, "batches/jump.html", context)
    response.headers["Vary"] = "Cookie, HX-Request-Type"
    return response
