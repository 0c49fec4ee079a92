"""Making organizations and putting people into them."""

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from accounts import audit
from accounts.models import Membership, Organization, User
from accounts.models.organization import Role
from nimbus import ids, walls


@transaction.atomic
def create(name: str, owner: User) -> Organization:
    """A new organization with its owner."""
    organization = Organization(name=name, slug=slugify(name)[:48] or "organization")
    with walls.joined(organization.id):
        found(organization)
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


def found(organization: Organization) -> None:
    """Store it; the slug gets a random tail where it is taken, which nobody may look up."""
    try:
        with transaction.atomic():
            organization.save(force_insert=True)
    except IntegrityError:
        organization.slug = f"{organization.slug}-{ids.base32(6)}"
        organization.save(force_insert=True)


def create_personal(user: User) -> Organization:
    return create(user.name or user.email.partition("@")[0], user)
