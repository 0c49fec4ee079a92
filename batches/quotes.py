"""What a batch will cost, before it runs: its pages by kind, tokens, and dollars low, likely and high.

The prompts of a sample of its pages are built and counted. What calls of this project really took, compared
with what this count says of the same pages, corrects it: second chances, thinking, memory and all.
"""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from batches import briefs, families, providers
from batches.models import Batch, PageRun, PageSnapshot
from batches.providers import Choice
from batches.unchanged import UNCHANGED
from optimizer import judging, limits, tiers
from optimizer.asking import questions
from optimizer.types import DESCRIPTION, TITLE, Brief, PageText
from projects import books, prices
from projects.books import Holder

# Pages whose prompts are built; more would take longer and say the same.
SAMPLE, HISTORY = 300, 60
BYTES_A_TOKEN, TOKENS_A_LINE, TOKENS_A_CALL = 4, 9, 12
# What models that think first spend on it, at little effort; and second chances, where nothing is known yet.
THINKING, REPAIRS = 250, 1.1
# How long a missing title or description will be.
LENGTHS = {TITLE: 55, DESCRIPTION: 145}
# Around the likely sum: without and with experience.
UNKNOWN_BAND, LEAST_BAND = 0.4, 0.1
LEAST_HISTORY = 5


@dataclass(frozen=True, slots=True)
class Tokens:
    input: float
    output: float

    def times(self, other: "Tokens") -> "Tokens":
        return Tokens(self.input * other.input, self.output * other.output)


@dataclass(frozen=True, slots=True)
class Experience:
    """What pages of this project took, as a multiple of the count, and how far they lay apart."""

    factor: Tokens
    # Of the bill by the price list; less where the provider had read a prompt's beginning before.
    paid_share: float
    band: float
    pages: int


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
    price = prices.price_of(choice.model)
    brief = briefs.of(batch)
    kinds = classify(batch, choice, brief)
    ids = [run for run, kind in kinds.items() if kind != "cached"]
    pages = read(ids[:: max(1, -(-len(ids) // SAMPLE))]) if choice.is_paid else {}
    kin = families.Stored(batch.project_id)
    # In the economy lane all are asked at once, and hear nothing of each other.
    expects = batch.lane == Batch.Lane.LIVE
    told = (kin.with_sisters(page, expects=expects) for page in pages.values())
    counted = [count(page, brief, batch.tier, choice.model) for page in told]
    learnt = experience(batch, choice, brief, kin)
    scale = len(ids) / len(counted) if counted else 0
    total = Tokens(sum(c.input for c in counted) * scale, sum(c.output for c in counted) * scale)
    total = total.times(learnt.factor)
    live, economy = (
        round(price.cost(round(total.input), round(total.output), is_economy=cheap) * learnt.paid_share)
        for cheap in (False, True)
    )
    left, cap = room(batch)
    numbers = Counter(kinds.values())
    numbers["near_duplicate"] = round(near_duplicates(list(pages.values()), batch.tier) * scale)
    return Quote(
        model=choice.model,
        pages=dict(numbers),
        input_tokens=round(total.input),
        output_tokens=round(total.output),
        live=live,
        economy=economy,
        band=learnt.band,
        sampled=len(counted),
        learnt_from=learnt.pages,
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
        return {"quote": None, "quote_refusal": error.message}
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


def read(runs: Sequence[int]) -> dict[int, PageText]:
    snapshots = PageSnapshot.objects.filter(run_id__in=runs).select_related("run__page").order_by("run_id")
    return {row.run_id: PageText.from_extraction(row.extraction, row.run.page.url) for row in snapshots}


def count(page: PageText, brief: Brief, tier: str, model: str) -> Tokens:
    """By four bytes a token: prompts as they are, answers as long as the texts that they replace."""
    asked = questions(page, brief, tier)
    given = sum(len(prompt.system.encode()) + len(prompt.user.encode("utf-8", "replace")) for prompt in asked)
    answered = sum(
        max(len(line.shown.encode("utf-8", "replace")), LENGTHS.get(line.target, 0)) / BYTES_A_TOKEN
        + TOKENS_A_LINE
        for line in tiers.select(page, tier, brief.works_on_shared)
    )
    calls = len(asked)
    if brief.judges:
        # Another call for each, with the brief, the old texts and the new ones; its answer is short.
        calls *= 2
        given += len(asked) * len(judging.SYSTEM) + round(answered * 2 * BYTES_A_TOKEN)
    thought = THINKING * calls if model.startswith(limits.THINKING) else 0
    return Tokens(given / BYTES_A_TOKEN + TOKENS_A_CALL * calls, answered + thought)


def experience(batch: Batch, choice: Choice, brief: Brief, kin: families.Stored) -> Experience:
    """From the newest pages that this model did in this tier of this project."""
    done = PageRun.objects.filter(
        batch__project=batch.project_id, batch__tier=batch.tier, status=PageRun.Status.DONE,
        model__startswith=choice.model,
    )  # fmt: skip
    runs = {run.pk: run for run in done.order_by("-id")[:HISTORY]} if choice.is_paid else {}
    # Each as it was asked then, when fewer sister pages were known.
    told = {run: kin.with_sisters(page, asked_at(runs[run])) for run, page in read(list(runs)).items()}
    counted = {run: count(page, brief, batch.tier, choice.model) for run, page in told.items()}
    if len(counted) < LEAST_HISTORY:
        return Experience(Tokens(REPAIRS, REPAIRS), 1, UNKNOWN_BAND, 0)
    taken = [runs[run] for run in counted]
    factor = Tokens(
        sum(run.input_tokens for run in taken) / sum(c.input for c in counted.values()),
        sum(run.output_tokens for run in taken) / sum(c.output for c in counted.values()),
    )
    price = prices.price_of(choice.model)
    listed = sum(
        price.cost(run.input_tokens, run.output_tokens, is_economy=run.lane == Batch.Lane.ECONOMY)
        for run in taken
    )
    paid = sum(run.cost_microdollars for run in taken)
    ratios = [run.cost_microdollars / max(1, listed / len(taken)) for run in taken]
    band = min(UNKNOWN_BAND, LEAST_BAND + 2 * statistics.pstdev(ratios) / len(ratios) ** 0.5)
    return Experience(factor, paid / listed if listed else 1, band, len(taken))


def asked_at(run: PageRun) -> datetime | None:
    """When work on a page began; it may have been claimed long before."""
    return run.finished_at and run.finished_at - timedelta(milliseconds=run.duration_ms or 0)


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
