"""Where events go: making, changing and switching off endpoints."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from accounts import audit
from accounts.models import User
from accounts.visitors import MANAGERS
from batches.mail import letters, wishes
from batches.models import OutboxMail, WebhookDelivery, WebhookEndpoint
from batches.webhooks import signing
from nimbus import net, secrets
from nimbus.errors import InvalidError, StateError
from projects.models import Project

# How long the secret before a rotation still signs.
OVERLAP = timedelta(hours=24)
MOST = 20


@transaction.atomic
def create(project: Project, by: Any, url: str, events: Iterable[str]) -> tuple[WebhookEndpoint, str]:
    """A new endpoint and its secret. Raises InvalidError, AddressRefusedError and UnreachableError."""
    events = sorted(set(events))
    if not events:
        raise InvalidError(_("Choose at least one event."), field="events")
    if project.webhooks.count() >= MOST:
        raise InvalidError(
            _("A project has at most %(most)s endpoints. Delete one first."), field="url", most=MOST
        )
    net.resolve(net.check_url(url))
    secret = signing.new_secret()
    endpoint = WebhookEndpoint.objects.create(
        organization=project.organization,
        project=project,
        url=url,
        events=events,
        secret_ciphertext=secrets.encrypt(secret),
    )
    audit.record(project, "webhook.created", actor=by, target=endpoint, data={"url": url, "events": events})
    return endpoint, secret


def for_callback(project: Project, url: str, by: Any) -> WebhookEndpoint:
    """The endpoint behind a batch's `callback_url`; rotating its secret shows one."""
    net.check_url(url, field="callback_url")
    endpoint, is_new = WebhookEndpoint.objects.get_or_create(
        project=project,
        url=url,
        is_callback=True,
        defaults={
            "organization": project.organization,
            "secret_ciphertext": secrets.encrypt(signing.new_secret()),
        },
    )
    if is_new:
        audit.record(project, "webhook.created", actor=by, target=endpoint, data={"url": url})
    return endpoint


@transaction.atomic
def rotate(endpoint: WebhookEndpoint, by: Any) -> str:
    """A new secret; the old one signs beside it for a day."""
    secret = signing.new_secret()
    endpoint.previous_ciphertext = endpoint.secret_ciphertext
    endpoint.previous_until = timezone.now() + OVERLAP
    endpoint.secret_ciphertext = secrets.encrypt(secret)
    endpoint.save(update_fields=["previous_ciphertext", "previous_until", "secret_ciphertext"])
    tell(endpoint, "webhook.rotated", by)
    return secret


def secrets_of(endpoint: WebhookEndpoint) -> list[str]:
    """The secrets that sign now, the newest first."""
    found = [bytes(endpoint.secret_ciphertext)]
    if endpoint.previous_until and endpoint.previous_until > timezone.now():
        found.append(bytes(endpoint.previous_ciphertext))
    return [secrets.decrypt(ciphertext) for ciphertext in found]


def disable(endpoint: WebhookEndpoint, reason: str, by: Any = None) -> None:
    """Stop sending; what waits stays and goes on once it is enabled. Managers learn of it by mail."""
    mine = WebhookEndpoint.objects.filter(id=endpoint.id, disabled_at=None)
    if not mine.update(disabled_at=timezone.now(), disabled_reason=reason):
        return
    endpoint.disabled_reason = reason
    tell(endpoint, "webhook.disabled", by, {"reason": reason})
    if by is None:
        mail(endpoint)


@transaction.atomic
def enable(endpoint: WebhookEndpoint, by: Any) -> None:
    mine = WebhookEndpoint.objects.filter(id=endpoint.id).exclude(disabled_at=None)
    if mine.update(disabled_at=None, disabled_reason=""):
        tell(endpoint, "webhook.enabled", by)


@transaction.atomic
def delete(endpoint: WebhookEndpoint, by: Any) -> None:
    tell(endpoint, "webhook.deleted", by, {"url": endpoint.url})
    endpoint.delete()


@transaction.atomic
def replay(delivery: WebhookDelivery, by: Any) -> None:
    """Send it once more, with all its tries."""
    if delivery.endpoint.disabled_at:
        raise StateError(_("The endpoint is switched off. Enable it first."))
    WebhookDelivery.objects.filter(id=delivery.pk).update(
        next_attempt_at=timezone.now(), tries=0, delivered_at=None
    )
    tell(delivery.endpoint, "webhook.replayed", by, {"message_id": delivery.message_id})


def tell(endpoint: WebhookEndpoint, action: str, by: Any, data: dict[str, Any] | None = None) -> None:
    chain = endpoint.project or endpoint.organization
    audit.record(chain, action, actor=by, target=endpoint, data=data or {})


def mail(endpoint: WebhookEndpoint) -> None:
    """Tell those who can mend it."""
    managers = User.objects.filter(
        memberships__organization_id=endpoint.organization_id, memberships__role__in=MANAGERS, is_active=True
    )
    path = f"/projects/{endpoint.project_id}/webhooks" if endpoint.project_id else "/"
    context = {"endpoint": endpoint, "project": endpoint.project, "url": settings.SITE_URL + path}
    OutboxMail.objects.bulk_create(
        letters.write(
            "webhook-disabled",
            user,
            context,
            kind="webhook_disabled",
            organization_id=endpoint.organization_id,
        )
        for user in managers.distinct()
        if wishes.wants_now(user, "trouble", endpoint.project_id or "")
    )
