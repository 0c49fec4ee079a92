"""An organization's own key at an OpenAI-compatible provider: tried, encrypted, never shown again."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from accounts import audit
from accounts.models import Organization, ProviderKey
from nimbus import net, secrets
from nimbus.errors import InvalidError

OPENAI_URL = "https://api.openai.com/v1"
MOST = 400


class ProviderKeyRefusedError(InvalidError):
    code = "provider_key_refused"


def check(secret: str, base_url: str) -> None:
    """Ask the provider which models there are. Raises ProviderKeyRefusedError, and what the guard raises."""
    if not secret.isascii() or not secret.isprintable() or " " in secret or len(secret) > MOST:
        raise InvalidError(_("This is not a key. Copy it once more, without spaces."), field="secret")
    url = (base_url or OPENAI_URL).rstrip("/") + "/models"
    status = net.get(url, {"Authorization": f"Bearer {secret}"}, field="base_url").status
    if status in {401, 403}:
        raise ProviderKeyRefusedError(_("The provider does not take this key."), field="secret")
    if status != 200:
        raise ProviderKeyRefusedError(
            _("%(url)s answered %(status)s. Give the address that ends before /models."),
            field="base_url",
            url=url,
            status=status,
        )


@transaction.atomic
def add(organization: Organization, by: Any, secret: str, base_url: str = "") -> ProviderKey:
    """Keep a key that was checked; it takes the place of the one before."""
    Organization.objects.select_for_update(no_key=True).get(id=organization.id)
    for former in organization.provider_keys.filter(revoked_at=None):
        revoke(former, by)
    key = ProviderKey.objects.create(
        organization=organization,
        base_url=base_url,
        ciphertext=secrets.encrypt(secret),
        encryption_key_id=secrets.key_id(),
        hint=secret[-4:],
    )
    audit.record(organization, "provider_key.added", actor=by, target=key, data={"base_url": base_url})
    return key


@transaction.atomic
def revoke(key: ProviderKey, by: Any) -> bool:
    """False when it was revoked already. What can't be used any more need not be kept: the secret goes."""
    mine = ProviderKey.objects.filter(id=key.id, revoked_at=None)
    revoked = mine.update(revoked_at=timezone.now(), ciphertext=b"") == 1
    if revoked:
        audit.record(key.organization, "provider_key.revoked", actor=by, target=key)
    return revoked
