"""Making organizations and putting people into them."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_noop as _

from accounts import audit
from accounts.models import DataExport, Membership, Organization, User
from accounts.models.organization import Role
from nimbus import ids, walls
from nimbus.errors import StateError

# So long an owner may think better of it.
GRACE = timedelta(days=14)


class NoExportError(StateError):
    code = "export_missing"
    message = _("Take a copy first: press Export, wait until it is here, then delete.")


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


@transaction.atomic
def ask_deletion(organization: Organization, by: User) -> None:
    """Close it now, erase it after the grace; only with a copy of everything at hand."""
    copies = DataExport.objects.filter(organization_id=organization.id, status=DataExport.Status.READY)
    if not copies.filter(expires_at__gt=timezone.now()).exists():
        raise NoExportError
    organization.delete_after = timezone.now() + GRACE
    organization.save(update_fields=["delete_after"])
    after = organization.delete_after.isoformat(timespec="seconds")
    audit.record(
        organization, "organization.deletion_asked", actor=by, target=organization, data={"after": after}
    )


@transaction.atomic
def withdraw_deletion(organization: Organization, by: User) -> None:
    mine = Organization.objects.filter(id=organization.id, delete_after__isnull=False)
    if mine.update(delete_after=None):
        audit.record(organization, "organization.deletion_withdrawn", actor=by, target=organization)


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
