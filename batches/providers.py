"""Who answers the prompts of a batch."""

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings

from accounts.models import ProviderKey
from batches.models import Batch
from nimbus import secrets
from optimizer.limits import RateLimit
from optimizer.types import Completion, Prompt
from projects.models import APIKey
from projects.prices import OFFLINE


class Provider(Protocol):
    # What the newest answer announced.
    rate_limit: RateLimit

    async def complete(self, prompt: Prompt) -> Completion: ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Choice:
    """What a batch is answered by; equal choices share one provider and its connections."""

    model: str
    api_key: str = ""
    base_url: str = ""
    # Whether a tenant gave the address: then it is reached through the guard, and by the live lane alone.
    is_guarded: bool = False

    @property
    def is_paid(self) -> bool:
        return self.model != OFFLINE

    def __repr__(self) -> str:
        return f"Choice({self.model!r})"


def choose(batch: Batch) -> Choice:
    """The organization's own key, else the installation's, else the offline engine."""
    if APIKey.objects.filter(id=batch.created_by, kind=APIKey.Kind.TEST).exists():
        return Choice(OFFLINE)
    model = batch.terms.get("model") or batch.project.setting("ai_model") or settings.OPENAI_MODEL
    own = ProviderKey.objects.filter(organization_id=batch.organization_id, revoked_at=None)
    key = own.order_by("-created_at").first()
    if key:
        return Choice(model, secrets.decrypt(bytes(key.ciphertext)), key.base_url, bool(key.base_url))
    if settings.OPENAI_API_KEY:
        return Choice(model, settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL)
    return Choice(OFFLINE)


def owner_of(choice: Choice, batch: Batch) -> str:
    """Whose key it is, in words for support."""
    is_shared = (choice.api_key, choice.base_url) == (settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL)
    return "the installation" if is_shared else batch.organization_id


def is_offline(batch: Batch) -> bool:
    return not choose(batch).is_paid
