"""What a model's tokens cost: real price data, with the installation's own table before it.

Rates are whole millionths of a micro-dollar a token, and costs whole micro-dollars, rounded up for each
call: so sums are exact, and a cap holds.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib import import_module
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop as _

from accounts.models import ProviderKey
from nimbus.errors import NimbusError

OFFLINE = "offline"
# What the batch lane of OpenAI, and of those that copy it, costs of the live price.
ECONOMY = Decimal("0.5")
MILLION = 1_000_000


class UnknownPriceError(NimbusError):
    code = "unknown_price"
    status = 409
    field = "ai_model"
    message = _(
        "Nobody knows what this model costs, so no cap could hold. "
        "Choose another model, or have its price set in MODEL_PRICES."
    )


@dataclass(frozen=True, slots=True)
class Price:
    """Rates of one model."""

    input: int
    output: int
    # Of the part of the input that the provider has read before.
    cached: int
    # Millionths of the live price that the economy lane costs.
    economy: int

    def cost(
        self, input_tokens: int, output_tokens: int, cached_tokens: int = 0, is_economy: bool = False
    ) -> int:
        """Micro-dollars, rounded up."""
        read_before = min(cached_tokens, input_tokens)
        rate = (input_tokens - read_before) * self.input + read_before * self.cached
        rate += output_tokens * self.output
        if is_economy:
            return -(-rate * self.economy // (MILLION * MILLION))
        return -(-rate // MILLION)

    def spared(self, paid: int) -> int:
        """How much more than this the economy lane's price would have been at once, in micro-dollars."""
        return paid * (MILLION - self.economy) // self.economy if self.economy else 0


FREE = Price(0, 0, 0, MILLION)


def price_of(model: str) -> Price:
    """Raises UnknownPriceError, which names the model."""
    price = find(model)
    if price is None:
        raise UnknownPriceError(
            _(
                "“%(model)s” has no known price. Nobody knows what this model costs, so no cap could hold. "
                "Choose another model, or have its price set in MODEL_PRICES."
            ),
            model=model,
        )
    return price


def find(model: str) -> Price | None:
    """The model's price; None where nobody knows it."""
    if model == OFFLINE:
        return FREE
    # Both are part of the name of what is remembered, so that a changed table counts at once.
    return _find(model, tuple(settings.MODEL_PRICES.items()), datetime.now(UTC).date().toordinal())


@lru_cache(maxsize=256)
def _find(model: str, table: tuple[tuple[str, tuple[Decimal, ...]], ...], day: int) -> Price | None:
    for pattern, rates in table:
        if fnmatchcase(model, pattern):
            return of_rates(*rates)
    return of_data(model, datetime.fromordinal(day).replace(tzinfo=UTC))


def of_rates(
    input: Decimal, output: Decimal, cached: Decimal | None = None, economy: Decimal = ECONOMY
) -> Price:
    """From dollars for a million tokens."""
    return Price(rate(input), rate(output), rate(input if cached is None else cached), rate(economy))


def of_data(model: str, at: datetime) -> Price | None:
    # Loaded when it is needed: its data takes 30 MB, and offline nobody needs it.
    data: Any = import_module("genai_prices.data_snapshot").get_snapshot()
    for provider in ("openai", None):
        try:
            found = data.find_provider_model(model, None, provider, None)[1].get_prices(at)
        except LookupError:
            continue
        if found.input_mtok is not None and found.output_mtok is not None:
            cached = found.cache_read_mtok
            return of_rates(dear(found.input_mtok), dear(found.output_mtok), cached and dear(cached))
    return None


def dear(price: Any) -> Decimal:
    """The highest step of a price that rises with the length of the prompt: a cap must hold."""
    steps = [price.base, *(tier.price for tier in price.tiers)] if hasattr(price, "tiers") else [price]
    return max(Decimal(str(step)) for step in steps)


def rate(dollars: Decimal) -> int:
    """Dollars for a million tokens are micro-dollars a token."""
    return int((dollars * MILLION).to_integral_value(ROUND_CEILING))


def is_paid(organization_id: str) -> bool:
    """Whether a batch that a person makes now would be answered by a model that costs."""
    own = ProviderKey.objects.filter(organization_id=organization_id, revoked_at=None)
    return bool(settings.OPENAI_API_KEY) or own.exists()
