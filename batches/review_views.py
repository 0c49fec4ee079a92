"""The review's screens: the queue beside the desk, and who else is at it."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.visitors import EDITORS, Visit
from batches import (
    alikes,
    calibration,
    diffs,
    group_decisions,
    marking,
    offering,
    presence,
    review_queue,
    reviewing,
    samples,
    spreading,
)
from batches.models import Batch, GroupDecision, PageRun, Suggestion
from batches.review_queue import Group
from batches.views import batch_for
from batches.wishes import Wish
from optimizer.checks import ABOUT
from projects import saved_views
from projects.frames import frame, project_for

# Changes on the desk at once.
SHOWN = 25
MOST_IDS = 60
PLACES = (("title", _("Titles")), ("metaDescription", _("Descriptions")), ("block", _("Blocks")))
WITH = ("batch__project__organization", "page__project", "run__snapshot", "run__page")


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
    wish = Wish.of(request.GET)
    groups = review_queue.groups(batch, wish)
    context = frame(request.user, "review", batch.project) | tally(batch)
    # A phone shows the list first; wider screens open the first line at once.
    context["is_open"] = bool(wish.page or wish.alike or wish.list)
    if not context["is_open"]:
        wish = first_of(groups, wish)
    context |= {
        "batch": batch,
        "groups": groups,
        "wish": wish,
        "checks": ABOUT,
        "places": PLACES,
        "now": timezone.now().isoformat(),
        "shelf": saved_views.shelf(batch.project, "review", wish.filters),
        "may_save": batch.project.organization.role_of(request.user) in EDITORS,
        "bands": calibration.bands(batch.project)[:1],
    }
    context |= acts_of(batch)
    context |= review_queue.neighbours(groups, wish) | desk(batch, wish, request)
    return render(request, "batches/review.html", context)


def acts_of(batch: Batch) -> dict[str, Any]:
    """What was decided in one go of late: the newest to be taken back by a key, and what still goes on."""
    acts = list(group_decisions.lately(batch))
    at_work = [act for act in acts if act.is_open]
    return {"acts": acts, "at_work": at_work, "newest": next((a for a in acts if not a.is_open), None)}


def first_of(groups: list[Group], wish: Wish) -> Wish:
    """What the desk shows where nothing was chosen: the first line of the queue."""
    lines = [line for group in groups for line in group.lines]
    if not lines:
        return wish
    named = {"alike" if lines[0].is_group else "page": lines[0].key}
    return Wish.of(wish.given | named)


def desk(batch: Batch, wish: Wish, request: Visit) -> dict[str, Any]:
    if wish.page:
        return of_page(batch, wish, request)
    if wish.list == "sample":
        rows = samples.unread(batch)
        return {"plan": samples.plan(batch)} | of_list(batch, wish, rows, request)
    if wish.alike or wish.list:
        return of_list(batch, wish, alikes.listed(batch, wish), request)
    return {}


def of_page(batch: Batch, wish: Wish, request: Visit) -> dict[str, Any]:
    runs = PageRun.objects.filter(batch=batch).select_related("page", "snapshot", "batch__project")
    run = get_object_or_404(runs, page_id=wish.page)
    changes = reviewing.changes_of(run, request.user)
    return {
        "run": run,
        "changes": changes,
        "serp": reviewing.serp(run, changes),
        "at": reviewing.first_place(changes),
        "passing": sum(not row.is_decided and row.suggestion.level in ("pass", "note") for row in changes),
        # Without scripts an edit is a page of its own.
        "editing": request.GET.get("edit", ""),
    }


def of_list(batch: Batch, wish: Wish, rows: Any, request: Visit) -> dict[str, Any]:
    """Changes of many pages, a portion at a time; `after` names the last one of the portion before."""
    whole, ready = (rows.count(), 0) if wish.list == "sample" else alikes.sizes(batch, wish)
    rows = behind(rows, request.GET.get("after", "")).select_related(*WITH)
    found = list(rows[: SHOWN + 1])
    shown = reviewing.told(found[:SHOWN], request.user, unread=wish.list == "sample")
    context: dict[str, Any] = {"changes": shown, "whole": whole, "passing": ready, "is_list": True}
    # Single ones can be held out of what is approved or rejected in one go.
    context["is_many"] = wish.list != "sample"
    if len(found) > SHOWN:
        context["next"] = f"{wish.address}&after={found[SHOWN - 1].id}"
    elif wish.list:
        context["next"] = None
    if shown:
        first = shown[0].suggestion
        context |= {"run": first.run, "serp": serp_of(first), "at": shown[0].place}
        context["template"] = alikes.template(first) if wish.alike else ()
    return context


def behind(rows: Any, after: str) -> Any:
    """What follows that change in the order of the list, whatever became of the change since."""
    last = Suggestion.objects.filter(id=after).first() if after else None
    return rows if last is None else alikes.beyond(rows, last)


def serp_of(suggestion: Suggestion) -> dict[str, Any]:
    return reviewing.serp(suggestion.run, reviewing.texts_of(suggestion.run))


def tally(batch: Batch) -> dict[str, int]:
    batch.refresh_from_db(fields=["pending_count", "approved_count", "rejected_count"])
    decided = batch.approved_count + batch.rejected_count
    return {"total": decided + batch.pending_count, "decided": decided}


@require_safe
@login_required
def look(request: Visit, suggestion_id: str) -> HttpResponse:
    """The preview of the page that one change of a list is on."""
    mine = Suggestion.objects.for_user(request.user).select_related(*WITH)
    suggestion = get_object_or_404(mine, id=suggestion_id)
    context = {
        "run": suggestion.run,
        "batch": suggestion.batch,
        "serp": serp_of(suggestion),
        "at": marking.name(suggestion.target),
        "place": "wide",
    }
    return render(request, "batches/serp.html", context)


@require_safe
@login_required
def here(request: Visit, batch_id: str) -> HttpResponse:
    """Who else is at this review, and those of the shown changes that are not as this screen shows them."""
    batch = batch_for(request.user, batch_id)
    shown = dict(pair.split(":", 1) for pair in request.GET.getlist("at")[:MOST_IDS] if ":" in pair)
    rows = Suggestion.objects.filter(batch=batch, id__in=shown).select_related(*WITH)
    moved = [row for row in rows if str(row.version) != shown[row.id]]
    context = {
        "people": presence.note(batch.id, request.user, request.GET.get("place", "")),
        "changes": reviewing.told(moved, request.user),
        "batch": batch,
        "is_list": bool(request.GET.get("list")),
        "is_many": request.GET.get("list") == "many",
    } | tally(batch)
    return render(request, "batches/here.html", context)


@require_safe
@login_required
def group(request: Visit, batch_id: str, group_id: int) -> HttpResponse:
    """How far a word on many changes is."""
    batch = batch_for(request.user, batch_id)
    act = get_object_or_404(GroupDecision, batch=batch, id=group_id)
    return render(request, "batches/act.html", {"act": act, "batch": batch})


@require_safe
@login_required
def spread(request: Visit, suggestion_id: str) -> HttpResponse:
    """What an edit would say on the pages of alike changes."""
    mine = Suggestion.objects.for_user(request.user).select_related(*WITH)
    edited = get_object_or_404(mine, id=suggestion_id)
    wordings = spreading.preview(edited)
    context = frame(request.user, "review", edited.batch.project) | {
        "batch": edited.batch,
        "edited": edited,
        "wordings": [(wording, diffs.compare(wording.suggestion.text, wording.text)) for wording in wordings],
        "good": sum(not wording.trouble for wording in wordings),
        "waiting": offering.count([edited]).get(edited.id, 0),
    }
    return render(request, "batches/spread.html", context)
