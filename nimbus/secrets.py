"""Digests and encryption of secrets. The settings hold the keys; nothing here is ever logged."""

import hashlib
import hmac

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def digest(secret: str) -> str:
    """HMAC-SHA256 in hexadecimal under the key pepper."""
    return digests(secret)[0]


def digests(secret: str) -> list[str]:
    """Under the pepper of today, and under those that it took the place of."""
    peppers = [settings.NIMBUS_KEY_PEPPER, *settings.NIMBUS_KEY_PEPPER_FALLBACKS]
    return [hmac.new(pepper.encode(), secret.encode(), hashlib.sha256).hexdigest() for pepper in peppers]


def encrypt(secret: str) -> bytes:
    return box().encrypt(secret.encode())


def decrypt(ciphertext: bytes) -> str:
    return box().decrypt(ciphertext).decode()


def rotate(ciphertext: bytes) -> bytes:
    """The same secret under the first key."""
    return box().rotate(ciphertext)


def key_id() -> str:
    """Names the first key, as the one that encrypts now, without telling it."""
    return hashlib.sha256(settings.NIMBUS_ENCRYPTION_KEYS[0].encode()).hexdigest()[:16]


def box() -> MultiFernet:
    """The first key encrypts; all of them decrypt, so that keys can be rotated."""
    if not settings.NIMBUS_ENCRYPTION_KEYS:
        raise ImproperlyConfigured("NIMBUS_ENCRYPTION_KEYS is empty; set it to one or more Fernet keys.")
    return MultiFernet([Fernet(key) for key in settings.NIMBUS_ENCRYPTION_KEYS])
