"""Mail to those who can mend it, when a batch waits for a person."""

from django.conf import settings
from django.template.loader import render_to_string

from accounts.models import User
from accounts.visitors import MANAGERS
from batches import progress
from batches.models import Batch, OutboxMail
from nimbus import ids

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
    title, way_out = progress.words(reason)
    context = {"batch": batch, "project": batch.project, "title": title, "help": way_out}
    context["url"] = f"{settings.SITE_URL}/batches/{batch.id}"
    subject = render_to_string("batches/mail/paused-subject.txt", context)
    mails = [
        OutboxMail(
            organization_id=batch.organization_id,
            batch=batch,
            # A batch has one mail of a kind for each reader, and may be paused more than once.
            kind=f"{KIND}_{earlier}" if earlier else KIND,
            to=user.email,
            subject=" ".join(subject.split())[:250],
            text=render_to_string("batches/mail/paused-body.txt", context | {"user": user}),
            message_id=f"<{ids.base32(24)}@nimbus>",
        )
        for user in managers.distinct()
    ]
    return len(OutboxMail.objects.bulk_create(mails))
