"""A letter: a subject, a text and an HTML part of three templates, as a row of the outbox."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import User
from batches.mail import unsubscribing, wishes
from batches.models import Batch, OutboxMail
from nimbus import ids


def write(
    name: str,
    user: User,
    context: dict[str, Any],
    *,
    kind: str,
    organization_id: str,
    batch: Batch | None = None,
    message_id: str = "",
) -> OutboxMail:
    """`name` is that of its templates; `kind` names it in the outbox."""
    context = context | about(user, kind)
    subject = render_to_string(f"batches/mail/{name}-subject.txt", context)
    return OutboxMail(
        organization_id=organization_id,
        batch=batch,
        kind=kind,
        to=user.email,
        # A line break in a project's name must not become a header.
        subject=" ".join(subject.split())[:250],
        text=render_to_string(f"batches/mail/{name}-body.txt", context).strip() + "\n",
        html=render_to_string(f"batches/mail/{name}-body.html", context),
        message_id=f"<{message_id or ids.base32(24)}@nimbus>",
    )


def about(user: User, kind: str) -> dict[str, Any]:
    wish = wishes.kind_of(kind)
    return {
        "user": user,
        "site": settings.SITE_URL,
        "wish": wishes.KINDS[wish],
        "unsubscribe_url": unsubscribing.link(user, wish),
        "wishes_url": settings.SITE_URL + reverse("batches:wishes"),
    }


def queue(mails: list[OutboxMail]) -> int:
    """How many were not there yet."""
    before = OutboxMail.objects.filter(message_id__in=[mail.message_id for mail in mails]).count()
    OutboxMail.objects.bulk_create(mails, ignore_conflicts=True)
    after = OutboxMail.objects.filter(message_id__in=[mail.message_id for mail in mails]).count()
    return after - before
