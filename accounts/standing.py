"""Whether an organization may start anything: one of its people is known, and nobody stopped it."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils.translation import gettext_noop

from accounts.models import Organization, User
from nimbus.errors import ForbiddenError


class EmailUnverifiedError(ForbiddenError):
    code = "email_unverified"
    message = gettext_noop(
        "Confirm your email address first: the link is in the mail that you got when you signed up."
    )


class OrganizationClosedError(ForbiddenError):
    code = "organization_closed"


def require_open(organization: Organization) -> None:
    """Raises OrganizationClosedError while support paused the organization, or its owner deletes it."""
    if organization.delete_after:
        raise OrganizationClosedError(
            gettext_noop(
                "This organization is being deleted. An owner can keep it, on its page in the dashboard."
            )
        )
    if organization.paused_at:
        raise OrganizationClosedError(
            gettext_noop("Support paused this organization. Answer our mail to go on.")
        )


def require_verified(organization: Organization) -> None:
    """Raises EmailUnverifiedError. Signing in asks for the same; keys and scripts come in by other doors."""
    if settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory":
        return
    members = organization.memberships.values("user")
    if not EmailAddress.objects.filter(user__in=members, verified=True).exists():
        raise EmailUnverifiedError


def vouch(user: User) -> None:
    """The operator made this account and knows the address."""
    address, _ = EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"primary": True, "verified": True}
    )
    if not address.verified:
        EmailAddress.objects.filter(pk=address.pk).update(verified=True)
