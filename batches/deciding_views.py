"""The doors through which people decide: on one change, on many at once, and back again."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from accounts.visitors import EDITORS, Visit, require
from batches import group_decisions, review_queue, reviewing, reviews, spreading
from batches.models import Batch, Decision, GroupDecision, Suggestion
from batches.review_views import WITH, tally
from batches.views import batch_for
from batches.wishes import HELD, Wish
from nimbus.errors import NimbusError

DONE = {
    "approve": gettext_lazy("Approved"),
    "reject": gettext_lazy("Rejected"),
    "edit": gettext_lazy("Saved and approved"),
    "undo": gettext_lazy("Back to undecided"),
}


@login_required
@require_POST
def decide(request: Visit, suggestion_id: str, what: str) -> HttpResponse:
    """One decision; the answer is the change as it stands now, with the reason where it was not taken."""
    mine = Suggestion.objects.for_user(request.user).select_related(*WITH)
    suggestion = get_object_or_404(mine, id=suggestion_id)
    require(request.user, suggestion.batch.project.organization, EDITORS)
    remarks: list[str] = []
    error = carry_out(suggestion, what, request, remarks)
    suggestion = get_object_or_404(mine, id=suggestion_id)
    if request.headers.get("HX-Request") != "true":
        tell(request, what, error)
        return redirect(back(suggestion, request.POST.get("to", "")))
    (change,) = reviewing.told([suggestion], request.user)
    # Text that another overtook is shown beside what they decided, so that nothing typed is lost.
    context = {
        "change": change,
        "is_current": True,
        "is_list": bool(request.POST.get("list")),
        "is_many": request.POST.get("list") == "many",
        "batch": suggestion.batch,
        "error": error,
        "remarks": remarks,
        "text": request.POST.get("text", "") if error else "",
        "done": "" if error else DONE[what],
    } | tally(suggestion.batch)
    return render(request, "batches/decided.html", context, status=422 if error else 200)


def carry_out(suggestion: Suggestion, what: str, request: Visit, remarks: list[str]) -> str:
    """Why it was not taken, or an empty string; `remarks` takes what the checks say of a person's text."""
    reason = request.POST.get("reason", "").strip()
    given = request.POST.get("version", "")
    seen = int(given) if given.isdecimal() and len(given) < 10 else None
    try:
        if what == "approve":
            reviews.approve(suggestion, by=request.user, reason=reason, seen=seen)
        elif what == "reject":
            reviews.reject(suggestion, by=request.user, reason=reason, seen=seen)
        elif what == "undo":
            reviews.undo(suggestion, by=request.user, seen=seen)
        else:
            text = request.POST.get("text", "")
            said = reviews.edit(suggestion, text, by=request.user, reason=reason, seen=seen)
            remarks += [verdict.message for verdict in said if verdict.level != "pass"]
    except NimbusError as error:
        return error.said()
    return ""


@login_required
@require_POST
def check(request: Visit, suggestion_id: str) -> HttpResponse:
    """What the checks say of a text while it is typed. Nothing is stored."""
    mine = Suggestion.objects.for_user(request.user).select_related(*WITH)
    suggestion = get_object_or_404(mine, id=suggestion_id)
    require(request.user, suggestion.batch.project.organization, EDITORS)
    try:
        text = reviews.as_stored(suggestion, request.POST.get("text", ""))
    except NimbusError as error:
        return render(request, "batches/said.html", {"trouble": error.said()})
    verdicts = sorted(
        reviews.recheck(suggestion, text), key=lambda said: -reviewing.RANK[Suggestion.Level(said.level)]
    )
    context = {"verdicts": verdicts, "worst": verdicts[0].level}
    return render(request, "batches/said.html", context)


def back(suggestion: Suggestion, to: str) -> str:
    """Where the form stood; the review, unless it says otherwise."""
    if to == "versions":
        return reverse("batches:versions", args=[suggestion.batch_id, suggestion.page_id])
    return f"{reverse('batches:review', args=[suggestion.batch_id])}?page={suggestion.page_id}"


def tell(request: Visit, what: str, error: str) -> None:
    if error:
        messages.error(request, error)
    else:
        messages.success(request, f"{DONE[what]}.")


