"""Making organizations and putting people into them."""

from django.db import transaction
from django.utils.text import slugify

from accounts import audit
from accounts.models import Membership, Organization, User
from accounts.models.organization import Role
from nimbus import ids


@transaction.atomic
def create(name: str, owner: User) -> Organization:
    """A new organization with its owner; the slug gets a random tail where it is taken."""
    slug = slugify(name)[:48] or "organization"
    if Organization.objects.filter(slug=slug).exists():
        slug = f"{slug}-{ids.base32(6)}"
    organization = Organization.objects.create(name=name, slug=slug)
    Membership.objects.create(organization=organization, user=owner, role=Role.OWNER)
    audit.record(organization, "organization.created", actor=owner, target=organization)
    return organization


@transaction.atomic
def update(organization: Organization, by: User, *, name: str, requires_mfa: bool) -> None:
    """What an owner or admin may change; each change of the second factor's rule is told by its name."""
    was, now = organization.requires_mfa, requires_mfa
    changed = ["name"] if organization.name != name else []
    organization.name, organization.requires_mfa = name, requires_mfa
    organization.save(update_fields=["name", "requires_mfa"])
    if changed:
        audit.record(
            organization, "organization.updated", actor=by, target=organization, data={"changed": changed}
        )
    if was != now:
        action = "organization.mfa_required" if now else "organization.mfa_waived"
        audit.record(organization, action, actor=by, target=organization)


def create_personal(user: User) -> Organization:
    return create(user.name or user.email.partition("@")[0], user)
