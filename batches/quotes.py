"""What a batch will cost, before it runs: its pages by kind, tokens, and dollars low, likely and high.

The prompts of a sample of its pages are built and counted. What calls of this project really took, compared
with what this count says of the same pages, corrects it: second chances, thinking, memory and all.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection

from batches import briefs, expectations, families, providers
from batches.expectations import Terms
from batches.models import Batch
from batches.providers import Choice
from batches.unchanged import UNCHANGED
from optimizer import tiers
from optimizer.types import Brief, PageText
from projects import books, prices
from projects.books import Holder

# Pages whose prompts are built; more would take longer and say the same.
SAMPLE = 300


@dataclass(frozen=True, slots=True)
class Quote:
    """Amounts in micro-dollars."""

    model: str
    pages: dict[str, int]
    input_tokens: int
    output_tokens: int
    live: int
    economy: int
    band: float
    # How many pages the sample and the experience were.
    sampled: int
    learnt_from: int
    # What the tightest cap leaves, None without one, and whose it is.
    left: int | None
    cap: str

    @property
    def asked(self) -> int:
        return self.pages.get("new", 0) + self.pages.get("changed", 0)

    def low(self, amount: int) -> int:
        return round(amount * (1 - self.band))

    def high(self, amount: int) -> int:
        return round(amount * (1 + self.band))


def of(batch: Batch) -> Quote:
    """Raises UnknownPriceError."""
    choice = providers.choose(batch)
    prices.price_of(choice.model)
    brief = briefs.of(batch)
    kinds = classify(batch, choice, brief)
    ids = [run for run, kind in kinds.items() if kind != "cached"]
    pages = expectations.read(ids[:: max(1, -(-len(ids) // SAMPLE))]) if choice.is_paid else {}
    scale = len(ids) / len(pages) if pages else 0
    kin = families.Stored(batch.project_id)
    # The live lane comes last, since it adds to the families what its pages will have said.
    lanes = {
        lane: expectations.of(list(pages.values()), Terms(batch, choice, brief, lane), kin, scale)
        for lane in (Batch.Lane.ECONOMY, Batch.Lane.LIVE)
    }
    own = lanes[Batch.Lane(batch.lane)]
    left, cap = room(batch)
    numbers = Counter(kinds.values())
    numbers["near_duplicate"] = round(near_duplicates(list(pages.values()), batch.tier) * scale)
    return Quote(
        model=choice.model,
        pages=dict(numbers),
        input_tokens=round(own.tokens.input),
        output_tokens=round(own.tokens.output),
        live=lanes[Batch.Lane.LIVE].cost,
        economy=lanes[Batch.Lane.ECONOMY].cost,
        band=own.learnt.band,
        sampled=len(pages),
        learnt_from=own.learnt.pages,
        left=left,
        cap=cap,
    )


def remembered(batch: Batch) -> Quote:
    """The quote, which the report will compare with the cost. Raises UnknownPriceError."""
    quote = of(batch)
    likely = quote.economy if batch.lane == Batch.Lane.ECONOMY else quote.live
    told = {"likely": likely, "low": quote.low(likely), "high": quote.high(likely)}
    if batch.plan.get("quote") != told:
        batch.plan = batch.plan | {"quote": told}
        batch.save(update_fields=["plan"])
    return quote


def shown(batch: Batch) -> dict[str, Any]:
    """The quote for people, or why there is none."""
    try:
        quote = remembered(batch)
    except prices.UnknownPriceError as error:
        return {"quote": None, "quote_refusal": error.said()}
    own, other = quote.live, quote.economy
    if batch.lane == Batch.Lane.ECONOMY:
        own, other = other, own
    return {
        "quote": asdict(quote)
        | {
            "asked": quote.asked,
            "own_likely": own,
            "own_low": quote.low(own),
            "own_high": quote.high(own),
            "other_likely": other,
            "fits": quote.left is None or quote.high(own) <= quote.left,
        }
    }


def classify(batch: Batch, choice: Choice, brief: Brief) -> dict[int, str]:
    """Each page by its run: cached, changed or new."""
    newest = batch.project.brief
    values: dict[str, Any] = {
        "batch": batch.id,
        "tier": batch.tier,
        "brief": newest.version if newest else 0,
        "offline": not choice.is_paid,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, before, holds FROM ({UNCHANGED}) e ORDER BY id", values)  # noqa: S608
        found = cursor.fetchall()
    return {run: "cached" if holds else "changed" if before else "new" for run, before, holds in found}


def near_duplicates(pages: Sequence[PageText], tier: str) -> int:
    """Pages that differ from another one in their dimension values alone."""
    seen = Counter(masked(page, tier) for page in pages)
    return sum(number - 1 for number in seen.values())


def masked(page: PageText, tier: str) -> str:
    text = "\0".join(line.shown for line in tiers.select(page, tier)).casefold()
    for name, value in sorted(page.dimensions.items(), key=lambda item: -len(item[1])):
        text = text.replace(value.casefold(), f"{{{name}}}")
    return text


def room(batch: Batch) -> tuple[int | None, str]:
    """What the tightest cap leaves, and whose it is."""
    holder = Holder(batch.id, batch.project_id, batch.organization_id)
    capped = [total for total in map(books.look([holder]).of, holder) if total.cap is not None]
    rooms = [((total.cap or 0) - total.spent - total.reserved, total.kind) for total in capped]
    return min(rooms, default=(None, ""))
