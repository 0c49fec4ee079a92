"""Django's mailer from SMTP_URL: `smtp://user:password@host:587?tls=1`, or `smtps://…` for port 465."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def mailer(url: str, *, is_development: bool) -> dict[str, Any]:
    """Raises ImproperlyConfigured where mail would silently stay in the outbox."""
    if not url and not is_development:
        raise ImproperlyConfigured(
            "SMTP_URL is empty: no mail would leave. Set it, or DEBUG=1 on a development machine."
        )
    if not url:
        return {"BACKEND": "batches.mailbox.MailboxBackend"}
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ImproperlyConfigured("SMTP_URL must look like smtp://user:password@host:587?tls=1.")
    secure = parts.scheme == "smtps"
    options: dict[str, Any] = {
        "host": parts.hostname,
        "port": parts.port or (465 if secure else 25),
        "use_ssl": secure,
        "use_tls": dict(parse_qsl(parts.query)).get("tls") == "1",
        "timeout": 15,
    }
    if parts.username:
        options |= {"username": unquote(parts.username), "password": unquote(parts.password or "")}
    return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}
