"""Who answers the prompts of a batch, and what an answer costs."""

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings

from accounts.models import ProviderKey
from batches.models import Batch
from nimbus import secrets
from optimizer.limits import RateLimit
from optimizer.types import Completion, Prompt
from projects.models import APIKey

OFFLINE = "offline"


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

    @property
    def is_paid(self) -> bool:
        return self.model != OFFLINE

    def __repr__(self) -> str:
        return f"Choice({self.model!r})"


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    input: float
    output: float


# Prices by the start of a model's name, the longest first. An unknown model counts as a dear one, so that
# a cap is never passed for want of a price.
PRICES = {
    "gpt-5-nano": Price(0.05, 0.40),
    "gpt-5-mini": Price(0.25, 2.00),
    "gpt-5": Price(1.25, 10.00),
    "gpt-4.1-nano": Price(0.10, 0.40),
    "gpt-4.1-mini": Price(0.40, 1.60),
    "gpt-4.1": Price(2.00, 8.00),
    "gpt-4o-mini": Price(0.15, 0.60),
    "gpt-4o": Price(2.50, 10.00),
}
DEFAULT_PRICE = Price(2.50, 10.00)
FREE = Price(0, 0)


def price_of(model: str) -> Price:
    if model == OFFLINE:
        return FREE
    fitting = [name for name in PRICES if model.startswith(name)]
    return PRICES[max(fitting, key=len)] if fitting else DEFAULT_PRICE


def cost(model: str, input_tokens: int, output_tokens: int) -> int:
    """Micro-dollars: a dollar for a million tokens is a micro-dollar a token."""
    price = price_of(model)
    return round(input_tokens * price.input + output_tokens * price.output)


def choose(batch: Batch) -> Choice:
    """The organization's own key, else the installation's, else the offline engine."""
    if APIKey.objects.filter(id=batch.created_by, kind=APIKey.Kind.TEST).exists():
        return Choice(OFFLINE)
    model = batch.terms.get("model") or batch.project.setting("ai_model") or settings.OPENAI_MODEL
    own = ProviderKey.objects.filter(organization_id=batch.organization_id, revoked_at=None)
    key = own.order_by("-created_at").first()
    if key:
        return Choice(model, secrets.decrypt(bytes(key.ciphertext)), key.base_url)
    if settings.OPENAI_API_KEY:
        return Choice(model, settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL)
    return Choice(OFFLINE)


def is_offline(batch: Batch) -> bool:
    return not choose(batch).is_paid
