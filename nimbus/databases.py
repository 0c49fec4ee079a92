"""The database of each role, from its URL."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from nimbus import environment as env
from nimbus.services.paths import database_url

# A process that was stopped in the middle of a transaction must not keep its locks: others would wait for it.
IDLE = "-c idle_in_transaction_session_timeout=15s"
VARIABLES = {"app": "DATABASE_URL", "owner": "DATABASE_OWNER_URL", "worker": "DATABASE_WORKER_URL"}


def from_url(role: str) -> dict[str, Any]:
    """Django's settings for `role`; where only DATABASE_URL is set, every role uses it."""
    url = env.text(VARIABLES[role]) or env.text("DATABASE_URL") or embedded(role)
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if role != "owner":
        options["options"] = f"{IDLE} {options.get('options', '')}".strip()
    host = options.pop("host", "") or unquote(parts.hostname or "")
    return {
        # What people and keys ask for stops at the wall between tenants.
        "ENGINE": "nimbus.walled" if role == "app" else "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "nimbus",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 0,
    }


def embedded(role: str) -> str:
    """The socket of the PostgreSQL that ./script/server starts."""
    return database_url(env.var(), role)
