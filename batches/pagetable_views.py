"""The screen of a project's pages, and the same rows as a file."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.paging import PER_PAGE, link, words
from accounts.visitors import EDITORS, Visit
from batches import pagetable, pagetable_csv
from batches.api import streams
from batches.models import PageRun
from batches.pagetable import SORTS, Wish
from nimbus.templatetags.looks import CHECKS
from optimizer.checks import ABOUT
from projects import saved_views
from projects.frames import frame, project_for
from projects.models import Project

# Where a check has no name of its own in the dashboard, its own word says it.
CHECK_CHOICES = sorted((ABOUT.keys() | CHECKS.keys()) - {"all"})


@require_safe
@login_required
def page_list(request: Visit, project_id: str) -> HttpResponse:
    project = project_for(request.user, project_id)
    wish = Wish.of(request.GET)
    is_partial = request.headers.get("HX-Request-Type") == "partial"
    context = frame(request.user, "pages", project)
    total = None if wish.given else context["shell"]["pages"]
    context |= shown(request, project, wish, total)
    if not is_partial:
        context |= {
            "statuses": PageRun.Status.values,
            "checks": CHECK_CHOICES,
            "dimensions": pagetable.known_dimensions(project),
            "families": pagetable.known_families(project),
        }
    template = "batches/page_list.html#rows" if is_partial else "batches/page_list.html"
    response = render(request, template, context)
    response.headers["Vary"] = "Cookie, HX-Request-Type"
    return response


def shown(request: Visit, project: Project, wish: Wish, total: int | None) -> dict[str, Any]:
    """One page of rows with its pager, and the links that keep the filters."""
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    is_back = bool(before)
    rows = pagetable.portion(project, wish, PER_PAGE + 1, before or after, backwards=is_back)
    has_more = len(rows) > PER_PAGE
    rows = (rows[1:] if is_back else rows[:-1]) if has_more else rows
    pager = {"words": words(len(rows), total)}
    if rows and (has_more if is_back else after):
        pager["previous"] = link(request, "before", pagetable.cursor_of(rows[0], wish))
    if rows and (is_back or has_more):
        pager["next"] = link(request, "after", pagetable.cursor_of(rows[-1], wish))
    kept = wish.given | ({"sort": wish.sort} if wish.sort != "path" else {})
    return {
        "wish": wish,
        "rows": pagetable.with_findings(rows),
        "pager": pager,
        "heads": {name: head(name, wish) for name in SORTS},
        "shelf": saved_views.shelf(project, "pages", kept),
        "may_save": project.organization.role_of(request.user) in EDITORS,
        "csv": f"{reverse('batches:pages_csv', args=[project.id])}?{urlencode(kept)}".rstrip("?"),
    }


def head(name: str, wish: Wish) -> dict[str, str]:
    """A column's sort link, which turns the order round where it is the order already."""
    is_current, is_flipped = wish.sort.removeprefix("-") == name, wish.sort.startswith("-")
    wanted = f"-{name}" if is_current and not is_flipped else name
    is_down = SORTS[name][1] != is_flipped
    return {
        "query": urlencode(wish.given | {"sort": wanted}),
        "aria": ("descending" if is_down else "ascending") if is_current else "",
    }


@require_safe
@login_required
def pages_csv(request: Visit, project_id: str) -> HttpResponseBase:
    """Every page that the filters in the address show, in their order."""
    project = project_for(request.user, project_id)
    response = streams.stream(request, pagetable_csv.stream(project, Wish.of(request.GET)))
    response["Content-Type"] = "text/csv; charset=utf-8"
    response["Content-Disposition"] = f'attachment; filename="pages-{project.domain}.csv"'
    return response
