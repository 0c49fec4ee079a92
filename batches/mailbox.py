"""Mailers that write into the outbox: what waits there to be sent, and, without a server, what was sent."""

from collections.abc import Sequence
from email.utils import make_msgid
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from batches.models import OutboxMail
from nimbus import walls
from nimbus.letters import Letter


class OutboxBackend(BaseEmailBackend):
    """Writes letters down together with their cause; the outbox sends them, again where it has to."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        letters = [message for message in email_messages if isinstance(message, Letter)]
        rows = [OutboxMail(**written(letter), organization_id=letter.organization_id) for letter in letters]
        return len(OutboxMail.objects.bulk_create(rows, ignore_conflicts=True))


class MailboxBackend(BaseEmailBackend):
    """Keeps each message as sent. One that came out of the outbox is there already and stays one."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        # Sent before anybody has signed in, too.
        with walls.joined(walls.MAIL):
            for message in email_messages:
                keep(message)
        return len(email_messages)


def keep(message: EmailMessage) -> None:
    fields = written(message) | {"attempts": 1, "sent_at": timezone.now()}
    OutboxMail.objects.get_or_create(message_id=fields.pop("message_id"), defaults=fields)


def written(message: EmailMessage) -> dict[str, Any]:
    """A mail is to one person."""
    alternatives: list[Any] = getattr(message, "alternatives", [])
    (address,) = message.to
    return {
        "kind": getattr(message, "kind", "account"),
        "to": address,
        # A line break in a name must not become a header.
        "subject": " ".join(str(message.subject).split())[:250],
        "text": str(message.body),
        "html": next((str(part.content) for part in alternatives if part.mimetype == "text/html"), ""),
        "message_id": message.extra_headers.get("Message-ID") or make_msgid(domain="nimbus"),
    }
