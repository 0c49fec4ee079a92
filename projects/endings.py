"""Mail to owners whose keys still use what of the API is going to end: once for each ending."""

from django.conf import settings
from django.template.loader import render_to_string

from accounts.models import Organization, User
from accounts.models.organization import Role
from nimbus import limits
from nimbus.deprecations import DEPRECATED, REFERENCE, Deprecation
from nimbus.letters import Letter

DAY_S = 24 * 3600


def is_new(organization_id: str, method: str, route: str) -> bool:
    """Whether nobody noticed this use today. Without Valkey it is not: another day will do."""
    bucket = limits.Bucket("ending", f"{organization_id}:{method}:{route}", 1, DAY_S)
    try:
        return limits.take([bucket]) is not None
    except limits.RateLimitedError:
        return False


def tell(organization_id: str, method: str, route: str, path: str) -> int:
    """How many were written to; the outbox keeps one mail of a name, however often this is called."""
    organization = Organization.objects.get(id=organization_id)
    ending = DEPRECATED[method, route]
    owners = User.objects.filter(
        memberships__organization=organization, memberships__role=Role.OWNER, is_active=True
    )
    letters = [letter(organization, owner, ending, f"{method} {path}", route) for owner in owners]
    for each in letters:
        each.queue()
    return len(letters)


def letter(organization: Organization, owner: User, ending: Deprecation, used: str, route: str) -> Letter:
    context = {
        "organization": organization,
        "ending": ending,
        "used": used,
        "url": settings.SITE_URL + REFERENCE,
    }
    written = Letter(
        f"A part of the Nimbus API that {organization.name} uses ends on {ending.end:%-d %B %Y}",
        render_to_string("projects/mail/ending.txt", context),
        to=[owner.email],
        kind="api_ending",
        organization_id=organization.id,
        name=f"ending-{route}-{ending.since}-{organization.id}-{owner.id}",
    )
    written.attach_alternative(render_to_string("projects/mail/ending.html", context), "text/html")
    return written
