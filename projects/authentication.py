"""API keys at the door: who it is, what it may do, and a note that it was here."""

from datetime import UTC, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts import standing
from nimbus import clock, deprecations, limits
from nimbus.addresses import client_address
from nimbus.errors import ForbiddenError, NimbusError
from projects import endings
from projects.models import APIKey, APIKeyUsage

SAFE = {"GET", "HEAD", "OPTIONS"}
SEEN_AGAIN = timedelta(minutes=1)


class NotAuthenticatedError(NimbusError):
    """No key, or one that is unknown, revoked or expired; an answer doesn't tell which."""

    code = "not_authenticated"
    status = 401
    message = "Send a valid API key: `Authorization: Bearer nmb_live_…`. Make one in the project's settings."


class ScopeMissingError(ForbiddenError):
    code = "scope_missing"


class AddressNotAllowedError(ForbiddenError):
    code = "address_not_allowed"
    message = "This key does not work from your address. Add it to the key's networks, or use another key."


class APIKeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request | HttpRequest) -> tuple[None, APIKey]:
        return None, admit(request)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="nimbus"'


class HasScope(BasePermission):
    """A view's `scope` is the one its key needs, or one for each method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        require(auth_of(request), scope_of(view, request.method or "GET"))
        return True


def auth_of(request: Request) -> APIKey:
    """The key of a request that came past HasScope."""
    key: Any = request.auth
    found: APIKey = key
    return found


def scope_of(view: Any, method: str) -> tuple[str, ...]:
    scope = view.scope
    if isinstance(scope, dict):
        scope = scope.get(method, scope.get("GET", "admin"))
    return (scope,) if isinstance(scope, str) else tuple(scope)


def require(key: APIKey | None, scopes: tuple[str, ...]) -> None:
    """Any one of `scopes` will do."""
    if key is None:
        raise NotAuthenticatedError
    if not any(key.has_scope(scope) for scope in scopes):
        raise ScopeMissingError(f"This key lacks the scope `{scopes[0]}`. Make a key that has it.")


def key_of(request: Request | HttpRequest) -> APIKey:
    """The usable key in the Authorization header."""
    word, _, secret = get_authorization_header(request).partition(b" ")  # type: ignore[arg-type]
    if word.lower() != b"bearer":
        raise NotAuthenticatedError
    # Headers are bytes of any kind; a key is ASCII.
    key = APIKey.objects.authenticate(secret.strip().decode("ascii", errors="replace"))
    if key is None:
        raise NotAuthenticatedError
    return key


def admit(request: Request | HttpRequest) -> APIKey:
    """The request's key, where it and its organization have requests left; the answer will say how many."""
    key = key_of(request)
    request.META["ORGANIZATION_ID"] = key.organization_id
    if not key.works_from(client_address(request)):
        raise AddressNotAllowedError
    if request.method not in SAFE:
        standing.require_open(key.organization)
    buckets = [
        limits.Bucket("key", key.id, settings.KEY_REQUESTS_PER_MINUTE),
        limits.Bucket("organization", key.organization_id, settings.ORGANIZATION_REQUESTS_PER_MINUTE),
    ]
    try:
        allowance = limits.take(buckets)
    except limits.RateLimitedError as error:
        request.META["RATE_LIMIT"] = error.allowance.headers()
        raise
    request.META["RATE_LIMIT"] = allowance.headers() if allowance else {}
    note_use(key)
    if deprecations.of(request):
        warn_of_ending(request, key)
    return key


def warn_of_ending(request: Request | HttpRequest, key: APIKey) -> None:
    method = request.method or ""
    route = (request.resolver_match and request.resolver_match.url_name) or ""
    if endings.is_new(key.organization_id, method, route):
        endings.tell(key.organization_id, method, route, request.path)


def note_use(key: APIKey) -> None:
    """Count the request, and move `last_used_at` at most once a minute."""
    now = clock.now()
    if key.last_used_at is None or now - key.last_used_at >= SEEN_AGAIN:
        stale = models.Q(last_used_at=None) | models.Q(last_used_at__lte=now - SEEN_AGAIN)
        APIKey.objects.filter(stale, id=key.id).update(last_used_at=now)
    count_request(key)


def count_request(key: APIKey) -> None:
    day = clock.now().astimezone(UTC).date()
    mine = APIKeyUsage.objects.filter(key=key, day=day)
    if mine.update(requests=models.F("requests") + 1):
        return
    row = APIKeyUsage(organization_id=key.organization_id, key=key, day=day)
    APIKeyUsage.objects.bulk_create([row], ignore_conflicts=True)
    mine.update(requests=models.F("requests") + 1)
