"""Carries out words on many changes, a portion a transaction, so that any number can be decided.

A portion holds its group's row, writes decisions and the count together, and finds its rows by what is not
done yet; so a portion that is lost, or done by another worker, changes nothing.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from batches import alikes, reviews, wakeups
from batches.models import Decision, GroupDecision, Suggestion
from batches.wishes import READY, Wish

PORTION = 2_000
# A run makes room for others after so long; what it leaves, the next one does.
RUN_S = 20.0
# A group that nobody worked on for so long was lost with its worker.
LOST_S = 10.0
RESTORE = "restore"


def run(is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Portions of all open groups in turn; how many were done."""
    done, end = 0, time.monotonic() + RUN_S
    while not is_stopping():
        ids = list(GroupDecision.objects.filter(is_open=True).order_by("id").values_list("id", flat=True))
        worked = sum(work(group_id) for group_id in ids)
        done += worked
        if not worked:
            return done
        if time.monotonic() > end:
            wakeups.send_groups()
            return done
    return done


def is_left_lying() -> bool:
    lost = timezone.now() - timedelta(seconds=LOST_S)
    return GroupDecision.objects.filter(is_open=True, worked_at__lt=lost).exists()


@transaction.atomic
def work(group_id: int) -> bool:
    """One portion, unless another worker is at this group; whether it was done."""
    groups = GroupDecision.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    group = groups.select_related("batch").filter(id=group_id, is_open=True).first()
    if group is None:
        return False
    advance(group)
    return True


def advance(group: GroupDecision) -> None:
    if group.wish.get("undoes"):
        looked_at = take_back(group)
    else:
        rows = list(left(group).select_related("batch")[:PORTION])
        group.count += reviews.decide(rows, Decision.What(group.what), by=group.by, group=group)
        looked_at = len(rows)
    group.is_open, group.worked_at = looked_at == PORTION, timezone.now()
    group.save(update_fields=["count", "after", "is_open", "worked_at"])


def left(group: GroupDecision) -> Any:
    """What the word still has to reach; what somebody decided since it was said is left alone."""
    since = Decision.objects.filter(suggestion=OuterRef("id"), at__gte=group.at)
    return matching(group).exclude(id__in=group.held_out).exclude(Exists(since))


def matching(group: GroupDecision) -> Any:
    wish = Wish.of(group.wish)
    if group.what == Decision.What.ROLLBACK:
        rows = Suggestion.objects.filter(batch=group.batch).exclude(review=Suggestion.Review.PENDING)
        return rows.filter(page=wish.page) if wish.page else rows
    rows = alikes.listed(group.batch, wish, since=group.at)
    # What a check holds is never approved in a group; and only what the person could see is reached.
    rows = rows.filter(READY) if group.what == Decision.What.APPROVE else rows
    return rows.filter(created_at__lte=group.until) if group.until else rows


def take_back(group: GroupDecision) -> int:
    """The next decisions of the group that this one undoes, where they are still the newest."""
    portion = list(
        Decision.objects.filter(group=group.wish["undoes"], id__gt=group.after)
        .select_related("suggestion__batch")
        .order_by("id")[:PORTION]
        .annotate(newest=Subquery(history("id")), before=Subquery(history("what", OuterRef("id"))),
                  words=Subquery(history("text", OuterRef("id"))))
    )  # fmt: skip
    for (what, text), rows in sorted(formerly(portion, group).items()):
        group.count += reviews.decide(rows, Decision.What(what), by=group.by, text=text, group=group)
    if portion:
        group.after = portion[-1].pk
    return len(portion)


def history(field: str, before: Any = None) -> Any:
    """That field of the newest decision on the same change, or of the newest one before `before`."""
    rows = Decision.objects.filter(suggestion=OuterRef("suggestion")).order_by("-id")
    return (rows if before is None else rows.filter(id__lt=before)).values(field)[:1]


def formerly(portion: Iterable[Any], group: GroupDecision) -> dict[tuple[str, str], list[Suggestion]]:
    """The changes by what is to become of them: pending again, or as they were before a rollback."""
    found: dict[tuple[str, str], list[Suggestion]] = defaultdict(list)
    for decision in portion:
        if decision.newest != decision.pk:
            continue
        if group.what != RESTORE:
            found[Decision.What.ROLLBACK, ""].append(decision.suggestion)
        elif decision.before and decision.before != Decision.What.ROLLBACK:
            found[decision.before, decision.words or ""].append(decision.suggestion)
    return found
