"""The dashboard's pages about batches."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.paging import page_of
from accounts.visitors import EDITORS, MANAGERS, Visit, require
from batches import budgets, caps, pilots, progress, queue, quotes, steering
from batches.forms import StartForm, UploadForm
from batches.models import Batch
from nimbus.errors import InvalidError, NimbusError
from projects import first_run, snippets
from projects.frames import frame, project_for

ACTS = {
    "pause": (queue.pause, _("Paused. Pages in work are finished and kept.")),
    "resume": (queue.resume, _("Resumed.")),
    "cancel": (queue.cancel, _("Cancelled. What was done is kept.")),
    "retry": (queue.retry, _("The failed pages are queued again.")),
    "submit": (queue.submit, _("Submitted. The pages are queued.")),
    "prioritize": (steering.prioritize, _("It goes before the other batches now.")),
}


# What takes it back, offered in the toast.
UNDO = {"pause": "resume", "resume": "pause"}


def batch_for(user: User, batch_id: str, roles: Any = None) -> Batch:
    mine = Batch.objects.for_user(user).select_related("project__organization")
    batch = get_object_or_404(mine, id=batch_id)
    if roles:
        require(user, batch.project.organization, roles)
    return batch


@require_safe
@login_required
def batch_list(request: Visit, project_id: str) -> HttpResponse:
    project = project_for(request.user, project_id)
    rows, pager = page_of(request, project.batches.all(), "-id", total=project.batches.count())
    context = frame(request.user, "batches", project) | {"batches": rows, "pager": pager}
    return render(request, "batches/batch_list.html", context)


@login_required
def create(request: Visit, project_id: str) -> HttpResponse:
    """A new batch: a ZIP dropped here, or the snippet for gulp."""
    project = project_for(request.user, project_id, EDITORS)
    form = UploadForm(project, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        batch = form.receive(by=request.user)
        if batch:
            return redirect("batches:detail", batch.id)
    context = frame(request.user, "batches", project)
    context |= first_run.context(request, project)
    context |= {"form": form, "shell_lines": snippets.shell(), "capped": caps.of(project)}
    return render(request, "batches/batch_create.html", context, status=422 if form.errors else 200)


@require_safe
@login_required
def detail(request: Visit, batch_id: str) -> HttpResponse:
    batch = batch_for(request.user, batch_id)
    if request.headers.get("HX-Request-Type") == "partial":
        # The slow heartbeat that goes on where the stream is lost.
        context = frame(request.user, "batches", batch.project) | progress.live(batch)
        return render(request, "batches/batch_detail.html#live", context)
    return screen(request, batch)


def screen(request: Visit, batch: Batch, start_form: StartForm | None = None) -> HttpResponse:
    """The whole page of a batch; with what was typed, where its start could not be saved."""
    context = frame(request.user, "batches", batch.project) | progress.live(batch)
    if batch.status == Batch.Status.UPLOADING and batch.page_count:
        context |= quotes.shown(batch)
        role = batch.project.organization.role_of(request.user)
        if role in EDITORS:
            context["start_form"] = start_form or StartForm.of(batch, context["spent"].cap_microdollars)
            context["manages"] = role in MANAGERS
    if batch.pause_reason == "budget":
        context["cap_refusal"] = budgets.refusal_of(batch)
    filters = {
        name: request.GET.get(name, "").strip().replace("\x00", "") for name in ("status", "q", "code")
    }
    runs = progress.runs_of(batch, filters["status"], filters["q"], filters["code"])
    total = None if any(filters.values()) else batch.page_count
    rows, pager = page_of(request, runs, "id", total=total)
    context |= {"rows": rows, "pager": pager, "filters": filters, "filtered": any(filters.values())}
    response = render(request, "batches/batch_detail.html", context, status=422 if start_form else 200)
    response.headers["Vary"] = "Cookie, HX-Request-Type"
    return response


@login_required
@require_POST
def act(request: Visit, batch_id: str, verb: str) -> HttpResponse:
    """Pause, resume, cancel, retry, submit or prefer; a batch that cannot says why."""
    batch = batch_for(request.user, batch_id, EDITORS)
    step, done = ACTS[verb]
    try:
        step(batch, by=request.user)
    except NimbusError as error:
        messages.error(request, error.said())
    else:
        undo = (
            reverse("batches:act", kwargs={"batch_id": batch.id, "verb": UNDO[verb]}) if verb in UNDO else ""
        )
        messages.success(request, done, extra_tags=undo)
    return redirect(reverse("batches:detail", args=[batch.id]))


@login_required
@require_POST
def set_start(request: Visit, batch_id: str) -> HttpResponse:
    """The pilot and the cap of a batch that was not submitted yet."""
    batch = batch_for(request.user, batch_id, EDITORS)
    form = StartForm(request.POST)
    if not form.is_valid():
        return screen(request, batch, form)
    try:
        pilots.plan(batch, form.pilot, request.user, form.cleaned_data["lane"])
        if batch.project.organization.role_of(request.user) in MANAGERS:
            # An editor may cap a new batch, and not lift what somebody set.
            caps.set_of_batch(batch, request.user, form.microdollars)
    except InvalidError as error:
        form.add_error("lane", error.said())
        return screen(request, batch, form)
    except NimbusError as error:
        messages.error(request, error.said())
    else:
        messages.success(request, _("Saved. Submit the batch when you are ready."))
    return redirect("batches:detail", batch.id)
