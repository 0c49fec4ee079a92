"""One word on many changes: approve or reject all of a list, but for exceptions; take it back whole."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from accounts import audit
from batches import group_work, wakeups
from batches.models import Batch, Decision, GroupDecision
from batches.wishes import Wish
from nimbus.errors import StateError

# So many at most are decided while the person waits; more by a worker, whose progress is shown.
AT_ONCE = group_work.PORTION - 1
LATELY = 3


class NothingMatchesError(StateError):
    """No undecided change matches any more, or all of them are held out."""

    code = "nothing_matches"


class UndoneAlreadyError(StateError):
    """This word on many was taken back already."""

    code = "undone_already"


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
    group = start(batch, wish.given, what, by)
    group.held_out, group.until = sorted(out), until
    group.total = group_work.left(group).count()
    if not group.total:
        raise NothingMatchesError(_("No undecided change matches any more. Nothing was changed."))
    return begin(group)


@transaction.atomic
def roll_back(batch: Batch, *, by: Any, page_id: str = "") -> GroupDecision:
    """Make all that was decided in a batch, or on one page of it, wait again; builds get what was before."""
    group = start(batch, Wish(page=page_id).given, Decision.What.ROLLBACK, by)
    group.total = group_work.left(group).count()
    if not group.total:
        raise NothingMatchesError(_("Nothing is decided here, so there is nothing to roll back."))
    return begin(group)


def start(batch: Batch, wish: dict[str, Any], what: str, by: Any) -> GroupDecision:
    return GroupDecision.objects.create(
        organization_id=batch.organization_id,
        batch=batch,
        by=audit.name_of(by),
        what=what,
        wish=wish,
    )


def begin(group: GroupDecision) -> GroupDecision:
    """Carry out a small one at once, and hand a large one to a worker."""
    group.is_open = True
    group.save(update_fields=["total", "held_out", "until", "is_open"])
    if group.total <= AT_ONCE:
        group_work.advance(group)
    else:
        wakeups.offer_groups()
    return group


@transaction.atomic
def undo(group: GroupDecision, *, by: Any) -> GroupDecision:
    """Take it back, and stop it where it still goes on; but not on what somebody decided since."""
    free = GroupDecision.objects.filter(id=group.pk, undone_at=None)
    if free.update(undone_at=timezone.now(), is_open=False) != 1:
        raise UndoneAlreadyError(_("This was taken back already."))
    group.refresh_from_db()
    is_rollback = group.what == Decision.What.ROLLBACK
    what = group_work.RESTORE if is_rollback else Decision.What.ROLLBACK
    back = start(group.batch, Wish.of(group.wish).given | {"undoes": group.pk}, what, by)
    # It is no act that could be taken back in its turn.
    back.undone_at, back.total = timezone.now(), group.count
    back.save(update_fields=["undone_at"])
    return begin(back)


def lately(batch: Batch) -> Any:
    """The newest words on many that can be taken back, and those that are still carried out."""
    return batch.group_decisions.filter(Q(undone_at=None) | Q(is_open=True)).order_by("-id")[:LATELY]
