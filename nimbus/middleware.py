"""A request id for every answer."""

import re
import secrets
from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{8,64}\Z")


class RequestIdMiddleware:
    """Keeps a caller's well-formed X-Request-Id, else makes one; serves sync and async views alike."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if iscoroutinefunction(self):
            return self.__acall__(request)
        assign(request)
        response = self.get_response(request)
        assert isinstance(response, HttpResponseBase)
        return answer(request, response)

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        assign(request)
        response = self.get_response(request)
        assert not isinstance(response, HttpResponseBase)
        return answer(request, await response)


def assign(request: HttpRequest) -> None:
    given = request.headers.get("X-Request-Id", "")
    request.META["REQUEST_ID"] = given if WELL_FORMED.match(given) else f"req_{secrets.token_hex(10)}"


def answer(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    response.headers["X-Request-Id"] = request.META["REQUEST_ID"]
    return response
