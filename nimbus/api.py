"""The frame of the API: problem+json answers, a strict parser, cursors, and errors outside of any view."""

import errno
import logging
from http import HTTPStatus
from typing import IO, Any

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser

from nimbus import inflation, strictjson
from nimbus.errors import InvalidError, MediaTypeError, NimbusError, NotFoundError, TooLargeError

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
PREFIX = "/api/"


class UnavailableError(NimbusError):
    code = "unavailable"
    status = 503
    message = "Nimbus can't answer just now. Try again in a few seconds."


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        check_charset(media_type or "")
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        encoding = inflation.encoding_of((parser_context or {})["request"])
        data = inflation.read(stream, encoding, limit)
        value = strictjson.loads(data)
        if not isinstance(value, dict):
            raise strictjson.MalformedError("Send one JSON object.")
        return value


class AnyAccept(DefaultContentNegotiation):
    """Each address has one kind of answer, so Accept decides nothing."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


def check_charset(content_type: str) -> None:
    """JSON is UTF-8 and nothing else, whatever a header claims."""
    for part in content_type.split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset" and value.strip(' "').lower() not in {"utf-8", "utf8"}:
            raise MediaTypeError("Send UTF-8, with no other charset in Content-Type.", field="Content-Type")


def problem(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """DRF's exception handler. Everything is answered as problem+json, an unknown error as 500."""
    request = getattr(context["request"], "_request", context["request"])
    headers = {}
    for name, attribute in (("WWW-Authenticate", "auth_header"), ("Retry-After", "wait")):
        if value := getattr(error, attribute, None):
            headers[name] = str(round(value) if isinstance(value, float) else value)
    known = translate(error)
    if known is None:
        # The test client and error reporters learn of it as if it had travelled on.
        got_request_exception.send(sender=None, request=request)
        logger.error("Unhandled error in the API", exc_info=error)
        known = NimbusError("Something broke on our side. Report the request_id.", code="internal")
        known.status = 500
    if known.status == 405:
        headers["Allow"] = ", ".join(context["view"].allowed_methods)
    return answer(request, known, headers)


# The disk is full, or this user's part of it is.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def translate(error: Exception) -> NimbusError | None:
    """What another library calls it, in our words; None for what nobody expected."""
    if isinstance(error, NimbusError):
        return error
    if isinstance(error, Http404 | exceptions.NotFound):
        return NotFoundError()
    if isinstance(error, OperationalError | InterfaceError):
        logger.error("The database did not answer a request of the API: %s", error)
        return UnavailableError()
    if isinstance(error, OSError) and error.errno in FULL:
        return UnavailableError()
    if isinstance(error, RequestDataTooBig):
        return TooLargeError()
    if isinstance(error, UnreadablePostError):
        return strictjson.MalformedError("The request ended before its body did. Send it again.")
    if isinstance(error, exceptions.ValidationError):
        field, message = first_detail(error.detail)
        return InvalidError(message, field=field)
    if isinstance(error, exceptions.APIException):
        return from_drf(error)
    return None


CODES: dict[int, str] = {
    400: "malformed",
    401: "not_authenticated",
    403: "scope_missing",
    405: "method_not_allowed",
    406: "not_acceptable",
    415: "unsupported_media_type",
    429: "rate_limited",
}
WAYS_OUT = {
    405: "This address knows other methods; see Allow.",
    406: "Answers are JSON. Accept application/json.",
    415: "Send JSON as application/json; pages as application/x-ndjson.",
    429: "Too many requests. Wait as long as Retry-After says.",
}


def from_drf(error: exceptions.APIException) -> NimbusError:
    status = error.status_code
    known = NimbusError(WAYS_OUT.get(status, str(error.detail)), code=CODES.get(status, "error"))
    known.status = status
    return known


def first_detail(detail: Any, path: str = "") -> tuple[str, str]:
    """The first complaint of a serializer and the path of its field."""
    if isinstance(detail, dict):
        name, inner = next(iter(detail.items()))
        return first_detail(inner, path if name == "non_field_errors" else f"{path}.{name}".lstrip("."))
    if isinstance(detail, list):
        return first_detail(next(item for item in detail if item), path)
    return path, str(detail)


def answer(request: HttpRequest, error: NimbusError, headers: dict[str, str] | None = None) -> HttpResponse:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "code": error.code,
        "detail": error.message,
        "request_id": request.META.get("REQUEST_ID", ""),
    }
    if error.field:
        body["field"] = error.field
    response = HttpResponse(orjson.dumps(body), status=error.status, content_type=MEDIA_TYPE)
    if error.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="nimbus"'
    if error.status == 503:
        response["Retry-After"] = "5"
    for name, value in (headers or {}).items():
        response[name] = value
    return response


@csrf_exempt
def unknown_address(request: HttpRequest, **_: Any) -> HttpResponse:
    """Everything under /api/ that no other route takes."""
    return answer(request, NotFoundError("There is no such address. See docs/api.md for those there are."))


def in_api(request: HttpRequest) -> bool:
    return request.path.startswith(PREFIX)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if in_api(request):
        return answer(request, strictjson.MalformedError("The request is not valid HTTP for this host."))
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if in_api(request):
        return answer(request, from_drf(exceptions.PermissionDenied()))
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return unknown_address(request) if in_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if in_api(request):
        broken = NimbusError("Something broke on our side. Report the request_id.", code="internal")
        broken.status = 500
        return answer(request, broken)
    return defaults.server_error(request)


def as_problem(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """What Django itself refuses before any view, such as an unknown Host, as JSON too."""
    is_html = response.headers.get("Content-Type", "").startswith("text/html")
    if not (in_api(request) and is_html and response.status_code >= 400):
        return response
    refused = NimbusError(
        "The request was refused. Check its address and its headers.",
        code=CODES.get(response.status_code, "internal" if response.status_code >= 500 else "refused"),
    )
    refused.status = response.status_code
    return answer(request, refused)
