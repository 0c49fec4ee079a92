"""The door from a held text to the fact sheet."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.visitors import EDITORS, Visit, require
from batches import new_facts, reviewing
from batches.models import Suggestion
from batches.review_views import WITH
from nimbus.errors import NimbusError
from projects.frames import frame


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def fact(request: Visit, suggestion_id: str) -> HttpResponse:
    """What the held text states, to be confirmed as a fact; then the text is checked anew."""
    mine = Suggestion.objects.for_user(request.user).select_related(*WITH)
    suggestion = get_object_or_404(mine, id=suggestion_id)
    require(request.user, suggestion.batch.project.organization, EDITORS)
    error, status = "", 200
    given = request.POST.get("fact", "")
    is_local = request.POST.get("where") == "here"
    if request.method == "POST":
        try:
            freed = new_facts.add(suggestion, given, is_local=is_local, by=request.user)
        except NimbusError as refused:
            error, status = refused.said(), 422
        else:
            messages.success(request, sentence(suggestion, freed))
            review = reverse("batches:review", args=[suggestion.batch_id])
            return redirect(f"{review}?page={suggestion.page_id}")
    context = frame(request.user, "review", suggestion.batch.project) | {
        "batch": suggestion.batch,
        "suggestion": suggestion,
        "change": reviewing.change(suggestion),
        "fact": given or new_facts.proposal(suggestion),
        "where": new_facts.where(suggestion),
        "is_local": is_local,
        "error": error,
    }
    return render(request, "batches/fact.html", context, status=status)


def sentence(suggestion: Suggestion, freed: int) -> str:
    suggestion.refresh_from_db(fields=["level"])
    told = _("Added to the facts.") + " "
    if suggestion.level == Suggestion.Level.HOLD:
        told += _("A check still holds this text.") + " "
    if freed:
        told += ngettext("%(n)s held text passes now.", "%(n)s held texts pass now.", freed) % {"n": freed}
    return told.strip()
