"""Loading the visitor, with what has to be known before any page: whether a second factor is missing."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, Value

from accounts.models import Membership, User
from nimbus import walls

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def with_second_factor(users: QuerySet[User]) -> QuerySet[User]:
    """Annotated, so that no request asks the database once more for it."""
    has_one = Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS))
    is_asked = Q(Exists(Membership.objects.filter(user=OuterRef("pk"), organization__requires_mfa=True)))
    if settings.STAFF_MFA:
        is_asked |= Q(is_staff=True)
    missing: Any = Q(is_asked & ~Q(has_one))
    return users.annotate(second_factor_missing=missing | Q(Value(False)))


class Backend(AuthenticationBackend):  # type: ignore[misc]
    def get_user(self, user_id: Any) -> User | None:
        with walls.loaded(user_id):
            user = with_second_factor(User.objects.filter(pk=user_id)).first()
        return user if user and self.user_can_authenticate(user) else None

    async def aget_user(self, user_id: Any) -> User | None:
        with walls.loaded(user_id):
            user = await with_second_factor(User.objects.filter(pk=user_id)).afirst()
        return user if user and self.user_can_authenticate(user) else None
