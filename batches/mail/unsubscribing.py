"""Unsubscribing by one click (RFC 8058): a signed link in two headers and at the foot of each mail."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts.models import User
from batches.mail import wishes

SALT = "nimbus.mail.unsubscribe"


def token_for(user: User, kind: str) -> str:
    return signing.dumps([user.id, kind], salt=SALT)


def read(token: str) -> tuple[str, wishes.Kind] | None:
    """The person's id and the kind; None for what we did not sign. It never ends: mail is kept long."""
    try:
        person, kind = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    return (person, wishes.KINDS[kind]) if kind in wishes.KINDS else None


def link(user: User, kind: str) -> str:
    return settings.SITE_URL + reverse("batches:unsubscribe", args=[token_for(user, kind)])


def headers(address: str, mail_kind: str) -> dict[str, str]:
    """Nothing for mail about the account itself, and for who has none."""
    kind = wishes.kind_of(mail_kind)
    user = User.objects.filter(email__iexact=address).first() if kind else None
    if user is None:
        return {}
    return {
        "List-Unsubscribe": f"<{link(user, kind)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        # So that no machine answers.
        "Auto-Submitted": "auto-generated",
    }
