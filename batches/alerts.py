"""Mail to those who can mend it, when a batch waits for a person."""

from django.conf import settings

from accounts.models import User
from accounts.visitors import MANAGERS
from batches import progress, reports
from batches.mail import letters, wishes
from batches.models import Batch, OutboxMail

KIND = "batch_paused"
# A cap has a mail of its own (budgets), and who pauses a batch by hand knows it.
TOLD_ELSEWHERE = ("budget", "user")


def tell_paused(batch_id: str, reason: str) -> int:
    """Once each time the batch was paused, to owners and admins; returns how many."""
    if reason in TOLD_ELSEWHERE:
        return 0
    batch = Batch.objects.select_related("project").get(id=batch_id)
    managers = User.objects.filter(
        memberships__organization_id=batch.organization_id,
        memberships__role__in=MANAGERS,
        is_active=True,
    )
    earlier = OutboxMail.objects.filter(batch=batch, kind__startswith=KIND).values("kind").distinct().count()
    # A batch has one mail of a kind for each reader, and may be paused more than once.
    kind = f"{KIND}_{earlier}" if earlier else KIND
    title, way_out = progress.words(reason)
    context = {
        "batch": batch,
        "project": batch.project,
        "title": title,
        "help": way_out,
        "bars": reports.bars(batch)[:1],
        "url": f"{settings.SITE_URL}/batches/{batch.id}",
    }
    mails = [
        letters.write("paused", user, context, kind=kind, organization_id=batch.organization_id, batch=batch)
        for user in managers.distinct()
        if wishes.wants_now(user, "trouble", batch.project_id)
    ]
    return len(OutboxMail.objects.bulk_create(mails))
