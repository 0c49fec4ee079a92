"""What a batch with a pilot goes by: its plan, the sample, and when its waves stop."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_noop as _

from batches.models import Batch, Decision, PageRun, Suggestion
from nimbus.errors import InvalidError

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
REASONS = ("pilot_review", "guard_stop")
# Before a wave is over, fewer texts say little; and so do fewer decisions of people at any time.
FEWEST_TEXTS, FEWEST_DECISIONS = 20, 5


@dataclass(frozen=True, slots=True)
class Pilot:
    """How a batch begins: so many pages first, then waves, and the shares of texts that stop them."""

    size: int = 20
    wave_size: int = 200
    most_held: float = 0.3
    most_rejected: float = 0.3

    @classmethod
    def of(cls, batch: Batch) -> "Pilot | None":
        kept = batch.plan.get("pilot")
        # A bare number is from before waves had sizes and limits of their own.
        return cls(**(kept if isinstance(kept, dict) else {"size": kept})) if kept else None


def planned(pilot: Pilot | None, lane: str) -> dict[str, Any]:
    """What a new batch's plan says of its pilot."""
    if pilot and lane == Batch.Lane.ECONOMY:
        raise InvalidError(
            _("A pilot is for the live lane: waiting a day for its answers would help nobody."), field="pilot"
        )
    return {"pilot": asdict(pilot)} if pilot else {}


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


def coverage(pages: Mapping[int, Mapping[str, Any]], chosen: Iterable[int]) -> dict[str, tuple[int, int]]:
    """By dimension: how many of its values the sample shows, and how many there are."""
    every = {value for dimensions in pages.values() for value in _values(dimensions)}
    shown = {value for run in chosen for value in _values(pages[run])}
    counts = Counter(name for name, _ in every)
    return {name: (sum(found == name for found, _ in shown), counts[name]) for name in sorted(counts)}


def _values(dimensions: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return [(name, str(value)) for name, value in dimensions.items()]


def is_over(batch: Batch) -> bool:
    """Whether nothing is left to do of the waves so far."""
    runs = PageRun.objects.filter(batch=batch)
    soon = Q(status=PageRun.Status.QUEUED) & (Q(not_before=None) | Q(not_before__lt=NEVER))
    return not runs.filter(soon | Q(status=PageRun.Status.PROCESSING)).exists()


def guard(batch: Batch, fewest: int = 1) -> str:
    """Why the next wave should not go on by itself, or an empty string."""
    pilot = Pilot.of(batch) or Pilot()
    # What a person has looked at and let go on stops nothing again.
    since = {"created_at__gt": batch.plan["looked_at"]} if "looked_at" in batch.plan else {}
    texts = Suggestion.objects.filter(run__batch=batch, run__wave=batch.plan["wave"], **since).aggregate(
        all=Count("id"), held=Count("id", filter=Q(level__in=["hold", "refuse"]))
    )
    if texts["all"] >= fewest and texts["held"] > pilot.most_held * texts["all"]:
        return f"Checks held {texts['held']} of the last wave's {texts['all']} texts."
    decided = decisions_since(batch).aggregate(
        all=Count("suggestion", distinct=True),
        rejected=Count("suggestion", distinct=True, filter=Q(what=Decision.What.REJECT)),
    )
    if decided["all"] >= FEWEST_DECISIONS and decided["rejected"] > pilot.most_rejected * decided["all"]:
        return f"People rejected {decided['rejected']} of the {decided['all']} texts they decided on since."
    return ""


def decisions_since(batch: Batch) -> QuerySet[Decision]:
    """What people decided in this batch since one of them last let it go on."""
    since = {"at__gt": batch.plan["looked_at"]} if "looked_at" in batch.plan else {}
    return Decision.objects.filter(suggestion__run__batch=batch, **since).exclude(by="auto")
