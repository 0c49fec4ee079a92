"""var/secrets.env: what the first start makes up and every later one reads."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from nimbus import environment as env

MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "NIMBUS_KEY_PEPPER": lambda: secrets.token_urlsafe(32),
    "NIMBUS_ENCRYPTION_KEYS": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "NIMBUS_DEMO_PASSWORD": lambda: secrets.token_urlsafe(9),
}
HEADER = "# Made by the first ./script/server. Keep it: API keys and stored provider keys depend on it.\n"


def ensure(var: Path) -> Path:
    """Write what is missing, readable by its owner alone; what is there stays."""
    path = var / "secrets.env"
    before = path.read_text() if path.exists() else HEADER
    known = {line.partition("=")[0].strip() for line in before.splitlines()}
    missing = "".join(f"{name}={make()}\n" for name, make in MAKERS.items() if name not in known)
    if missing or not path.exists():
        if not before.endswith("\n"):
            before += "\n"
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(before + missing)
        draft.replace(path)
    path.chmod(0o600)
    return path


if __name__ == "__main__":
    env.var().mkdir(parents=True, exist_ok=True)
    ensure(env.var())
