"""Public ids: a prefix that names the kind, then random base32 or hexadecimal characters."""

import base64
import secrets
from datetime import datetime

from nimbus import clock


def base32(length: int) -> str:
    return base64.b32encode(secrets.token_bytes(length)).decode()[:length].lower()


def public_id(prefix: str) -> str:
    """`org_` and 16 base32 characters (80 random bits)."""
    return f"{prefix}_{base32(16)}"


def user_id() -> str:
    return public_id("user")


def organization_id() -> str:
    return public_id("org")


def key_id() -> str:
    return public_id("key")


def suggestion_id() -> str:
    return public_id("sug")


def endpoint_id() -> str:
    return public_id("whk")


def message_id() -> str:
    """Of a webhook's message: the same for every try."""
    return f"msg_{base32(24)}"


def project_id() -> str:
    return f"proj_{secrets.token_hex(6)}"


def batch_id(at: datetime | None = None) -> str:
    """`batch_20261122_091403_K7QM2X`: the UTC second for people, six random characters for uniqueness."""
    return f"batch_{at or clock.now():%Y%m%d_%H%M%S}_{base32(6).upper()}"
