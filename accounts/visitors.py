"""Who asks, for the doors of the dashboard."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import Organization, User
from accounts.permissions import EDITORS, EVERYONE, MANAGERS, OWNERS

__all__ = ["EDITORS", "EVERYONE", "MANAGERS", "OWNERS", "Visit", "own_organization", "require"]


class Visit(HttpRequest):
    """A request that `login_required` let through."""

    user: User


def require(user: User, organization: Organization, roles: frozenset[Any]) -> None:
    """A member without the right is told so with 403; a stranger never comes this far."""
    if organization.role_of(user) not in roles:
        raise PermissionDenied


def own_organization(user: User) -> Organization | None:
    return Organization.objects.for_user(user).order_by("created_at").first()
