"""Where one is signed in, and signing out elsewhere, one session at a time."""

from typing import Any

from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.views import shell
from accounts.visitors import Visit


class Overview(ListUserSessionsView):  # type: ignore[misc]
    """allauth's page, with the sidebar and the tab bar of every other."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | shell(self.request.user, "profile")


@login_required
@require_POST
def end(request: Visit, session_id: int) -> HttpResponse:
    session = get_object_or_404(UserSession, user=request.user, pk=session_id)
    with transaction.atomic():
        session.end()
        audit.record(request.user, "session.ended", actor=request.user, target=request.user)
    messages.success(request, _("Signed out there."))
    return redirect("usersessions_list")
