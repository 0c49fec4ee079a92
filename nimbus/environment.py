"""Typed reading of environment variables; a wrong value stops the start with a sentence."""

import os
from decimal import Decimal, InvalidOperation
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name, "1" if default else "0").strip().lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} is {value!r}; write 1 or 0.")
    return value in TRUE


def integer(name: str, default: int, low: int, high: int) -> int:
    value = text(name, str(default))
    if not value.lstrip("-").isdigit() or not low <= int(value) <= high:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a whole number from {low} to {high}.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """A comma separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def shares(name: str) -> dict[str, float]:
    """A comma separated list of names, each with a share from 0 to 1 after a colon, or 1 without."""
    found = {}
    for word in words(name):
        key, _, share = word.partition(":")
        try:
            found[key] = float(share or 1)
        except ValueError:
            found[key] = -1.0
        if not 0 <= found[key] <= 1:
            raise ImproperlyConfigured(f"{name} holds {word!r}; write name, or name:0.5.")
    return found


def rates(name: str) -> dict[str, tuple[Decimal, ...]]:
    """A comma separated list of names, each with two to four amounts, as in gpt-x=0.25/2."""
    found = {}
    for word in words(name):
        key, _, amounts = word.rpartition("=")
        try:
            found[key] = tuple(Decimal(amount) for amount in amounts.split("/"))
        except InvalidOperation:
            found[key] = ()
        sound = [amount.is_finite() and 0 <= amount < 10_000 for amount in found[key]]
        if not (key and 2 <= len(sound) <= 4 and all(sound)):
            raise ImproperlyConfigured(f"{name} holds {word!r}; write model=input/output, as in x=0.25/2.")
    return found


def var() -> Path:
    """The folder for everything that is made at run time."""
    return Path(text("NIMBUS_VAR") or ROOT / "var").resolve()


def load_secrets() -> None:
    """Read .env and var/secrets.env (written by the first start) without overriding what is set."""
    dotenv = Path(text("NIMBUS_DOTENV", str(ROOT / ".env")))
    for path in (dotenv, var() / "secrets.env"):
        if path.is_file():
            load(path)


def load(path: Path) -> None:
    for line in path.read_text().splitlines():
        name, separator, value = line.partition("=")
        if separator and not name.lstrip().startswith("#"):
            os.environ.setdefault(name.strip(), value.strip())
