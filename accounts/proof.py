"""Proving again who one is, before what can't be taken back: keys, roles, caps, deletion, export."""

import functools
import time
from collections.abc import Callable
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

Door = Callable[..., HttpResponseBase]


def fresh_login_required(view: Door) -> Door:
    """A POST waits until its sender signed in, or gave the password or second factor, in the last minutes.

    allauth keeps the form meanwhile and sends it on. Looking needs no proof.
    """

    @functools.wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and not is_fresh(request):
            if get_adapter().get_reauthentication_methods(request.user):
                raise ReauthenticationRequired
            return sign_in_again(request)
        return view(request, *args, **kwargs)

    return checked


def fresh_visit_required(view: Door) -> Door:
    """Asks before the form is seen, and keeps nothing of it: for forms that hold a secret."""

    @functools.wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        ways = get_adapter().get_reauthentication_methods(request.user)
        if is_fresh(request):
            return view(request, *args, **kwargs)
        return redirect_to_login(request.get_full_path(), ways[0]["url"]) if ways else sign_in_again(request)

    return checked


def sign_in_again(request: HttpRequest) -> HttpResponse:
    """Where only Google or GitHub can say who this is."""
    logout(request)
    messages.error(request, _("This step needs a fresh sign-in. Sign in, then do it again."))
    return redirect_to_login(request.get_full_path())


def is_fresh(request: HttpRequest) -> bool:
    newest = max((record["at"] for record in get_authentication_records(request, request.user)), default=0)
    return bool(time.time() - newest < app_settings.REAUTHENTICATION_TIMEOUT)
