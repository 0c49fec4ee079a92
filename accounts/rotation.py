"""Every stored secret anew under the first encryption key, so that an older one can be thrown away."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import models, transaction

from accounts.models import ProviderKey
from nimbus import secrets

# Where allauth keeps what our adapter encrypted.
FACTOR_SECRETS = ("secret", "seed")


def rotate_all() -> tuple[int, int]:
    """How many secrets were encrypted anew, and how many could not be read. Safe to repeat."""
    done = unreadable = 0
    for model in apps.get_models():
        names = [field.name for field in model._meta.fields if field.name.endswith("ciphertext")]
        if names:
            for row in model._base_manager.only("pk", *names).iterator():
                good, bad = rotate(model, row, names)
                done, unreadable = done + good, unreadable + bad
    ProviderKey.objects.exclude(ciphertext=b"").update(encryption_key_id=secrets.key_id())
    for factor in Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN):
        good, bad = rotate_factor(factor)
        done, unreadable = done + good, unreadable + bad
    return done + rotate_sessions(), unreadable


def rotate(model: type[models.Model], row: Any, names: list[str]) -> tuple[int, int]:
    fresh: dict[str, Any] = {}
    bad = 0
    for name in names:
        old = bytes(getattr(row, name) or b"")
        if old:
            new = attempt(lambda old=old: secrets.rotate(old))  # type: ignore[misc]
            bad += new is None
            fresh |= {name: new} if new else {}
    if fresh:
        model._base_manager.filter(pk=row.pk).update(**fresh)
    return len(fresh), bad


@transaction.atomic
def rotate_factor(factor: Authenticator) -> tuple[int, int]:
    locked = Authenticator.objects.select_for_update().get(pk=factor.pk)
    done = bad = 0
    for name in FACTOR_SECRETS:
        if name in locked.data:
            new = attempt(lambda name=name: secrets.rotate(locked.data[name].encode()))  # type: ignore[misc]
            bad += new is None
            if new:
                locked.data[name] = new.decode()
                done += 1
    locked.save(update_fields=["data"])
    return done, bad


def rotate_sessions() -> int:
    """One that no key reads is nothing to keep an old key for: its holder signs in again."""
    done = 0
    for row in Session.objects.iterator():
        fresh = attempt(lambda row=row: secrets.rotate(row.session_data.encode()))  # type: ignore[misc]
        if fresh:
            # Not over what its holder has written meanwhile, with the new key already.
            unchanged = Session.objects.filter(pk=row.pk, session_data=row.session_data)
            done += unchanged.update(session_data=fresh.decode())
    return done


def attempt(read: Callable[[], bytes]) -> bytes | None:
    try:
        return read()
    except InvalidToken:
        return None
