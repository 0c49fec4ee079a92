"""The dashboard's page about webhooks: where events go, what became of each, and once more."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.paging import page_of
from accounts.proof import fresh_login_required
from accounts.visitors import EVERYONE, MANAGERS, Visit
from batches.forms import WebhookForm
from batches.models import WebhookDelivery
from batches.webhooks import endpoints
from nimbus.errors import NimbusError
from projects.frames import frame, project_for
from projects.models import Project

ACTS = {
    "enable": _("Enabled. What waited is on its way."),
    "disable": _("Switched off."),
    "delete": _("Deleted."),
}


@login_required
@never_cache
@fresh_login_required
def webhooks(request: Visit, project_id: str) -> HttpResponse:
    """Lists the endpoints; a POST makes one and shows its secret in that one answer."""
    project = project_for(request.user, project_id, MANAGERS if request.method == "POST" else EVERYONE)
    form = WebhookForm(project, request.POST or None)
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid() and (made := form.create(request.user)):
        context = {"endpoint": made[0], "secret": made[1]}
        form = WebhookForm(project)
    return answer(request, project, form, context)


def answer(request: Visit, project: Project, form: WebhookForm, more: dict[str, Any]) -> HttpResponse:
    sent = WebhookDelivery.objects.filter(endpoint__project=project).select_related("endpoint")
    rows, pager = page_of(request, sent, "-id")
    context = frame(request.user, "webhooks", project) | {"form": form, "rows": rows, "pager": pager}
    context["endpoints"] = project.webhooks.order_by("-created_at")
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "batches/webhooks.html", context | more, status=status)


@login_required
@require_POST
@never_cache
@fresh_login_required
def rotate(request: Visit, project_id: str, endpoint_id: str) -> HttpResponse:
    project = project_for(request.user, project_id, MANAGERS)
    endpoint = get_object_or_404(project.webhooks, id=endpoint_id)
    secret = endpoints.rotate(endpoint, request.user)
    return answer(request, project, WebhookForm(project), {"endpoint": endpoint, "secret": secret})


@login_required
@require_POST
def act(request: Visit, project_id: str, endpoint_id: str, verb: str) -> HttpResponse:
    project = project_for(request.user, project_id, MANAGERS)
    endpoint = get_object_or_404(project.webhooks, id=endpoint_id)
    if verb == "enable":
        endpoints.enable(endpoint, request.user)
    elif verb == "disable":
        endpoints.disable(endpoint, "by_hand", request.user)
    else:
        endpoints.delete(endpoint, request.user)
    messages.success(request, ACTS[verb])
    return redirect("batches:webhooks", project.id)


@login_required
@require_POST
def replay(request: Visit, project_id: str, message_id: str) -> HttpResponse:
    project = project_for(request.user, project_id, MANAGERS)
    sent = WebhookDelivery.objects.filter(endpoint__project=project).select_related("endpoint")
    delivery = get_object_or_404(sent, message_id=message_id)
    try:
        endpoints.replay(delivery, request.user)
        messages.success(request, _("It will be sent again within seconds."))
    except NimbusError as error:
        messages.error(request, error.said())
    return redirect("batches:webhooks", project.id)
