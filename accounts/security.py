"""What allauth and Django tell of signing in, written into the audit chain of the person it is about."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.socialaccount import signals as social
from django.contrib.auth import signals as auth
from django.db import transaction
from django.dispatch import receiver

from accounts import audit
from accounts.models import User


@transaction.atomic
def tell(user: User, action: str, **data: Any) -> None:
    audit.record(user, action, actor=user, target=user, data=data)


@transaction.atomic
def warn(user: User, action: str) -> None:
    """Somebody tried; nobody knows who."""
    audit.record(user, action, target=user, level="warn")


@receiver(account.user_signed_up)
def signed_up(user: User, sociallogin: Any = None, **kwargs: Any) -> None:
    tell(user, "user.signed_up", by=sociallogin.account.provider if sociallogin else "email")


@receiver(auth.user_logged_in)
def logged_in(user: User, **kwargs: Any) -> None:
    tell(user, "user.signed_in")


@receiver(account.authentication_step_completed)
def confirmed(user: User, method: str, reauthenticated: bool = False, **kwargs: Any) -> None:
    if reauthenticated:
        tell(user, "user.confirmed", by=method)


@receiver(auth.user_logged_out)
def logged_out(user: User | None, **kwargs: Any) -> None:
    if user is not None:
        tell(user, "user.signed_out")


@receiver(auth.user_login_failed)
def login_failed(credentials: dict[str, Any], **kwargs: Any) -> None:
    """Told to whom the address belongs; of an address that nobody has nothing is kept."""
    email = str(credentials.get("email") or credentials.get("username") or "").replace("\x00", "")
    user = User.objects.filter(email__iexact=email).first()
    if user:
        warn(user, "user.sign_in_refused")


@receiver(account.password_changed)
def password_changed(user: User, **kwargs: Any) -> None:
    tell(user, "password.changed")


@receiver(account.password_reset)
def password_reset(user: User, **kwargs: Any) -> None:
    tell(user, "password.reset")


@receiver(account.password_set)
def password_set(user: User, **kwargs: Any) -> None:
    tell(user, "password.set")


@receiver(account.email_confirmed)
def email_confirmed(email_address: Any, **kwargs: Any) -> None:
    tell(email_address.user, "email.confirmed")


@receiver(account.email_added)
def email_added(user: User, **kwargs: Any) -> None:
    tell(user, "email.added")


@receiver(account.email_changed)
def email_changed(user: User, **kwargs: Any) -> None:
    tell(user, "email.changed")


@receiver(account.email_removed)
def email_removed(user: User, **kwargs: Any) -> None:
    tell(user, "email.removed")


@receiver(mfa.authenticator_added)
def authenticator_added(user: User, authenticator: Any, **kwargs: Any) -> None:
    tell(user, "authenticator.added", type=authenticator.type)


@receiver(mfa.authenticator_removed)
def authenticator_removed(user: User, authenticator: Any, **kwargs: Any) -> None:
    tell(user, "authenticator.removed", type=authenticator.type)


@receiver(mfa.authenticator_reset)
def authenticator_reset(user: User, authenticator: Any, **kwargs: Any) -> None:
    tell(user, "authenticator.reset", type=authenticator.type)


@receiver(mfa.authenticator_used)
def authenticator_used(user: User, authenticator: Any, **kwargs: Any) -> None:
    tell(user, "authenticator.used", type=authenticator.type)


@receiver(mfa.authentication_failed)
def authenticator_refused(user: User, **kwargs: Any) -> None:
    warn(user, "authenticator.refused")


@receiver(social.social_account_added)
def social_added(sociallogin: Any, **kwargs: Any) -> None:
    tell(sociallogin.user, "social_account.connected", provider=sociallogin.account.provider)


@receiver(social.social_account_removed)
def social_removed(socialaccount: Any, **kwargs: Any) -> None:
    tell(socialaccount.user, "social_account.disconnected", provider=socialaccount.provider)
