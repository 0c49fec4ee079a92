"""The pilot of a batch and its waves, for people: how far each is, and what may be done next."""

from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count, Q

from batches import waves
from batches.models import Batch, PageRun, Suggestion
from batches.waves import Pilot

# Of many waves those next to the one in work say enough.
AROUND = 1
HELD = Q(level__in=["hold", "refuse"])


@dataclass(frozen=True, slots=True)
class Stage:
    """The pilot, or one wave, for people."""

    number: int
    pages: int
    done: int
    failed: int
    texts: int
    held: int
    state: str

    @property
    def held_share(self) -> float | None:
        return self.held / self.texts if self.texts else None


def stages(batch: Batch) -> list[Stage]:
    """The pilot and its waves as they stand; none where the batch was not submitted yet."""
    if "wave" not in batch.plan:
        return []
    status = PageRun.Status
    runs = PageRun.objects.filter(batch=batch).exclude(status=status.SKIPPED).order_by()
    pages = runs.values("wave").annotate(
        all=Count("id"),
        done=Count("id", filter=Q(status=status.DONE)),
        failed=Count("id", filter=Q(status=status.FAILED)),
        ended=Count("id", filter=Q(status__in=PageRun.FINAL)),
    )
    texts = Suggestion.objects.filter(batch=batch).order_by().values("run__wave")
    said = {row["run__wave"]: row for row in texts.annotate(all=Count("id"), held=Count("id", filter=HELD))}
    none = {"all": 0, "held": 0}
    return [
        Stage(
            row["wave"], row["all"], row["done"], row["failed"], said.get(row["wave"], none)["all"],
            said.get(row["wave"], none)["held"], state_of(batch, row["wave"], row["all"] == row["ended"]),
        )
        for row in sorted(pages, key=lambda row: int(row["wave"]))
    ]  # fmt: skip


def state_of(batch: Batch, wave: int, is_done: bool) -> str:
    if is_done:
        return "done"
    if wave > batch.plan["wave"]:
        return "waiting"
    return "paused" if batch.status == Batch.Status.PAUSED else "processing"


def shown(batch: Batch) -> dict[str, Any] | None:
    """What the pilot panel says; None for a batch without a pilot."""
    pilot = Pilot.of(batch)
    if pilot is None:
        return None
    wave = batch.plan.get("wave", 0)
    rows = stages(batch)
    near = [row for row in rows if not row.number or abs(row.number - wave) <= AROUND]
    upcoming = next((row for row in rows if row.number == wave + 1), None)
    return {
        "stages": near,
        "others": len(rows) - len(near),
        "next_pages": upcoming.pages if upcoming else 0,
        "covers": [
            (name.replace("_", " "), *counts) for name, counts in batch.plan.get("covers", {}).items()
        ],
        "trouble": waves.guard(batch) if batch.pause_reason == "guard_stop" else "",
        "waits": batch.pause_reason in waves.REASONS,
        # Stopped in the middle: what is left of the wave goes on first.
        "is_cut": batch.pause_reason == "guard_stop" and not waves.is_over(batch),
        **asdict(pilot),
    }
