"""The batch report by mail, through an outbox that commits together with its cause."""

import logging
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone

from accounts import audit, heads
from accounts.models import User
from batches import faults
from batches.models import Batch, OutboxMail, PageRun, Suggestion
from nimbus import ids

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
FIRST_RETRY_S = 30


def queue_report(batch: Batch) -> int:
    """Write the report to everyone in the organization who wants it, once a batch; returns how many."""
    batch.refresh_from_db()
    context = describe(batch)
    recipients = User.objects.filter(
        memberships__organization_id=batch.organization_id, is_active=True
    ).distinct()
    mails = [
        mail(batch, user, context) for user in recipients if user.notifications.get("batch_report", True)
    ]
    return len(OutboxMail.objects.bulk_create(mails, ignore_conflicts=True))


def mail(batch: Batch, user: User, context: dict[str, object]) -> OutboxMail:
    context = {**context, "user": user}
    subject = render_to_string("batches/mail/report-subject.txt", context)
    return OutboxMail(
        organization_id=batch.organization_id,
        batch=batch,
        kind="batch_report",
        to=user.email,
        # A line break in a project's name must not become a header.
        subject=" ".join(subject.split())[:250],
        text=render_to_string("batches/mail/report-body.txt", context),
        html=render_to_string("batches/mail/report-body.html", context),
        message_id=f"<{ids.base32(24)}@nimbus>",
    )


def describe(batch: Batch) -> dict[str, object]:
    """What the three templates show."""
    examples = (
        Suggestion.objects.filter(batch=batch, level=Suggestion.Level.PASS)
        .exclude(text="")
        .select_related("page")
        .order_by("-confidence", "id")[:3]
    )
    errors = PageRun.objects.filter(batch=batch, status=PageRun.Status.FAILED).select_related("page")[:5]
    return {
        "batch": batch,
        "project": batch.project,
        "examples": list(examples),
        "errors": list(errors),
        "cost_usd": batch.cost_microdollars / 1_000_000,
        "url": f"{settings.SITE_URL}/batches/{batch.id}",
        "bar": shares(batch),
        "head": heads.of(batch.project_id),
    }


def shares(batch: Batch) -> list[tuple[str, int]]:
    """Colour and whole percent of each part of the mail's bar."""
    total = max(batch.page_count, 1)
    parts = (("#1f8a4d", batch.done_count), ("#83868d", batch.skipped_count), ("#cf3434", batch.failed_count))
    return [(colour, max(1, round(100 * count / total))) for colour, count in parts if count]


def send_outbox(limit: int = 50) -> int:
    """Send what waits, each mail under its own row lock; returns how many went out."""
    sent = 0
    for _ in range(limit):
        with transaction.atomic():
            waiting = OutboxMail.objects.select_for_update(skip_locked=True).filter(
                Q(next_attempt_at=None) | Q(next_attempt_at__lte=timezone.now()),
                sent_at=None,
                attempts__lt=MAX_ATTEMPTS,
            )
            message = waiting.order_by("id").first()
            if message is None:
                break
            sent += send(message)
    return sent


def send(message: OutboxMail) -> bool:
    """Hand one mail to the server; what fails waits twice as long each time."""
    letter = EmailMultiAlternatives(
        message.subject, message.text, to=[message.to], headers={"Message-ID": message.message_id}
    )
    if message.html:
        letter.attach_alternative(message.html, "text/html")
    message.attempts += 1
    try:
        letter.send()
    except OSError as error:
        wait = timedelta(seconds=FIRST_RETRY_S * 2 ** (message.attempts - 1))
        message.next_attempt_at, message.last_error = timezone.now() + wait, str(error)[:300]
        message.save(update_fields=["attempts", "next_attempt_at", "last_error"])
        logger.warning("Mail %s waits for another try: %s", message.pk, error)
        return False
    faults.strike("after_mail_before_mark")
    message.sent_at = timezone.now()
    message.save(update_fields=["attempts", "sent_at"])
    if message.batch:
        audit.record(
            message.batch.project, "mail.sent", target=message.batch_id, batch=message.batch_id,
            message=f"Sent {message.kind}",
        )  # fmt: skip
    return True
