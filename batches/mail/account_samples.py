"""The mails about an account, with made-up content for the previews of development."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from batches import mailbox
from batches.models import OutboxMail

# By the name of the preview: where allauth has its templates.
TEMPLATES = {
    "confirm-address": "account/email/email_confirmation_signup",
    "confirm-another": "account/email/email_confirmation",
    "registered-already": "account/email/account_already_exists",
    "reset-password": "account/email/password_reset_key",
    **{
        name.replace("_", "-"): f"account/email/{name}"
        for name in ("password_changed", "password_reset", "password_set")
    },
    "address-changed": "account/email/email_changed",
    "address-confirmed": "account/email/email_confirm",
    "address-removed": "account/email/email_deleted",
    **{
        name.replace("_", "-"): f"mfa/email/{name}"
        for name in (
            "totp_activated", "totp_deactivated", "webauthn_added", "webauthn_removed",
            "recovery_codes_generated",
        )
    },
    "login-connected": "socialaccount/email/account_connected",
    "login-removed": "socialaccount/email/account_disconnected",
}  # fmt: skip


def make(name: str, user: User) -> OutboxMail:
    link = f"{settings.SITE_URL}/account/…"
    context: dict[str, Any] = {
        "email": user.email,
        "activate_url": link,
        "password_reset_url": link,
        "signup_url": link,
        "from_email": user.email,
        "to_email": "dora@harbour.example",
        "deleted_email": "dora@harbour.example",
        "provider": "Google",
        "ip": "192.0.2.1",
        "user_agent": f"Firefox, at {urlsplit(settings.SITE_URL).netloc}",
        "timestamp": timezone.now(),
    }
    return OutboxMail(**mailbox.written(get_adapter().render_mail(TEMPLATES[name], user.email, context)))
