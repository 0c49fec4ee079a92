"""A batch with a pilot: a sample of its pages first, for people to look at, then the rest in waves.

Pages of later waves are queued with a moment that never comes; releasing a wave takes it away. So claiming
needs to know nothing of waves.
"""

from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from accounts import audit
from batches import pauses, wakeups, waves
from batches.models import Batch, PageRun
from batches.waves import NEVER, REASONS, Pilot
from nimbus import clock
from nimbus.errors import StateError


@transaction.atomic
def plan(batch: Batch, pilot: Pilot | None, by: Any, lane: str = "") -> None:
    """Give a batch that was not submitted yet a pilot, or take it away; perhaps another lane, too."""
    locked = (
        Batch.objects.select_for_update(of=("self",), no_key=True).select_related("project").get(id=batch.id)
    )
    if locked.status != Batch.Status.UPLOADING:
        raise StateError(_("A pilot is planned before a batch is submitted."), code="batch_not_uploading")
    others = {name: value for name, value in locked.plan.items() if name != "pilot"}
    locked.lane = lane or locked.lane
    locked.plan = others | waves.planned(pilot, locked.lane)
    locked.save(update_fields=["plan", "lane"])
    data = (asdict(pilot) if pilot else {}) | {"lane": locked.lane}
    audit.record(locked.project, "pilot.planned", actor=by, target=locked, batch=locked.id, data=data)


def stage(batch: Batch) -> None:
    """Choose the pilot among the queued pages, and put the others off to later waves."""
    pilot = Pilot.of(batch)
    if pilot is None:
        return
    queued = PageRun.objects.filter(batch=batch, status=PageRun.Status.QUEUED)
    pages = dict(queued.order_by("id").values_list("id", "page__dimensions"))
    chosen = waves.sample(pages, pilot.size)
    later = [run for run in pages if run not in chosen]
    starts = range(0, len(later), pilot.wave_size)
    for number, start in enumerate(starts, start=1):
        wave = later[start : start + pilot.wave_size]
        PageRun.objects.filter(id__in=wave).update(wave=number, not_before=NEVER)
    batch.plan = batch.plan | {"wave": 0, "waves": len(starts), "covers": waves.coverage(pages, chosen)}
    batch.save(update_fields=["plan"])


def advance() -> int:
    """For the sweep: waves that are over are followed by the next one, or by a person; how many."""
    waiting = Batch.objects.filter(status__in=Batch.RUNNABLE, plan__has_key="wave", queued_count__gt=0)
    moved = 0
    for batch in waiting.select_related("project").order_by("id"):
        if waves.is_over(batch):
            moved += 1
            follow(batch)
        elif batch.plan["wave"] and (trouble := waves.guard(batch, waves.FEWEST_TEXTS)):
            pauses.put(batch, "guard_stop", trouble)
    return moved


def follow(batch: Batch) -> None:
    if batch.plan["wave"] == 0:
        message = "The pilot is done. Look at its pages, then resume the batch to work on the others."
        pauses.put(batch, "pilot_review", message)
    elif trouble := waves.guard(batch):
        pauses.put(batch, "guard_stop", trouble)
    else:
        release(batch)
        wakeups.offer()


@transaction.atomic
def release(batch: Batch, **noted: Any) -> None:
    """Let the next wave be claimed."""
    locked = Batch.objects.select_for_update(no_key=True).get(id=batch.id)
    wave = locked.plan["wave"] + 1
    PageRun.objects.filter(batch=locked, wave=wave, status=PageRun.Status.QUEUED).update(not_before=None)
    locked.plan = locked.plan | {"wave": wave} | noted
    locked.save(update_fields=["plan"])


def resumed(batch: Batch, reason: str) -> None:
    """A person has looked: what the pause held back goes on."""
    if reason not in REASONS or "wave" not in batch.plan:
        return
    looked_at = clock.now().isoformat()
    if waves.is_over(batch):
        release(batch, looked_at=looked_at)
    else:
        # Stopped in the middle of a wave, which goes on first.
        batch.plan = batch.plan | {"looked_at": looked_at}
        batch.save(update_fields=["plan"])
