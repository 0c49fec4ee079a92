"""Which mail one gets, unsubscribing from it, and in development a look at every kind."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit
from accounts.models import User
from accounts.visitors import Visit
from batches.mail import samples, unsubscribing, wishes
from batches.outbox_views import MAIL_POLICY
from projects.frames import frame
from projects.models import Project

# A project without an answer of its own.
SAME = ""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: Visit) -> HttpResponse:
    user = request.user
    projects = list(Project.objects.for_user(user).order_by("name"))
    if request.method == "POST":
        with transaction.atomic():
            wishes.store(user, read(request.POST, projects))
            audit.record(user, "notifications.changed", actor=user, target=user)
        messages.success(request, _("Saved."))
        return redirect("batches:wishes")
    context = {"kinds": general(user), "projects": [(project, own(user, project)) for project in projects]}
    return render(request, "batches/wishes.html", frame(user, "profile") | context)


def read(posted: Any, projects: list[Project]) -> dict[str, Any]:
    """Only answers that a kind allows, and only about one's own projects."""

    def answers(prefix: str, kinds: list[wishes.Kind]) -> dict[str, str]:
        said = {kind.name: posted.get(f"{prefix}{kind.name}", "") for kind in kinds}
        return {name: value for name, value in said.items() if value in wishes.KINDS[name].choices}

    by_project = [kind for kind in wishes.KINDS.values() if kind.by_project]
    chosen = {project.id: answers(f"{project.id}-", by_project) for project in projects}
    found: dict[str, Any] = dict(answers("", list(wishes.KINDS.values())))
    return found | {"projects": {project: values for project, values in chosen.items() if values}}


def general(user: User) -> list[tuple[wishes.Kind, list[tuple[str, str, bool]]]]:
    """Each kind with its answers: value, word, whether chosen."""
    return [(kind, answers(kind, wishes.frequency(user, kind.name))) for kind in wishes.KINDS.values()]


def own(user: User, project: Project) -> list[tuple[wishes.Kind, list[tuple[str, str, bool]]]]:
    said = (user.notifications.get("projects") or {}).get(project.id) or {}
    return [
        (kind, [(SAME, _("As above"), kind.name not in said), *answers(kind, said.get(kind.name, SAME))])
        for kind in wishes.KINDS.values()
        if kind.by_project
    ]


def answers(kind: wishes.Kind, chosen: str) -> list[tuple[str, str, bool]]:
    return [(value, _(wishes.WORDS[value]), value == chosen) for value in kind.choices]


# Mail programs post without our cookie; the token says who and what.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: Visit, token: str) -> HttpResponse:
    """A look changes nothing, since mail scanners follow links; a POST does, without signing in."""
    found = unsubscribing.read(token)
    user = User.objects.filter(id=found[0], is_active=True).first() if found else None
    if found is None or user is None:
        return render(request, "batches/unsubscribe.html", {"kind": None}, status=404)
    kind = found[1]
    is_done = request.method == "POST"
    if is_done and not is_refused(user, kind):
        with transaction.atomic():
            wishes.refuse(user, kind.name)
            audit.record(user, "notifications.changed", actor=user, target=user, data={"off": kind.name})
    return render(request, "batches/unsubscribe.html", {"kind": kind, "reader": user, "is_done": is_done})


def is_refused(user: User, kind: wishes.Kind) -> bool:
    own = (user.notifications.get("projects") or {}).values()
    return wishes.frequency(user, kind.name) == wishes.OFF and not any(kind.name in said for said in own)


@require_safe
@login_required
def previews(request: Visit) -> HttpResponse:
    """Every mail with made-up content; in production there is no such page."""
    name = request.GET.get("mail", "")
    if not settings.DEBUG or (name and name not in samples.NAMES):
        raise Http404
    mail = samples.make(name, request.user) if name else None
    context = frame(request.user, "outbox") | {"names": samples.NAMES, "mail": mail, "name": name}
    return render(request, "batches/mail_previews.html", context)


@require_safe
@login_required
@xframe_options_sameorigin
@csp_override(MAIL_POLICY)
def preview_html(request: Visit) -> HttpResponse:
    name = request.GET.get("mail", "")
    if not settings.DEBUG or name not in samples.NAMES:
        raise Http404
    return HttpResponse(samples.make(name, request.user).html)
