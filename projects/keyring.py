"""Issuing, rolling and revoking API keys, each with its event in the audit trail."""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from accounts import audit
from accounts.models import User
from nimbus.errors import StateError
from projects.models import APIKey, Project

# So long both keys work after a roll.
OVERLAP_HOURS = (0, 1, 24, 72, 168)


class AlreadyIssuedError(StateError):
    code = "key_already_issued"
    message = _("This key was issued already, and a key is shown once. Revoke it and issue another one.")


class KeyStateError(StateError):
    code = "key_state"


@transaction.atomic
def issue(
    project: Project,
    by: User,
    *,
    name: str,
    kind: str = "live",
    scopes: list[str] | None = None,
    expires_at: datetime | None = None,
    networks: list[str] | None = None,
    form_token: str | None = None,
) -> tuple[APIKey, str]:
    """A key and its secret. `form_token` names the form that was sent: sent twice, it issues once."""
    fields: dict[str, Any] = {"scopes": scopes} if scopes else {}
    try:
        with transaction.atomic():
            key, secret = APIKey.objects.issue(
                project.organization, name, project=project, kind=kind, by=by, expires_at=expires_at,
                networks=networks or [], form_token=form_token, **fields,
            )  # fmt: skip
    except IntegrityError:
        raise AlreadyIssuedError from None
    data = {"kind": kind, "scopes": key.scopes, "networks": key.networks}
    audit.record(project, "api_key.issued", actor=by, target=key, message=f"Issued {key}", data=data)
    return key, secret


@transaction.atomic
def roll(key: APIKey, by: User, hours: int, form_token: str | None = None) -> tuple[APIKey, str]:
    """A second key that may the same; the first one works for so many hours more, to be replaced in peace."""
    locked = APIKey.objects.select_for_update(no_key=True).get(id=key.id)
    if not locked.is_usable or locked.project is None:
        raise KeyStateError(_("This key works no more, so there is nothing to roll. Issue a new one."))
    fresh, secret = issue(
        locked.project, by, name=locked.name, kind=locked.kind, scopes=locked.scopes,
        networks=locked.networks, form_token=form_token,
    )  # fmt: skip
    end = timezone.now() + timedelta(hours=hours)
    locked.expires_at = min(locked.expires_at, end) if locked.expires_at else end
    locked.replaced_by = fresh
    locked.save(update_fields=["expires_at", "replaced_by"])
    audit.record(
        locked.project, "api_key.rolled", actor=by, target=locked, data={"hours": hours, "to": fresh.id}
    )
    return fresh, secret


@transaction.atomic
def revoke(key: APIKey, by: User) -> bool:
    """False when it was revoked already."""
    revoked = key.revoke()
    if revoked:
        where = key.project or key.organization
        audit.record(where, "api_key.revoked", actor=by, target=key, message=f"Revoked {key}")
    return revoked
