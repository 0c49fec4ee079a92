"""The dashboard's pages about projects."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.visitors import EDITORS, EVERYONE, MANAGERS, OWNERS, Visit
from projects import changes, first_run, snippets, usage
from projects.brief_forms import BriefForm
from projects.forms import ProjectForm
from projects.frames import frame, project_for
from projects.models import Project
from projects.settings_form import SettingsForm


@login_required
def create(request: Visit) -> HttpResponse:
    form = ProjectForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        settings = {"tone": data["tone"], "optimization_tier": data["tier"]}
        project = changes.create(
            data["organization"], request.user, name=data["name"], domain=data["domain"], settings=settings
        )
        return redirect("projects:detail", project.id)
    return answer(request, "projects/create.html", frame(request.user, "create") | {"form": form}, form)


@require_safe
@login_required
def detail(request: Visit, project_id: str) -> HttpResponse:
    project = project_for(request.user, project_id)
    context = frame(request.user, "project", project)
    month = usage.Month.of("")
    context |= {
        "batches": project.batches.order_by("-created_at")[:5],
        "snippet": snippets.gulpfile(project),
        "month": month,
        "sums": usage.sums(usage.rows([project], month)),
    }
    if not context["batches"]:
        context |= first_run.context(request, project)
    return render(request, "projects/detail.html", context)


@require_safe
@login_required
def menu(request: Visit, project_id: str) -> HttpResponse:
    """What the phone's tab bar has no room for."""
    project = project_for(request.user, project_id)
    return render(request, "projects/menu.html", frame(request.user, "menu", project))


@login_required
def settings(request: Visit, project_id: str) -> HttpResponse:
    project = project_for(request.user, project_id, MANAGERS if request.method == "POST" else EVERYONE)
    form = SettingsForm(request.POST) if request.method == "POST" else SettingsForm.of(project)
    if request.method == "POST" and form.is_valid():
        changes.update_settings(project, request.user, name=form.cleaned_data["name"], settings=form.values)
        messages.success(request, _("Settings saved. New batches use them."))
        return redirect("projects:settings", project.id)
    context = frame(request.user, "settings", project) | {"form": form}
    context["owns"] = project.organization.role_of(request.user) in OWNERS
    return answer(request, "projects/settings.html", context, form)


@login_required
def brief(request: Visit, project_id: str) -> HttpResponse:
    project = project_for(request.user, project_id, EDITORS if request.method == "POST" else EVERYONE)
    form = BriefForm(request.POST) if request.method == "POST" else BriefForm.of(project)
    if request.method == "POST" and form.is_valid():
        version = changes.write_brief(project, request.user, form.content()).version
        messages.success(request, _("Brief saved as version %(version)s.") % {"version": version})
        return redirect("projects:brief", project.id)
    # The newest first; an older one is looked at, and saved anew to come back.
    versions = list(project.briefs.select_related("created_by").order_by("-version")[:20])
    newest = versions[0] if versions else None
    wanted = request.GET.get("version", "")
    shown = next((brief for brief in versions if str(brief.version) == wanted), newest)
    if request.method != "POST" and shown is not newest:
        form = BriefForm.of(project, shown.content if shown else {})
    context = frame(request.user, "brief", project) | {
        "form": form,
        "newest": newest,
        "shown": shown,
        "versions": versions,
        "places": places(project),
    }
    return answer(request, "projects/brief.html", context, form)


def places(project: Project) -> list[str]:
    """Some of the pages' dimension values, to choose from."""
    found = {
        f"{name}: {str(value).replace('-', ' ')}"
        for dimensions in project.pages.exclude(dimensions={}).values_list("dimensions", flat=True)[:500]
        for name, value in dimensions.items()
        if isinstance(value, str)
    }
    return sorted(found)[:200]


def answer(request: HttpRequest, template: str, context: dict[str, Any], form: Any) -> HttpResponse:
    """A form with errors answers 422."""
    return render(request, template, context, status=422 if form.is_bound and form.errors else 200)
