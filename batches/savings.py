"""What memory and the economy lane spared: of one page, or of a whole batch."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from batches.models import Batch, ModelCall, PageRun
from projects import prices


@dataclass(frozen=True, slots=True)
class Savings:
    """Amounts in micro-dollars."""

    by_memory: int = 0
    by_lane: int = 0
    # Texts that were remembered, and pages whose earlier results hold.
    lines: int = 0
    pages: int = 0

    @property
    def total(self) -> int:
        return self.by_memory + self.by_lane


def of_batch(batch: Batch) -> Savings:
    return _of(batch, PageRun.objects.filter(batch=batch), ModelCall.objects.filter(batch=batch))


def of_run(run: PageRun) -> Savings:
    calls = ModelCall.objects.filter(batch=run.batch_id, runs__contains=[run.pk])
    return _of(run.batch, PageRun.objects.filter(pk=run.pk), calls)


def _of(batch: Batch, runs: QuerySet[PageRun], calls: QuerySet[ModelCall]) -> Savings:
    by_memory, lines = _remembered(runs)
    held = {"cost": 0, "pages": 0}
    if batch.skipped_count:
        # What pages that stay as they are have cost when they were done.
        held = runs.filter(status=PageRun.Status.SKIPPED).aggregate(
            cost=Sum("reused_from__cost_microdollars", default=0), pages=Count("reused_from")
        )
    by_lane = _by_lane(calls) if batch.lane == Batch.Lane.ECONOMY else 0
    return Savings(by_memory + held["cost"], by_lane, lines, held["pages"])


def _remembered(runs: QuerySet[PageRun]) -> tuple[int, int]:
    """(what the remembered texts would have cost, how many they are)."""
    reused = runs.filter(reused_lines__gt=0).order_by().values("model", "lane")
    rows = reused.annotate(
        lines=Sum("reused_lines"), given=Sum("saved_input_tokens"), written=Sum("saved_output_tokens")
    )
    spared = lines = 0
    for row in rows:
        price = prices.find(row["model"]) or prices.FREE
        spared += price.cost(row["given"], row["written"], is_economy=row["lane"] == Batch.Lane.ECONOMY)
        lines += row["lines"]
    return spared, lines


def _by_lane(calls: QuerySet[ModelCall]) -> int:
    """How much more the answers of provider batches would have cost at once."""
    bought = calls.filter(provider_batch__isnull=False, outcome=ModelCall.Outcome.ANSWERED)
    rows = bought.order_by().values_list("model").annotate(Sum("cost_microdollars"))
    return sum((prices.find(model) or prices.FREE).spared(paid) for model, paid in rows)
