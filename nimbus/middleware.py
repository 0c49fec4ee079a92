"""A request id for every answer, what is left of the caller's rate, and whose rows the request may see."""

import re
import secrets
import time
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponseNotAllowed, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from nimbus import deprecations, logs, walls
from nimbus.api import as_problem, in_api

# Beside what Django's own middleware sets: no other site embeds an answer, no page asks for a device.
BROWSER_RULES = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
}
SIGN_OUT = "/account/logout/"
WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{8,64}\Z")


@sync_and_async_middleware
def request_id(get_response: Any) -> Any:
    """Keeps a caller's well-formed X-Request-Id, else makes one; serves sync and async views alike."""
    if iscoroutinefunction(get_response):

        async def answer(request: HttpRequest) -> HttpResponseBase:
            began = assign(request)
            return sign(request, await get_response(request), began)

        return answer

    def answer_in_thread(request: HttpRequest) -> HttpResponseBase:
        began = assign(request)
        return sign(request, get_response(request), began)

    return answer_in_thread


def assign(request: HttpRequest) -> float:
    """Returns when it came; not in META, since allauth puts only its texts back when it sends a form on."""
    given = request.headers.get("X-Request-Id", "")
    request.META["REQUEST_ID"] = given if WELL_FORMED.match(given) else f"req_{secrets.token_hex(10)}"
    logs.REQUEST.set(request)
    if request.path[1:] in settings.PROBES:
        # Asked by the process's own IP, which is none of the hosts that people may use.
        hosts = settings.ALLOWED_HOSTS or ["localhost"]
        request.META["HTTP_HOST"] = hosts[0].lstrip(".").replace("*", "localhost")
    return time.monotonic()


def sign(request: HttpRequest, response: HttpResponseBase, began: float) -> HttpResponseBase:
    response = as_problem(request, response)
    response.headers["X-Request-Id"] = request.META["REQUEST_ID"]
    for name, value in BROWSER_RULES.items():
        response.headers.setdefault(name, value)
    if request.method == "POST" and request.path == SIGN_OUT:
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
    for name, value in (request.META.get("RATE_LIMIT", {}) | deprecations.headers(request)).items():
        response.headers[name] = value
    logs.note(request, response.status_code, began)
    return response


@sync_and_async_middleware
def walled(get_response: Any) -> Any:
    """Every query of the request sees the caller's rows alone, those of a streaming answer too."""
    if iscoroutinefunction(get_response):

        async def answer(request: HttpRequest) -> HttpResponseBase:
            visitor = walls.Visitor(request)
            with walls.asked_by(visitor):
                return keep_walled(visitor, await get_response(request))

        return answer

    def answer_in_thread(request: HttpRequest) -> HttpResponseBase:
        visitor = walls.Visitor(request)
        with walls.asked_by(visitor):
            return keep_walled(visitor, get_response(request))

    return answer_in_thread


def keep_walled(visitor: walls.Visitor, response: HttpResponseBase) -> HttpResponseBase:
    # A file is open already, and asks the database nothing.
    if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
        pieces: Any = response.streaming_content
        answered = walls.each_async if response.is_async else walls.each
        response.streaming_content = answered(visitor, pieces)
    return response


PAGE_METHODS = ("GET", "HEAD", "POST")


@sync_and_async_middleware
def page_methods(get_response: Any) -> Any:
    """A page is looked at or sent a form; a view without methods of its own takes nothing else for a look."""
    if iscoroutinefunction(get_response):

        async def answer(request: HttpRequest) -> HttpResponseBase:
            return refused(request) or await get_response(request)

        return answer

    def answer_in_thread(request: HttpRequest) -> HttpResponseBase:
        return refused(request) or get_response(request)

    return answer_in_thread


def refused(request: HttpRequest) -> HttpResponseBase | None:
    if request.method in PAGE_METHODS or in_api(request):
        return None
    return HttpResponseNotAllowed(PAGE_METHODS)
