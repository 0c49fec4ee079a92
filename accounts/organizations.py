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


def create_personal(user: User) -> Organization:
    return create(user.name or user.email.partition("@")[0], user)
