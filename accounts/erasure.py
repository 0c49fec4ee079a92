"""Erasing an organization or a person: rows, files and cache. The audit chain stays, without its texts."""

from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from accounts import audit, chains, exports
from accounts.members import LastOwnerError
from accounts.models import AuditChain, AuditEvent, DataExport, Invitation, Organization, User
from accounts.models.organization import Role
from nimbus import artifacts, sessions

# Has to stay: it says by its own hashes what was done, and holds no text afterwards.
KEPT = (AuditChain, AuditEvent)


def erase_due() -> int:
    """What was asked for and whose time has come; how many organizations and people."""
    due = Organization.objects.filter(delete_after__lte=timezone.now())
    people = User.objects.filter(erase_asked_at__isnull=False)
    erased = 0
    for organization in due:
        erase_organization(organization)
        erased += 1
    for user in people:
        erase_person(user)
        erased += 1
    return erased


@transaction.atomic
def erase_organization(organization: Organization) -> None:
    for chain in AuditChain.objects.filter(organization_id=organization.id).order_by("id"):
        chains.erase(chain, "organization")
    for model in leaves_first(exports.tenant_models()):
        if model not in KEPT:
            rows = model._base_manager.filter(organization_id=organization.id)
            rows._raw_delete(rows.db)
    audit.record(organization, "organization.erased", target=organization.id)
    tenant = organization.id
    Organization.objects.filter(id=tenant)._raw_delete("default")
    transaction.on_commit(lambda: forget(tenant))


def leaves_first(wanted: list[Any]) -> list[Any]:
    """Tables in an order in which each goes before those that it points to."""
    ordered: list[Any] = []
    waiting = set(wanted)

    def visit(model: Any) -> None:
        if model not in waiting:
            return
        waiting.discard(model)
        for other in wanted:
            if any(field.related_model is model for field in other._meta.fields if field.is_relation):
                visit(other)
        ordered.append(model)

    for model in wanted:
        visit(model)
    return ordered


def ask_person(user: User) -> None:
    """The account is closed now and erased by a worker. Raises LastOwnerError."""
    check_alone(user)
    user.is_active, user.erase_asked_at = False, timezone.now()
    user.save(update_fields=["is_active", "erase_asked_at"])


def check_alone(user: User) -> None:
    """An organization in which others are left behind needs another owner first."""
    for membership in user.memberships.filter(role=Role.OWNER).select_related("organization"):
        others = membership.organization.memberships.exclude(user=user)
        if others.exists() and not others.filter(role=Role.OWNER).exists():
            raise LastOwnerError


@transaction.atomic
def erase_person(user: User) -> None:
    """With the organizations that are nobody else's."""
    check_alone(user)
    for membership in user.memberships.select_related("organization"):
        if membership.organization.memberships.count() == 1:
            erase_organization(membership.organization)
    addresses = {user.email, *user.emailaddress_set.values_list("email", flat=True)}  # type: ignore[attr-defined]
    for address in addresses:
        Invitation.objects.filter(email__iexact=address).delete()
        apps.get_model("batches", "OutboxMail")._base_manager.filter(to__iexact=address).delete()
    end_sessions(user)
    for export in DataExport.objects.filter(user=user):
        exports_of(export.organization_id or user.id)
    audit.record(user, "user.erased", target=user.id)
    chains.erase(user, "person")
    person = user.id
    user.delete()
    transaction.on_commit(lambda: forget(person))


def end_sessions(user: User) -> None:
    for session in Session.objects.all().iterator():
        if sessions.content_of(session).get("_auth_user_id") == user.id:
            session.delete()


@transaction.atomic
def drop_export(export: DataExport) -> None:
    """A copy whose time is over, and its file."""
    key = export.key
    export.delete()
    if key and not DataExport.objects.filter(key=key).exists():
        transaction.on_commit(lambda: artifacts.delete(key))


def exports_of(owner: str) -> None:
    artifacts.delete_all(f"{owner}/exports/")


def forget(owner: str, folder: str = "") -> None:
    """Files and cache; after the commit, since neither comes back."""
    artifacts.delete_all(folder or f"{owner}/")
    cache = redis.Redis.from_url(settings.REDIS_URL)
    try:
        for key in cache.scan_iter(match=f"*{owner}*"):
            cache.delete(key)
    except redis.RedisError:
        # Limits and locks end by themselves within minutes.
        return
