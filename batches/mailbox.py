"""Where mail goes when no mail server is set: into the outbox, where development shows it."""

from collections.abc import Sequence
from email.utils import make_msgid
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from batches.models import OutboxMail
from nimbus import walls


class MailboxBackend(BaseEmailBackend):
    """Keeps each message as sent. One that came out of the outbox is there already and stays one."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        # Sent before anybody has signed in, too.
        with walls.joined(walls.MAIL):
            for message in email_messages:
                keep(message)
        return len(email_messages)


def keep(message: EmailMessage) -> None:
    alternatives: list[Any] = getattr(message, "alternatives", [])
    html = next((part.content for part in alternatives if part.mimetype == "text/html"), "")
    message_id = message.extra_headers.get("Message-ID") or make_msgid(domain="nimbus")
    for address in message.to:
        OutboxMail.objects.get_or_create(
            message_id=message_id,
            defaults={
                "kind": "account",
                "to": address,
                "subject": str(message.subject)[:250],
                "text": str(message.body),
                "html": str(html),
                "attempts": 1,
                "sent_at": timezone.now(),
            },
        )
