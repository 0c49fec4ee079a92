"""A mail that waits in the outbox: written by any app in the transaction of its cause, sent by `batches`."""

from typing import Any

from django.core.mail import EmailMultiAlternatives

# The mailer of settings.MAILERS that writes the mail down.
OUTBOX = "outbox"


class Letter(EmailMultiAlternatives):
    """A mail that knows its kind and whose it is; the same `name` twice is one mail."""

    def __init__(self, subject: str, body: str, *, kind: str, organization_id: str, name: str, **more: Any):
        # Names of people and organizations stand in it; a line break would begin another header.
        super().__init__(" ".join(subject.split()), body, headers={"Message-ID": f"<{name}@nimbus>"}, **more)
        self.kind, self.organization_id = kind, organization_id

    def queue(self) -> None:
        self.send(using=OUTBOX)
