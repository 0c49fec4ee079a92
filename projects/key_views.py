"""The dashboard's page about a project's API keys. A secret is in one answer, and in no second one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.proof import fresh_login_required
from accounts.visitors import EVERYONE, MANAGERS, Visit
from nimbus.errors import NimbusError
from projects import first_run, keyring, snippets
from projects.frames import frame, project_for
from projects.key_forms import KeyForm, RollForm
from projects.models import APIKey, Project


@login_required
@never_cache
@fresh_login_required
def keys(request: Visit, project_id: str) -> HttpResponse:
    """Lists the keys; a POST issues one."""
    project = project_for(request.user, project_id, MANAGERS if request.method == "POST" else EVERYONE)
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return page(request, project, KeyForm(), *keyring.issue(project, request.user, **form.wishes()))
        except NimbusError as error:
            messages.error(request, error.said())
            return redirect("projects:keys", project.id)
    return page(request, project, form)


def page(
    request: Visit, project: Project, form: KeyForm, key: APIKey | None = None, secret: str = ""
) -> HttpResponse:
    context: dict[str, Any] = frame(request.user, "keys", project) | {"form": form, "roll": RollForm()}
    if key:
        context |= {"key": key, "secret": secret, "shell_lines": snippets.shell(secret)}
        context |= {"snippet": snippets.gulpfile(project), "connection": first_run.Connection.of(project)}
    context["manages"] = project.organization.role_of(request.user) in MANAGERS
    context["keys"] = project.api_keys.select_related("created_by").order_by("-created_at")
    wrong = form.is_bound and form.errors
    return render(request, "projects/keys.html", context, status=422 if wrong else 200)


@login_required
@never_cache
@require_POST
@fresh_login_required
def roll(request: Visit, project_id: str, key_id: str) -> HttpResponse:
    project = project_for(request.user, project_id, MANAGERS)
    key = get_object_or_404(project.api_keys, id=key_id)
    form = RollForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose how long the old key works."))
        return redirect("projects:keys", project.id)
    try:
        fresh = keyring.roll(key, request.user, form.cleaned_data["hours"], form.cleaned_data["form_token"])
        return page(request, project, KeyForm(), *fresh)
    except NimbusError as error:
        messages.error(request, error.said())
        return redirect("projects:keys", project.id)


@login_required
@require_POST
@fresh_login_required
def revoke(request: Visit, project_id: str, key_id: str) -> HttpResponse:
    project = project_for(request.user, project_id, MANAGERS)
    key = get_object_or_404(project.api_keys, id=key_id)
    if keyring.revoke(key, request.user):
        messages.success(
            request, _("Revoked %(name)s. Builds that use it get 401 from now on.") % {"name": key.name}
        )
    return redirect("projects:keys", project.id)
