"""Signing out elsewhere, one session at a time."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.visitors import Visit


@login_required
@require_POST
def end(request: Visit, session_id: int) -> HttpResponse:
    session = get_object_or_404(UserSession, user=request.user, pk=session_id)
    with transaction.atomic():
        session.end()
        audit.record(request.user, "session.ended", actor=request.user, target=request.user)
    messages.success(request, _("Signed out there."))
    return redirect("usersessions_list")
