"""API keys. Only a digest is kept; the secret is shown once."""

import ipaddress
import secrets as random
import string
import zlib
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.models import Organization, User
from nimbus import ids, secrets, walls
from projects.models.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterable

ALPHABET = string.digits + string.ascii_letters
SCOPES = ("upload", "read", "apply", "admin")


def base62(number: int, length: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = ALPHABET[rest] + digits
    return digits.rjust(length, "0")


def generate(kind: str) -> str:
    """`nmb_live_` + 33 base62 characters (196 random bits) + 6 characters of CRC32."""
    body = f"nmb_{kind}_" + "".join(random.choice(ALPHABET) for _ in range(33))
    return body + base62(zlib.crc32(body.encode()), 6)


def is_well_formed(secret: str) -> bool:
    """Whether the checksum fits; scanners and typos are told apart without the database."""
    body, checksum = secret[:-6], secret[-6:]
    return body.startswith(("nmb_live_", "nmb_test_")) and base62(zlib.crc32(body.encode()), 6) == checksum


class APIKeyManager(models.Manager["APIKey"]):
    def issue(
        self,
        organization: Organization,
        name: str,
        *,
        project: Project | None = None,
        kind: str = "live",
        scopes: "Iterable[str]" = ("upload", "read", "apply"),
        by: User | None = None,
        expires_at: datetime | None = None,
        networks: "Iterable[str]" = (),
        form_token: str | None = None,
    ) -> "tuple[APIKey, str]":
        """A new key and its secret, which is not kept."""
        secret = generate(kind)
        key = self.create(
            organization=organization,
            project=project,
            name=name,
            kind=kind,
            prefix=secret[:16],
            digest=secrets.digest(secret),
            scopes=[scope for scope in SCOPES if scope in set(scopes)],
            created_by=by,
            expires_at=expires_at,
            networks=list(networks),
            form_token=form_token,
        )
        return key, secret

    def authenticate(self, secret: str) -> "APIKey | None":
        """The key of this secret, unless it is unknown, revoked or expired."""
        if not is_well_formed(secret):
            return None
        digests = secrets.digests(secret)
        walls.prove(*digests)
        key = self.select_related("organization", "project").filter(digest__in=digests).first()
        if key is None or not key.is_usable:
            return None
        if key.digest != digests[0]:
            # The pepper was rotated: this is the one moment at which the new digest can be made.
            self.filter(id=key.id).update(digest=digests[0])
        return key


class APIKey(models.Model):
    class Kind(models.TextChoices):
        LIVE = "live"
        TEST = "test"

    id = models.CharField(primary_key=True, max_length=32, default=ids.key_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="api_keys")
    project = models.ForeignKey(Project, models.CASCADE, null=True, blank=True, related_name="api_keys")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=4, choices=Kind.choices, default=Kind.LIVE)
    prefix = models.CharField(max_length=20)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=10))
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # Where it may be used from; anywhere where there is none.
    networks = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    # Of the form that asked for it, so that a form that is sent twice issues one key.
    form_token = models.CharField(max_length=32, null=True, blank=True, unique=True)
    replaced_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")

    objects: ClassVar[APIKeyManager] = APIKeyManager()

    class Meta:
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_usable(self) -> bool:
        expired = self.expires_at is not None and self.expires_at <= timezone.now()
        return self.revoked_at is None and not expired

    def works_from(self, address: str) -> bool:
        """Whether the list of networks lets this address in; an unknown address only where there is none."""
        if not self.networks:
            return True
        return bool(address) and any(
            ipaddress.ip_address(address) in ipaddress.ip_network(network) for network in self.networks
        )

    def has_scope(self, scope: str) -> bool:
        return scope in self.scopes or "admin" in self.scopes

    def revoke(self) -> bool:
        """False when it already was."""
        mine: Any = APIKey.objects.filter(id=self.id, revoked_at=None)
        return bool(mine.update(revoked_at=timezone.now()) == 1)


class APIKeyUsage(models.Model):
    """Requests of one key on one UTC day."""

    organization_id = models.CharField(max_length=32)
    key = models.ForeignKey(APIKey, models.CASCADE, related_name="usage")
    day = models.DateField()
    requests = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["key", "day"], name="key_usage_unique")]

    def __str__(self) -> str:
        return f"{self.key_id} {self.day}: {self.requests}"
