"""`manage.py check --deploy`: whether secrets can be kept. `check --database default`: whether the database's
wall holds those it should, and no others."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connection


@register(Tags.security, deploy=True)
def secrets_can_be_kept(**_: Any) -> list[CheckMessage]:
    """Without a key nobody could sign in: sessions are encrypted, too."""
    if settings.NIMBUS_ENCRYPTION_KEYS:
        return []
    hint = "Set NIMBUS_ENCRYPTION_KEYS to one or more Fernet keys; see docs/operations.md."
    return [
        Error("There is no key to encrypt sessions and stored secrets with.", hint=hint, id="nimbus.E002")
    ]


@register(Tags.database)
def wall_stands(databases: Any = None, **_: Any) -> list[CheckMessage]:
    if not databases or settings.NIMBUS_ROLE == "owner":
        return []
    with connection.cursor() as cursor:
        # Untold who asks, a role that is held back sees no row, and one that is not sees all.
        cursor.execute("SELECT row_security_active('accounts_organization')")
        (is_held,) = cursor.fetchone()
    if settings.NIMBUS_ROLE == "app" and not is_held:
        return [
            Warning(
                "The web's login passes row-level security: tenants are kept apart by queries alone.",
                hint="Give DATABASE_URL the login nimbus_app; see docs/operations.md, Database roles.",
                id="nimbus.W001",
            )
        ]
    if settings.NIMBUS_ROLE == "worker" and is_held:
        return [
            Error(
                "The worker's login is held by row-level security: it would see no page to work on.",
                hint="Give DATABASE_WORKER_URL one with BYPASSRLS; see docs/operations.md, Database roles.",
                id="nimbus.E001",
            )
        ]
    return []
