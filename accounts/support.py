"""Support looks into an organization: with a reason, for an hour at most, and in the tenant's own log."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from accounts import audit
from accounts.models import Organization, SupportVisit, User
from nimbus.errors import InvalidError

LONGEST = timedelta(minutes=60)
FEWEST_CHARACTERS, MOST_FOUND = 10, 20
# What a public id begins with, and where it may be found.
PLACES = {
    "user": ("accounts.User",),
    "org": ("accounts.Organization",),
    "proj": ("projects.Project",),
    "batch": ("batches.Batch",),
    "page": ("batches.Page",),
    "sug": ("batches.Suggestion",),
    "key": ("projects.APIKey", "accounts.ProviderKey"),
    "whk": ("batches.WebhookEndpoint",),
}


@dataclass(frozen=True)
class Found:
    kind: str
    name: str
    id: str
    organization_id: str
    url: str


@transaction.atomic
def enter(organization: Organization, staff: User, reason: str, minutes: int = 60) -> SupportVisit:
    """From now on the staff member sees this organization's rows. Raises InvalidError without a reason."""
    reason = " ".join(reason.split())[:300]
    if len(reason) < FEWEST_CHARACTERS:
        raise InvalidError(
            _("Say why, so that the organization understands it: it reads this."), field="reason"
        )
    ends_at = timezone.now() + min(timedelta(minutes=minutes), LONGEST)
    visit = SupportVisit.objects.create(
        organization_id=organization.id, staff=staff, reason=reason, ends_at=ends_at
    )
    until = ends_at.isoformat(timespec="minutes")
    audit.record(
        organization, "support.entered", actor=staff, target=organization,
        message=f"Support looks in until {until}: {reason}", data={"reason": reason, "until": until},
    )  # fmt: skip
    return visit


@transaction.atomic
def leave(visit: SupportVisit) -> None:
    if SupportVisit.objects.open().filter(pk=visit.pk).update(ends_at=timezone.now()):
        organization = Organization.objects.get(id=visit.organization_id)
        audit.record(organization, "support.left", actor=visit.staff_id, target=organization)


@transaction.atomic
def pause(organization: Organization, staff: User) -> bool:
    """Nothing new starts, and what runs is paused by the next sweep. False when it was paused already."""
    mine = Organization.objects.filter(id=organization.id, paused_at=None)
    paused = mine.update(paused_at=timezone.now()) == 1
    if paused:
        audit.record(organization, "organization.paused", actor=staff, target=organization)
    return paused


@transaction.atomic
def resume(organization: Organization, staff: User) -> bool:
    mine = Organization.objects.filter(id=organization.id, paused_at__isnull=False)
    resumed = mine.update(paused_at=None) == 1
    if resumed:
        audit.record(organization, "organization.resumed", actor=staff, target=organization)
    return resumed


def search(words: str) -> list[Found]:
    """By any public id, mail address, key prefix, or part of a name or domain."""
    words = words.strip().replace("\x00", "")
    if not words:
        return []
    if words.startswith("nmb_"):
        return found("projects.APIKey", Q(prefix=words[:16]))
    if "@" in words:
        people = found("accounts.User", Q(email__iexact=words) | Q(emailaddress__email__iexact=words))
        return people + found("accounts.Invitation", Q(email__iexact=words))
    if places := PLACES.get(words.partition("_")[0]):
        return [one for place in places for one in found(place, Q(id=words))]
    named = found("accounts.Organization", Q(name__icontains=words) | Q(slug__icontains=words))
    sites = found("projects.Project", Q(name__icontains=words) | Q(domain__icontains=words))
    return named + sites + found("accounts.User", Q(name__icontains=words))


def found(place: str, condition: Q) -> list[Found]:
    model: Any = apps.get_model(place)
    rows: models.QuerySet[Any] = model._base_manager.filter(condition).distinct()[:MOST_FOUND]
    return [describe(row) for row in rows]


def describe(row: Any) -> Found:
    meta = row._meta
    tenant = row.id if meta.label == "accounts.Organization" else getattr(row, "organization_id", "")
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    name = getattr(row, "email", "") or str(row)
    return Found(str(meta.verbose_name), name, str(row.pk), tenant, url)
