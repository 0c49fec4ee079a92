"""What pages will take of a model, by what pages of their project took.

Their prompts are built and counted. Each lane is counted by itself: in one of them pages hear of each other,
in the other one all are asked at once.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from batches import families
from batches.models import Batch, PageRun, PageSnapshot
from batches.providers import Choice
from optimizer import judging, limits, tiers
from optimizer.asking import questions
from optimizer.types import DESCRIPTION, TITLE, Brief, PageText
from projects import prices

# The newest pages of a project that the count is held against.
HISTORY, LEAST_HISTORY = 60, 5
BYTES_A_TOKEN, TOKENS_A_LINE, TOKENS_A_CALL = 4, 6, 12
# What models that think first spend on it, at little effort; and second chances, where nothing is known yet.
THINKING, REPAIRS = 250, 1.05
# How long a missing title or description will be.
LENGTHS = {TITLE: 55, DESCRIPTION: 145}
# Around the likely sum: without and with experience.
UNKNOWN_BAND, LEAST_BAND = 0.4, 0.1


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
class Terms:
    """What a batch is asked under, in one of its lanes."""

    batch: Batch
    choice: Choice
    brief: Brief
    lane: str

    @property
    def is_economy(self) -> bool:
        return self.lane == Batch.Lane.ECONOMY


@dataclass(frozen=True, slots=True)
class Expected:
    tokens: Tokens
    cost: int
    learnt: Experience


def of(pages: Sequence[PageText], terms: Terms, kin: families.Stored, scale: float) -> Expected:
    """What these pages will take, times the scale."""
    learnt = experience(terms, kin)
    price = prices.price_of(terms.choice.model)
    told = [kin.with_sisters(page, expects=not terms.is_economy) for page in pages]
    counted = [count(page, terms.brief, terms.batch.tier, terms.choice.model) for page in told]
    total = Tokens(sum(c.input for c in counted) * scale, sum(c.output for c in counted) * scale)
    total = total.times(learnt.factor)
    listed = price.cost(round(total.input), round(total.output), is_economy=terms.is_economy)
    return Expected(total, round(listed * learnt.paid_share), learnt)


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


def experience(terms: Terms, kin: families.Stored) -> Experience:
    """From the newest pages that this model did in this tier of its project, in this lane if any are."""
    batch, choice = terms.batch, terms.choice
    done = PageRun.objects.filter(
        batch__project=batch.project_id, batch__tier=batch.tier, status=PageRun.Status.DONE,
        model__startswith=choice.model,
    )  # fmt: skip
    runs: dict[int, PageRun] = {}
    for some in (done.filter(lane=terms.lane), done) if choice.is_paid else ():
        if len(runs) < LEAST_HISTORY:
            runs = {run.pk: run for run in some.order_by("-id")[:HISTORY]}
    # Each as it was asked then, when fewer sister pages were known.
    told = {run: kin.with_sisters(page, asked_at(runs[run])) for run, page in read(list(runs)).items()}
    counted = {run: count(page, terms.brief, batch.tier, choice.model) for run, page in told.items()}
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
