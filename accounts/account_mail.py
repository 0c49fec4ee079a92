"""The mails about an account: what each says, by the name that allauth has for it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Words:
    """`told` may name what stands in allauth's context; `link` is the name of the address there."""

    subject: str
    told: tuple[str, ...]
    action: str
    link: str = ""
    after: str = ""


NOBODY = "If it was not you, do nothing: without the link nothing changes."
CONFIRM = Words(
    "Confirm your address for Nimbus",
    (
        "Somebody, you we hope, gave {email} as the address of an account on Nimbus.",
        "Confirm it, and what the account does reaches you here.",
    ),
    "Confirm this address",
    "activate_url",
    NOBODY,
)


def changed(subject: str, *told: str) -> Words:
    """Something that is done; whoever did not do it has to act."""
    return Words(
        subject, told, "It was not me: reset my password", after="If it was you, there is nothing to do."
    )


WORDS = {
    "account/email/email_confirmation": CONFIRM,
    "account/email/email_confirmation_signup": CONFIRM,
    "account/email/account_already_exists": Words(
        "You have an account on Nimbus already",
        (
            "Somebody, you we hope, wanted to make an account on Nimbus for {email}. There is one already.",
            "If you forgot its password, choose a new one.",
        ),
        "Choose a new password",
        "password_reset_url",
        NOBODY,
    ),
    "account/email/password_reset_key": Words(
        "Choose a new password for Nimbus",
        ("Somebody, you we hope, asked for a new password for your account on Nimbus.",),
        "Choose a new password",
        "password_reset_url",
        NOBODY,
    ),
    "account/email/password_changed": changed(
        "Your password was changed", "Only the new one signs you in from now on."
    ),
    "account/email/password_reset": changed(
        "Your password was reset", "A new password was set by a link that we had mailed to you."
    ),
    "account/email/password_set": changed("A password was set", "Your account has a password now."),
    "account/email/email_changed": changed(
        "Your address was changed", "You sign in as {to_email} now, and no longer as {from_email}."
    ),
    "account/email/email_confirm": changed(
        "Your address is confirmed", "Nimbus can reach you here from now on."
    ),
    "account/email/email_deleted": changed(
        "An address was removed", "{deleted_email} does not belong to your account any more."
    ),
    "mfa/email/totp_activated": changed(
        "An authenticator app was added", "Signing in asks for a code of your authenticator app from now on."
    ),
    "mfa/email/totp_deactivated": changed(
        "Your authenticator app was removed",
        "Signing in no longer asks for a code of your authenticator app.",
    ),
    "mfa/email/webauthn_added": changed(
        "A passkey was added", "A passkey or security key was added to your account."
    ),
    "mfa/email/webauthn_removed": changed(
        "A passkey was removed", "A passkey or security key was removed from your account."
    ),
    "mfa/email/recovery_codes_generated": changed(
        "You have new recovery codes", "New recovery codes were made; those from before work no more."
    ),
    "socialaccount/email/account_connected": changed(
        "A sign-in was connected", "You can sign in by {provider} from now on."
    ),
    "socialaccount/email/account_disconnected": changed(
        "A sign-in was removed", "You can no longer sign in by {provider}."
    ),
}


def render(name: str, email: str, context: dict[str, Any], **envelope: Any) -> EmailMultiAlternatives:
    """One of WORDS as a mail of two equal parts."""
    words = WORDS[name]
    known = context | {"email": email}
    shown = {
        "words": words,
        "told": [sentence.format_map(known) for sentence in words.told],
        "url": context[words.link] if words.link else settings.SITE_URL + reverse("account_reset_password"),
        "facts": [] if words.link else facts(context),
        "email": email,
    }
    letter = EmailMultiAlternatives(
        words.subject,
        render_to_string("accounts/mail/account.txt", shown).strip() + "\n",
        to=[email],
        **envelope,
    )
    letter.attach_alternative(render_to_string("accounts/mail/account.html", shown), "text/html")
    return letter


def facts(context: dict[str, Any]) -> list[tuple[str, str]]:
    """From where it was done."""
    at: datetime = context["timestamp"]
    return [
        ("When", f"{at.astimezone(UTC):%-d %B %Y, %H:%M} UTC"),
        ("From", str(context["ip"])),
        ("By", str(context["user_agent"])[:200]),
    ]
