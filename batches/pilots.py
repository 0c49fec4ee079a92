"""A batch with a pilot: a sample of its pages first, for people to look at, then the rest in waves.

Pages of later waves are queued with a moment that never comes; releasing a wave takes it away. So claiming
needs to know nothing of waves.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from batches import results, wakeups
from batches.models import Batch, PageRun, Suggestion

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
WAVE = 200
# Shares of a wave's texts beyond which nothing goes on without a person.
MOST_HELD, MOST_REJECTED = 0.3, 0.3
REASONS = ("pilot_review", "guard_stop")


def stage(batch: Batch) -> None:
    """Choose the pilot among the queued pages, and put the others off to later waves."""
    size = int(batch.plan.get("pilot", 0))
    if not size:
        return
    queued = PageRun.objects.filter(batch=batch, status=PageRun.Status.QUEUED)
    pages = dict(queued.order_by("id").values_list("id", "page__dimensions"))
    chosen = sample(pages, size)
    later = [run for run in pages if run not in chosen]
    for number, start in enumerate(range(0, len(later), WAVE), start=1):
        wave = later[start : start + WAVE]
        PageRun.objects.filter(id__in=wave).update(wave=number, not_before=NEVER)
    batch.plan = batch.plan | {"wave": 0, "waves": -(-len(later) // WAVE)}
    batch.save(update_fields=["plan"])


def sample(pages: Mapping[int, Mapping[str, Any]], size: int) -> set[int]:
    """So many pages that together show as many values of every dimension as they can, evenly."""
    seen: dict[tuple[str, str], int] = {}
    left = dict(pages)
    chosen: set[int] = set()
    while left and len(chosen) < size:
        best = min(left, key=lambda run: (sum(seen.get(value, 0) for value in _values(left[run])), run))
        for value in _values(left.pop(best)):
            seen[value] = seen.get(value, 0) + 1
        chosen.add(best)
    return chosen


def _values(dimensions: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return [(name, str(value)) for name, value in dimensions.items()]


def advance() -> int:
    """For the sweep: waves that are over are followed by the next one, or by a person; how many."""
    waiting = Batch.objects.filter(status__in=Batch.RUNNABLE, plan__has_key="wave", queued_count__gt=0)
    moved = 0
    for batch in waiting.select_related("project").order_by("id"):
        runs = PageRun.objects.filter(batch=batch)
        soon = Q(status=PageRun.Status.QUEUED) & (Q(not_before=None) | Q(not_before__lt=NEVER))
        if not runs.filter(soon | Q(status=PageRun.Status.PROCESSING)).exists():
            moved += 1
            follow(batch)
    return moved


def follow(batch: Batch) -> None:
    if batch.plan["wave"] == 0:
        message = "The pilot is done. Look at its pages, then resume the batch to work on the others."
        results.pause_for(batch, "pilot_review", message)
    elif trouble := guard(batch):
        results.pause_for(batch, "guard_stop", trouble)
    else:
        release(batch)
        wakeups.offer()


def guard(batch: Batch) -> str:
    """Why the next wave should not go on by itself, or an empty string."""
    texts = Suggestion.objects.filter(run__batch=batch, run__wave=batch.plan["wave"]).aggregate(
        all=Count("id"),
        held=Count("id", filter=Q(level__in=["hold", "refuse"])),
        decided=Count("id", filter=~Q(review="pending")),
        rejected=Count("id", filter=Q(review="rejected")),
    )
    if texts["held"] > MOST_HELD * texts["all"]:
        return f"Checks held {texts['held']} of the last wave's {texts['all']} texts."
    if texts["rejected"] > MOST_REJECTED * texts["decided"]:
        return f"People rejected {texts['rejected']} of the last wave's {texts['decided']} decided texts."
    return ""


@transaction.atomic
def release(batch: Batch) -> None:
    """Let the next wave be claimed."""
    locked = Batch.objects.select_for_update().get(id=batch.id)
    wave = locked.plan["wave"] + 1
    PageRun.objects.filter(batch=locked, wave=wave, status=PageRun.Status.QUEUED).update(not_before=None)
    locked.plan = locked.plan | {"wave": wave}
    locked.save(update_fields=["plan"])


def resumed(batch: Batch, reason: str) -> None:
    """A person has looked: what the pause held back goes on."""
    if reason in REASONS and "wave" in batch.plan:
        release(batch)
