"""Who belongs to an organization, and who may change that.

| act | owner | admin | editor, viewer |
|---|---|---|---|
| invite, remove or change an admin, editor or viewer | yes | yes | |
| make or unmake an owner, hand over the organization | yes | | |
| leave | unless the last owner | yes | yes |
"""

import secrets as random
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from accounts import audit
from accounts.models import Invitation, Membership, Organization, User
from accounts.models.organization import Role
from accounts.visitors import MANAGERS
from nimbus import secrets, walls
from nimbus.errors import ForbiddenError, InvalidError, NotFoundError, StateError
from nimbus.letters import Letter

VALID_FOR = timedelta(days=7)
MOST_OPEN = 100


class LastOwnerError(StateError):
    code = "last_owner"
    message = _("An organization keeps at least one owner. Make somebody else an owner first.")


class InvitationError(NotFoundError):
    """Expired, used or withdrawn; an answer doesn't tell which."""

    code = "invitation_void"
    message = _("This invitation does not hold any more. Ask for a new one.")


class OtherAddressError(ForbiddenError):
    code = "invitation_address"


def lock(organization: Organization) -> None:
    """Changes of members wait for each other, so that two owners can't unmake one another."""
    Organization.objects.select_for_update(no_key=True).get(id=organization.id)


def check_rank(organization: Organization, by: User, *roles: str) -> None:
    """Whether `by` may give or take these roles."""
    rank = organization.role_of(by)
    if rank not in MANAGERS or (Role.OWNER in roles and rank != Role.OWNER):
        raise ForbiddenError(
            _("Only an owner may do this.") if rank in MANAGERS else _("Your role does not allow this.")
        )


@transaction.atomic
def invite(organization: Organization, email: str, role: str, by: User) -> Invitation:
    """Send an invitation; a second one to the same address replaces the first."""
    lock(organization)
    check_rank(organization, by, role)
    email = email.strip().lower()
    if role not in Role.values or role == Role.OWNER:
        raise InvalidError(_("Invite an admin, an editor or a viewer; make an owner later."), field="role")
    if organization.memberships.filter(user__email__iexact=email).exists():
        raise InvalidError(_("This person is a member already."), field="email")
    drop(organization.invitations.filter(email__iexact=email, accepted_at=None))
    if organization.invitations.filter(accepted_at=None, expires_at__gt=timezone.now()).count() >= MOST_OPEN:
        raise InvalidError(
            _("Only %(most_open)s invitations may be open. Withdraw some."),
            field="email",
            most_open=MOST_OPEN,
        )
    token = random.token_urlsafe(32)
    invitation = Invitation.objects.create(
        organization=organization,
        email=email,
        role=role,
        token_digest=secrets.digest(token),
        invited_by=by,
        expires_at=timezone.now() + VALID_FOR,
    )
    audit.record(organization, "invitation.sent", actor=by, target=str(invitation.pk), data={"role": role})
    letter(invitation, settings.SITE_URL + reverse("accounts:invitation", args=[token])).queue()
    return invitation


def letter(invitation: Invitation, url: str) -> Letter:
    context = {"invitation": invitation, "url": url}
    written = Letter(
        f"Join {invitation.organization.name} on Nimbus",
        render_to_string("accounts/mail/invitation.txt", context),
        to=[invitation.email],
        kind="invitation",
        organization_id=invitation.organization_id,
        name=mail_name(invitation),
    )
    written.attach_alternative(render_to_string("accounts/mail/invitation.html", context), "text/html")
    return written


def mail_name(invitation: Invitation) -> str:
    # With its time, since a row's number may come again on a restored database.
    return f"invitation-{invitation.pk}-{invitation.expires_at:%Y%m%d%H%M%S}"


def drop(invitations: QuerySet[Invitation]) -> None:
    """With what still waits to tell of them: a mail must not come whose link is dead."""
    names = [f"<{mail_name(invitation)}@nimbus>" for invitation in invitations]
    mails = apps.get_model("batches", "OutboxMail")._base_manager
    mails.filter(message_id__in=names, sent_at=None).delete()
    invitations.delete()


