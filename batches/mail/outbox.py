"""Sending what waits in the outbox, each mail under its own row lock; what is refused goes again later."""

import logging
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from batches import faults
from batches.mail import unsubscribing
from batches.models import OutboxMail

logger = logging.getLogger(__name__)

INVITATION = "invitation"
MAX_ATTEMPTS = 8
FIRST_RETRY_S = 30


def send_waiting(limit: int = 50) -> int:
    """How many went out."""
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


def letter_of(message: OutboxMail) -> EmailMultiAlternatives:
    headers = {"Message-ID": message.message_id} | unsubscribing.headers(message.to, message.kind)
    letter = EmailMultiAlternatives(message.subject, message.text, to=[message.to], headers=headers)
    if message.html:
        letter.attach_alternative(message.html, "text/html")
    return letter


def send(message: OutboxMail) -> bool:
    """Hand one mail to the server; what fails waits twice as long each time."""
    message.attempts += 1
    try:
        letter_of(message).send()
    except OSError as error:
        wait = timedelta(seconds=FIRST_RETRY_S * 2 ** (message.attempts - 1))
        message.next_attempt_at, message.last_error = timezone.now() + wait, str(error)[:300]
        message.save(update_fields=["attempts", "next_attempt_at", "last_error"])
        logger.warning("Mail %s waits for another try: %s", message.pk, error)
        return False
    faults.strike("after_mail_before_mark")
    message.sent_at = timezone.now()
    if message.kind == INVITATION and not settings.DEBUG:
        # Its link lets somebody in, so it is in that person's mail alone.
        message.text = message.html = ""
    message.save(update_fields=["attempts", "sent_at", "text", "html"])
    if message.batch:
        audit.record(
            message.batch.project, "mail.sent", target=message.batch_id, batch=message.batch_id,
            message=f"Sent {message.kind}",
        )  # fmt: skip
    return True
