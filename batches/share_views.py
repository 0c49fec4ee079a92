"""Sharing a batch's files by temporary links, taking them back, and the links themselves."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.visitors import EDITORS, Visit, require
from batches import shares
from batches.views import batch_for
from nimbus import artifacts
from nimbus.errors import NimbusError
from projects.frames import frame

# The bucket's own link, once ours was found good; a share that is taken back is shut that soon.
LINK_S = 60


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: Visit, batch_id: str) -> HttpResponse:
    batch = batch_for(request.user, batch_id)
    if request.method == "POST":
        require(request.user, batch.project.organization, EDITORS)
        days = request.POST.get("days", "")
        try:
            shares.create(
                batch, request.POST.get("what", ""), int(days) if days.isdecimal() else 0, request.user
            )
            messages.success(request, _("The link is made. Whoever has it can download the file."))
        except NimbusError as error:
            messages.error(request, error.said())
        return redirect("batches:shares", batch.id)
    context = {
        "batch": batch,
        "files": shares.files_of(batch),
        "days": shares.DAYS,
        "shares": [(share, shares.link(share)) for share in shares.of(batch)],
    }
    return render(request, "batches/shares.html", frame(request.user, "batches", batch.project) | context)


@login_required
@require_POST
def revoke(request: Visit, batch_id: str, share_id: int) -> HttpResponse:
    batch = batch_for(request.user, batch_id, EDITORS)
    if not shares.revoke(batch, share_id, request.user):
        raise Http404
    messages.success(request, _("The link is taken back. It opens nothing any more."))
    return redirect("batches:shares", batch.id)


@require_safe
@never_cache
def shared(request: HttpRequest, token: str) -> HttpResponseBase:
    """For whoever has the link, signed in or not."""
    try:
        share = shares.find(token)
        if url := artifacts.link(share.key, share.name, LINK_S):
            return HttpResponseRedirect(url)
        file = artifacts.open_checked(share.key)
    except NimbusError as error:
        raise Http404 from error
    response = FileResponse(file, as_attachment=True, filename=share.name)
    response["X-Robots-Tag"] = "noindex"
    return response
