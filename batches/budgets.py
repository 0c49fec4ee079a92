"""What people hear of a cap: at half of it, at four fifths, when it is reached, and what waits for it.

Each share is told once a month and cap: `SpendTotal.told_percent` says which was told last.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import connection

from accounts.models import User
from accounts.visitors import MANAGERS
from batches import webhooks
from batches.mail import letters, wishes
from batches.models import Batch, OutboxMail
from batches.outcomes import NoRoomError
from projects import books
from projects.books import Holder, Total

SHARES = (50, 80, 100)
TELL = "UPDATE projects_spendtotal SET told_percent = %s WHERE key = %s AND told_percent < %s"


def share_of(spent: int, cap: int | None) -> int:
    """The highest share that is reached, in percent; 0 for none."""
    return max((share for share in SHARES if cap and spent * 100 >= share * cap), default=0)


def tell_shares(totals: Iterable[Total]) -> None:
    """Tell of the shares that these totals, which we hold locked, have reached by now."""
    for total in totals:
        share = share_of(total.spent, total.cap)
        if share > total.told_percent:
            tell(total, share)


def tell(total: Total, share: int, batch: Batch | None = None) -> None:
    """Mail to those who can change the cap, once."""
    with connection.cursor() as cursor:
        cursor.execute(TELL, [share, total.key, share])
        if not cursor.rowcount:
            return
    organization = organization_of(total)
    managers = User.objects.filter(
        memberships__organization_id=organization, memberships__role__in=MANAGERS, is_active=True
    )
    context = {
        "total": total,
        "share": share,
        "batch": batch,
        "url": f"{settings.SITE_URL}/usage",
    }
    OutboxMail.objects.bulk_create(
        letters.write("budget", user, context, kind="budget", organization_id=organization)
        for user in managers.distinct()
        if wishes.wants_now(user, "budget")
    )


def tell_paused(batch_id: str, refusal: NoRoomError) -> None:
    """A batch has been paused for want of room under a cap."""
    batch = Batch.objects.select_related("project").get(id=batch_id)
    total = refusal.total
    # What has to fit before the batch goes on by itself.
    needed = {"owner": total.owner, "microdollars": refusal.microdollars}
    Batch.objects.filter(id=batch_id).update(plan=batch.plan | {"budget": needed})
    webhooks.tell_budget(batch, cap_data(total))
    tell(total, 100, batch)


def refusal_of(batch: Batch) -> str:
    """Why a batch that was paused for a cap can't go on yet; empty where it can."""
    needed = batch.plan.get("budget", {}).get("microdollars", 0)
    holder = Holder(batch.id, batch.project_id, batch.organization_id)
    total = books.look([holder]).used_up(holder, needed)
    return total.refusal(needed) if total else ""


def cap_data(total: Total) -> dict[str, Any]:
    return {
        "cap": total.kind,
        "owner": total.owner,
        "month": total.month or None,
        "cap_usd": (total.cap or 0) / 1_000_000,
        "spent_usd": total.spent / 1_000_000,
        "reserved_usd": total.reserved / 1_000_000,
    }


def organization_of(total: Total) -> str:
    """The tenant behind a total."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id FROM projects_spendtotal WHERE key = %s", [total.key])
        return str(cursor.fetchone()[0])
