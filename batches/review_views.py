"""The review queue's doors: look at a page's changes, decide on one, decide on all that passed."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.visitors import EDITORS, Visit, require
from batches import reviewing, reviews
from batches.models import Batch, PageRun, Suggestion
from batches.views import batch_for
from nimbus.errors import NimbusError
from projects.frames import frame, project_for

DONE = {
    "approve": "Approved",
    "reject": "Rejected",
    "edit": "Saved and approved",
    "undo": "Back to undecided",
}


@require_safe
@login_required
def review_next(request: Visit, project_id: str) -> HttpResponse:
    """The newest batch of the project with something to decide, else the newest one."""
    project = project_for(request.user, project_id)
    newest = Batch.objects.filter(project=project).order_by("-created_at")
    batch = newest.filter(pending_count__gt=0).first() or newest.first()
    if batch is None:
        return redirect("projects:detail", project.id)
    return redirect("batches:review", batch.id)


@require_safe
@login_required
def review(request: Visit, batch_id: str) -> HttpResponse:
    batch = batch_for(request.user, batch_id)
    groups = reviewing.queue(batch)
    page_id = request.GET.get("page", "")
    context = frame(request.user, "review", batch.project) | {"batch": batch, "groups": groups}
    context |= reviewing.neighbours(groups, page_id) | tally(batch)
    # A phone shows the list first; wider screens open the first page at once.
    context["is_open"] = bool(page_id)
    page_id = page_id or context["next"] or ""
    if page_id:
        run = get_object_or_404(runs_of(batch), page_id=page_id)
        context |= {"run": run} | page_context(run)
        context |= reviewing.neighbours(groups, page_id)
    return render(request, "batches/review.html", context)


def runs_of(batch: Batch) -> Any:
    return PageRun.objects.filter(batch=batch).select_related("page", "snapshot", "batch__project")


def page_context(run: PageRun) -> dict[str, Any]:
    changes = reviewing.changes_of(run)
    return {
        "changes": changes,
        "serp": reviewing.serp(run, changes),
        "passing": sum(not row.is_decided and row.suggestion.level in ("pass", "note") for row in changes),
    }


def tally(batch: Batch) -> dict[str, int]:
    ready = Q(review=Suggestion.Review.PENDING, level__in=["pass", "note"]) & ~Q(text="")
    decided = ~Q(review=Suggestion.Review.PENDING)
    return Suggestion.objects.filter(batch=batch).aggregate(
        total=Count("id"), decided=Count("id", filter=decided), ready=Count("id", filter=ready)
    )


@login_required
@require_POST
def decide(request: Visit, suggestion_id: str, what: str) -> HttpResponse:
    """One decision; the answer is the change as it stands now, with the reason where it was not taken."""
    mine = Suggestion.objects.for_user(request.user).select_related(
        "batch__project__organization", "page", "run__snapshot", "run__page"
    )
    suggestion = get_object_or_404(mine, id=suggestion_id)
    require(request.user, suggestion.batch.project.organization, EDITORS)
    error = carry_out(suggestion, what, request)
    suggestion = get_object_or_404(mine, id=suggestion_id)
    if request.headers.get("HX-Request") != "true":
        tell(request, what, error)
        return redirect(back(suggestion))
    context = {
        "change": reviewing.change(suggestion, is_current=True),
        "batch": suggestion.batch,
        "error": error,
        "text": request.POST.get("text", "") if error else "",
        "done": "" if error else DONE[what],
    } | tally(suggestion.batch)
    return render(request, "batches/decided.html", context, status=422 if error else 200)


def carry_out(suggestion: Suggestion, what: str, request: Visit) -> str:
    """Why it was not taken, or an empty string."""
    reason = request.POST.get("reason", "").strip()
    try:
        if what == "approve":
            reviews.approve(suggestion, by=request.user, reason=reason)
        elif what == "reject":
            reviews.reject(suggestion, by=request.user, reason=reason)
        elif what == "undo":
            reviews.undo(suggestion, by=request.user)
        else:
            reviews.edit(suggestion, request.POST.get("text", ""), by=request.user, reason=reason)
    except NimbusError as error:
        return error.message
    return ""


def back(suggestion: Suggestion) -> str:
    return f"{reverse('batches:review', args=[suggestion.batch_id])}?page={suggestion.page_id}"


def tell(request: Visit, what: str, error: str) -> None:
    if error:
        messages.error(request, error)
    else:
        messages.success(request, f"{DONE[what]}.")


@login_required
@require_POST
def approve_passing(request: Visit, batch_id: str) -> HttpResponse:
    """Approve every pending text of the batch, or of one page of it, that no check holds."""
    batch = batch_for(request.user, batch_id, EDITORS)
    suggestions = Suggestion.objects.filter(batch=batch).select_related("batch")
    page_id = request.POST.get("page", "")
    if page_id:
        suggestions = suggestions.filter(page_id=page_id)
    approved = reviews.approve_passing(suggestions, by=request.user)
    held = suggestions.filter(review=Suggestion.Review.PENDING).count()
    kept = f" {held:,} held by a check wait for you." if held else ""
    messages.success(request, f"Approved {approved:,} changes.{kept}")
    return redirect("batches:review", batch.id)