@login_required
@require_POST
def decide_many(request: Visit, batch_id: str, what: str) -> HttpResponse:
    """Approve or reject all that the address of the form matches, but for what was held out."""
    batch = batch_for(request.user, batch_id, EDITORS)
    wish, out = Wish.of(request.POST), request.POST.getlist("out")
    try:
        group = group_decisions.decide(
            batch, wish, Decision.What(what), by=request.user, out=out, until=until_of(request)
        )
    except NimbusError as error:
        messages.error(request, error.said())
    else:
        if not group.is_open:
            messages.success(request, sentence(batch, wish, group, len(out)), extra_tags=str(group.pk))
    return redirect(f"{reverse('batches:review', args=[batch.id])}{onward(batch, wish)}")


def until_of(request: Visit) -> datetime | None:
    try:
        return parse_datetime(request.POST.get("until", ""))
    except ValueError:
        return None


def sentence(batch: Batch, wish: Wish, group: GroupDecision, out: int) -> str:
    if group.what == Decision.What.APPROVE:
        told = ngettext("Approved %(n)s change.", "Approved %(n)s changes.", group.count)
    else:
        told = ngettext("Rejected %(n)s change.", "Rejected %(n)s changes.", group.count)
    told %= {"n": intcomma(group.count)}
    if out:
        told += " " + _("%(n)s held out.") % {"n": intcomma(out)}
    # Of alike ones none is held, so nothing stayed behind there.
    held = wish.filtered(Suggestion.objects.filter(batch=batch, review="pending", level__in=HELD)).count()
    if held and not wish.alike:
        told += " " + _("%(n)s held by a check wait for you.") % {"n": intcomma(held)}
    return told


def onward(batch: Batch, wish: Wish) -> str:
    """From one group of alike changes to the next; else to the first exception."""
    if wish.alike:
        lines = [line for group in review_queue.groups(batch, wish) for line in group.lines if line.is_group]
        if lines:
            return lines[0].address
    return wish.without("page", "alike", "list").address


@login_required
@require_POST
def undo_many(request: Visit, batch_id: str, group_id: int) -> HttpResponse:
    """Take a word on many back, but for what somebody decided anew since."""
    batch = batch_for(request.user, batch_id, EDITORS)
    group = get_object_or_404(GroupDecision, batch=batch, id=group_id)
    try:
        back = group_decisions.undo(group, by=request.user)
    except NimbusError as error:
        messages.error(request, error.said())
    else:
        if not back.is_open:
            messages.success(request, undone(group, back.count))
    wish = Wish.of(group.wish)
    if group.what == Decision.What.ROLLBACK and wish.page:
        return redirect("batches:page", batch.id, wish.page)
    return redirect(f"{reverse('batches:review', args=[batch.id])}{wish.address}")


def undone(group: GroupDecision, count: int) -> str:
    if group.what == Decision.What.ROLLBACK:
        told = ngettext("%(n)s change is as before.", "%(n)s changes are as before.", count)
    else:
        told = ngettext("%(n)s change waits again.", "%(n)s changes wait again.", count)
    return told % {"n": intcomma(count)}


@login_required
@require_POST
def roll_back(request: Visit, batch_id: str, page_id: str = "") -> HttpResponse:
    """All that was decided in a batch, or on one page of it, waits again."""
    batch = batch_for(request.user, batch_id, EDITORS)
    try:
        group = group_decisions.roll_back(batch, by=request.user, page_id=page_id)
    except NimbusError as error:
        messages.error(request, error.said())
    else:
        if not group.is_open:
            told = ngettext("Rolled back %(n)s change.", "Rolled back %(n)s changes.", group.count)
            # Told on the page itself, so its undo is an address and not a form of the review.
            undo = reverse("batches:undo_many", args=[batch.id, group.pk])
            messages.success(request, told % {"n": intcomma(group.count)}, extra_tags=undo)
    return redirect("batches:page", batch.id, page_id) if page_id else redirect("batches:review", batch.id)


@login_required
@require_POST
def spread_edit(request: Visit, suggestion_id: str) -> HttpResponse:
    mine = Suggestion.objects.for_user(request.user).select_related(*WITH)
    edited = get_object_or_404(mine, id=suggestion_id)
    require(request.user, edited.batch.project.organization, EDITORS)
    try:
        group = spreading.apply(edited, by=request.user)
    except NimbusError as error:
        messages.error(request, error.said())
    else:
        told = _("Edited %(n)s alike changes.") % {"n": intcomma(group.count)}
        messages.success(request, told, extra_tags=str(group.pk))
    return redirect("batches:review", edited.batch_id)
