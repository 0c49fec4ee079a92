"""What a visitor's account asks of every page: a second factor where demanded, and times of its zone."""

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import sync_and_async_middleware

# Keys come without a session; the pages under /account/ are the way to a second factor and out again.
OPEN = ("/account/", "/api/", "/static/")


@sync_and_async_middleware
def second_factor(get_response: Any) -> Any:
    """Who has to have one and has none sees the page that sets one up, and no other."""
    if iscoroutinefunction(get_response):

        async def answer(request: HttpRequest) -> HttpResponseBase:
            if not request.path.startswith(OPEN) and lacks_one(await request.auser()):
                return way_to_one()
            response: HttpResponseBase = await get_response(request)
            return response

        return answer

    def answer_in_thread(request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(OPEN) and lacks_one(request.user):
            return way_to_one()
        response: HttpResponseBase = get_response(request)
        return response

    return answer_in_thread


def lacks_one(user: Any) -> bool:
    return bool(user.is_authenticated and user.lacks_second_factor)


def way_to_one() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("mfa_index"))


@sync_and_async_middleware
def time_zone(get_response: Any) -> Any:
    """Pages tell times in the zone that the visitor chose; the device's own is up to the browser."""
    if iscoroutinefunction(get_response):

        async def answer(request: HttpRequest) -> HttpResponseBase:
            activate(None if request.path.startswith(OPEN) else await request.auser())
            response: HttpResponseBase = await get_response(request)
            return response

        return answer

    def answer_in_thread(request: HttpRequest) -> HttpResponseBase:
        activate(None if request.path.startswith(OPEN) else request.user)
        response: HttpResponseBase = get_response(request)
        return response

    return answer_in_thread


def activate(user: Any) -> None:
    """Always one or the other: the thread may have served somebody else before."""
    try:
        timezone.activate(ZoneInfo(user.time_zone))
    except (AttributeError, ValueError, ZoneInfoNotFoundError):
        timezone.deactivate()
