"""The database of each role, from its URL."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from nimbus import environment as env
from nimbus.services.paths import database_url

# A process that was stopped in the middle of a transaction must not keep its locks: others would wait for it.
IDLE = "-c idle_in_transaction_session_timeout=15s"
# Seconds that a request waits for a connection of the web's pool, and that one is kept without work.
WAIT_S, KEPT_S = 10, 300
VARIABLES = {"app": "DATABASE_URL", "owner": "DATABASE_OWNER_URL", "worker": "DATABASE_WORKER_URL"}


def from_url(role: str) -> dict[str, Any]:
    """Django's settings for `role`; where only DATABASE_URL is set, every role uses it."""
    url = env.text(VARIABLES[role]) or env.text("DATABASE_URL") or embedded(role)
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if role != "owner":
        options["options"] = f"{IDLE} {options.get('options', '')}".strip()
    host = options.pop("host", "") or unquote(parts.hostname or "")
    kept = env.integer("DATABASE_POOL", 0, 0, 1000) if role == "app" else 0
    return {
        # What people and keys ask for stops at the wall between tenants.
        "ENGINE": "nimbus.walled" if role == "app" else "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "nimbus",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": options | ({"pool": pool(kept)} if kept else {}),
        "CONN_MAX_AGE": 0,
        # A kept connection is asked whether it lives before a request gets it.
        "CONN_HEALTH_CHECKS": bool(kept),
    }


def pool(size: int) -> dict[str, Any]:
    """Of connections that outlive a request: a new one takes longer than most answers."""
    return {"min_size": 1, "max_size": size, "timeout": WAIT_S, "max_idle": KEPT_S}


def embedded(role: str) -> str:
    """The socket of the PostgreSQL that ./script/server starts."""
    return database_url(env.var(), role)
