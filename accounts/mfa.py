"""The second factor: its secrets are encrypted, and who must have one cannot take the last away."""

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.translation import gettext as _

from accounts.backends import FACTORS
from accounts.models import Membership, User
from nimbus import secrets


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": "Your organization asks for a second factor. Add another one first.",
        "unverified_email": "Confirm your email address first, so that nobody else can lock you out.",
    }

    def encrypt(self, text: str) -> str:
        return secrets.encrypt(text).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.decrypt(encrypted_text.encode())

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        others = Authenticator.objects.filter(user=authenticator.user, type__in=FACTORS)
        return others.exclude(pk=authenticator.pk).exists() or not must_have_one(authenticator.user)

    def generate_authenticator_name(self, user: User, kind: Authenticator.Type) -> str:
        """What a passkey is called until its owner names it."""
        number = Authenticator.objects.filter(user=user, type=kind).count() + 1
        return _("Passkey {number}").format(number=number) if number > 1 else _("Passkey")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": "Nimbus"}


def must_have_one(user: User) -> bool:
    if user.is_staff and settings.STAFF_MFA:
        return True
    return Membership.objects.filter(user=user, organization__requires_mfa=True).exists()
