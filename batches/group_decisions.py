"""One word on many changes: approve or reject all of a list, but for exceptions; take it back whole."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from accounts import audit
from batches import alikes, reviews
from batches.models import Batch, Decision, GroupDecision, Suggestion
from batches.wishes import READY, Wish
from nimbus.errors import StateError

# More in one go would hold the batch's rows for too long; the rest is one more press.
MOST = 20_000
PORTION = 2_000
LATELY = 3


class NothingMatchesError(StateError):
    """No undecided change matches any more, or all of them are held out."""

    code = "nothing_matches"


class UndoneAlreadyError(StateError):
    """This word on many was taken back already."""

    code = "undone_already"


def reached(batch: Batch, wish: Wish, what: str, until: datetime | None = None) -> Any:
    """What the word would reach: what a check holds is never approved in a group."""
    rows = alikes.listed(batch, wish)
    if what == Decision.What.APPROVE:
        rows = rows.filter(READY)
    # Only what the person could see: a batch in work brings new changes all the time.
    return rows.filter(created_at__lte=until) if until else rows


@transaction.atomic
def decide(
    batch: Batch,
    wish: Wish,
    what: Decision.What,
    *,
    by: Any,
    out: Collection[str] = (),
    until: datetime | None = None,
) -> GroupDecision:
    """Approve or reject what matches; `out` are the changes that the person holds out."""
    rows = list(reached(batch, wish, what, until).exclude(id__in=out).select_related("batch")[:MOST])
    if not rows:
        raise NothingMatchesError("No undecided change matches any more. Nothing was changed.")
    group = start(batch, wish, what, by)
    for at in range(0, len(rows), PORTION):
        group.count += reviews.decide(rows[at : at + PORTION], what, by=by, group=group)
    group.save(update_fields=["count"])
    return group


def start(batch: Batch, wish: Wish, what: Decision.What, by: Any) -> GroupDecision:
    return GroupDecision.objects.create(
        organization_id=batch.organization_id,
        batch=batch,
        by=audit.name_of(by),
        what=what,
        wish=wish.given,
    )


@transaction.atomic
def undo(group: GroupDecision, *, by: Any) -> int:
    """Make those wait again on which nobody decided since; returns how many."""
    free = GroupDecision.objects.filter(id=group.pk, undone_at=None)
    if free.update(undone_at=timezone.now()) != 1:
        raise UndoneAlreadyError("This was taken back already.")
    newest = Decision.objects.filter(suggestion=OuterRef("id")).order_by("-id").values("group")[:1]
    mine = Suggestion.objects.filter(id__in=group.decisions.values("suggestion"))
    rows = list(
        mine.annotate(newest=Subquery(newest)).filter(newest=group.pk).select_related("batch").order_by("id")
    )
    back = start(group.batch, Wish.of(group.wish), Decision.What.ROLLBACK, by)
    for at in range(0, len(rows), PORTION):
        back.count += reviews.decide(rows[at : at + PORTION], Decision.What.ROLLBACK, by=by, group=back)
    # It is no act that could be taken back in its turn.
    back.undone_at = timezone.now()
    back.save(update_fields=["count", "undone_at"])
    return back.count


def lately(batch: Batch) -> Any:
    """The newest words on many that can be taken back."""
    return batch.group_decisions.filter(undone_at=None).order_by("-id")[:LATELY]
