"""Who has to have a second factor and has none sees the page that sets one up, and no other."""

from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.decorators import sync_and_async_middleware

# Keys come without a session; the pages under /account/ are the way to a second factor and out again.
OPEN = ("/account/", "/api/", "/static/")


@sync_and_async_middleware
def second_factor(get_response: Any) -> Any:
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
