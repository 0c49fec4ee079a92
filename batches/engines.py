"""Making the provider that a batch has chosen."""

from importlib import import_module
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from batches.names import GuardedResolver
from batches.providers import Choice, Provider
from optimizer.offline import OfflineProvider
from projects import prices

if TYPE_CHECKING:
    from optimizer.economy import Economy


def warm_up() -> None:
    """Load what a worker's first pages would wait for, the event loop with them."""
    # Mail names addresses, and the first one makes Django read them all.
    reverse("healthz")
    if settings.OPENAI_API_KEY:
        import_module("optimizer.provider")
        prices.find(settings.OPENAI_MODEL)


def make(choice: Choice) -> Provider:
    if not choice.is_paid:
        return OfflineProvider()
    # Loaded when it is needed: the SDK takes about a second, and offline nobody needs it.
    module = import_module("optimizer.provider")
    provider: Provider = module.OpenAIProvider(
        api_key=choice.api_key,
        base_url=choice.base_url or None,
        model=choice.model,
        window=settings.EXECUTOR_WINDOW,
        timeout_s=settings.OPENAI_TIMEOUT_S,
        resolver=GuardedResolver() if choice.is_guarded else None,
    )
    return provider


def economy(choice: Choice) -> "Economy":
    """The batch lane of the same provider."""
    module = import_module("optimizer.economy")
    lane: Economy = module.Economy(choice.api_key, choice.base_url, timeout_s=settings.OPENAI_TIMEOUT_S)
    return lane