def invitation_of(token: str) -> Invitation:
    """Raises InvitationError for an unknown, expired, used or withdrawn one alike."""
    digest = secrets.digest(token)
    waiting = Invitation.objects.filter(token_digest=digest, accepted_at=None, expires_at__gt=timezone.now())
    with walls.shown(digest):
        tenant = waiting.values_list("organization_id", flat=True).first() or ""
    with walls.joined(tenant):
        found = waiting.select_related("organization", "invited_by").first()
    if found is None:
        raise InvitationError
    return found


@transaction.atomic
def accept(token: str, user: User) -> Membership:
    """Join. The link alone is not enough: it was meant for one address."""
    invitation = invitation_of(token)
    if not owns_address(user, invitation.email):
        raise OtherAddressError(
            _("This invitation is for another address than %(email)s. Sign in with that one, confirmed."),
            email=user.email,
        )
    with walls.joined(invitation.organization_id):
        return join(invitation, user)


def join(invitation: Invitation, user: User) -> Membership:
    lock(invitation.organization)
    taken = Invitation.objects.filter(id=invitation.pk, accepted_at=None).update(accepted_at=timezone.now())
    if not taken:
        raise InvitationError
    membership, is_new = Membership.objects.get_or_create(
        organization=invitation.organization, user=user, defaults={"role": invitation.role}
    )
    if is_new:
        tell(membership, "member.joined", user)
    return membership


def owns_address(user: User, email: str) -> bool:
    return user.email.lower() == email.lower() or any(
        address.verified and address.email.lower() == email.lower()
        for address in user.emailaddress_set.all()  # type: ignore[attr-defined]
    )


@transaction.atomic
def withdraw(invitation: Invitation, by: User) -> None:
    check_rank(invitation.organization, by)
    audit.record(invitation.organization, "invitation.withdrawn", actor=by, target=str(invitation.pk))
    drop(Invitation.objects.filter(pk=invitation.pk))


@transaction.atomic
def change_role(membership: Membership, role: str, by: User) -> None:
    if role not in Role.values:
        raise InvalidError(_("A role is one of %(roles)s."), field="role", roles=", ".join(Role.values))
    lock(membership.organization)
    current(membership)
    if membership.role == role:
        return
    check_rank(membership.organization, by, membership.role, role)
    keep_an_owner(membership)
    was, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    tell(membership, "member.role_changed", by, {"from": was, "to": role})


@transaction.atomic
def transfer(membership: Membership, by: User) -> None:
    """Make another member the owner in one's own place; the former owner stays as an admin."""
    lock(membership.organization)
    current(membership)
    own = Membership.objects.filter(organization=membership.organization, user=by, role=Role.OWNER).first()
    if own is None or own.pk == membership.pk:
        raise ForbiddenError(_("Only an owner can hand over, and to somebody else."))
    membership.role, own.role = Role.OWNER, Role.ADMIN
    membership.save(update_fields=["role"])
    own.save(update_fields=["role"])
    tell(membership, "organization.transferred", by, {"from": by.id})


@transaction.atomic
def remove(membership: Membership, by: User) -> None:
    """Take a member out, or leave oneself. It holds from their next request on."""
    lock(membership.organization)
    current(membership)
    if membership.user_id != by.id:
        check_rank(membership.organization, by, membership.role)
    keep_an_owner(membership)
    tell(membership, "member.left" if membership.user_id == by.id else "member.removed", by)
    membership.delete()


def current(membership: Membership) -> None:
    """What it is under the lock, not what somebody saw before."""
    try:
        membership.refresh_from_db(fields=["role"])
    except Membership.DoesNotExist:
        raise NotFoundError from None


def keep_an_owner(membership: Membership) -> None:
    if membership.role != Role.OWNER:
        return
    others = Membership.objects.filter(organization=membership.organization, role=Role.OWNER)
    if not others.exclude(pk=membership.pk).exists():
        raise LastOwnerError


def tell(membership: Membership, action: str, by: User, data: dict[str, Any] | None = None) -> None:
    data = {"role": membership.role, **(data or {})}
    audit.record(membership.organization, action, actor=by, target=membership.user_id, data=data)
