"""How the installation is doing, for support, and what support may set right."""

import contextlib
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from accounts import audit
from accounts.models import Organization
from batches import queue
from batches.models import Batch, OutboxMail, PageRun, ProviderBatch, WebhookDelivery
from nimbus import health
from nimbus.errors import NimbusError


def lines() -> list[tuple[str, str]]:
    """Each figure with its name, as support reads them."""
    now = timezone.now()
    runs = PageRun.objects.filter(batch__status__in=Batch.RUNNABLE)
    waiting = runs.filter(status="queued").aggregate(count=Count("pk"), oldest=Min("updated_at"))
    held = PageRun.objects.filter(status="processing").aggregate(
        live=Count("pk", filter=Q(lease_expires_at__gt=now)),
        dead=Count("pk", filter=Q(lease_expires_at__lte=now)),
    )
    paused = Batch.objects.filter(status=Batch.Status.PAUSED).values("pause_reason").annotate(n=Count("pk"))
    mails = OutboxMail.objects.filter(sent_at=None).aggregate(
        waiting=Count("pk"), tried=Count("pk", filter=Q(attempts__gt=0)), oldest=Min("created_at")
    )
    hooks = WebhookDelivery.objects.filter(delivered_at=None, next_attempt_at__isnull=False)
    beat = health.silence_s(health.BEAT)
    return [
        ("Pages that wait", f"{waiting['count']:,}"),
        ("The oldest of them waits for", age(waiting["oldest"])),
        ("Leases", f"{held['live']} live, {held['dead']} over"),
        ("Paused batches", ", ".join(f"{row['pause_reason']}: {row['n']}" for row in paused) or "none"),
        ("Provider batches under way", str(ProviderBatch.objects.filter(ended_at=None).count())),
        (
            "Mails that wait",
            f"{mails['waiting']}, {mails['tried']} of them tried, oldest {age(mails['oldest'])}",
        ),
        ("Webhook messages that wait", str(hooks.count())),
        ("Beat was last heard of", "never" if beat is None else f"{beat:.0f} s ago"),
        ("Paused or closing organizations", str(closed().count())),
    ]


def age(moment: Any) -> str:
    return f"{(timezone.now() - moment).total_seconds():,.0f} s" if moment else "none"


def closed() -> QuerySet[Organization]:
    return Organization.objects.filter(Q(paused_at__isnull=False) | Q(delete_after__isnull=False))


def hold_closed() -> int:
    """For the sweep: what runs in a paused or closing organization is paused; how many batches."""
    running = Batch.objects.filter(status__in=Batch.RUNNABLE, project__organization__in=closed())
    found = list(running.select_related("project").order_by("id")[:100])
    for batch in found:
        # It may have ended meanwhile.
        with contextlib.suppress(NimbusError):
            queue.pause(batch, by="system")
    return len(found)


@transaction.atomic
def send_again(mails: QuerySet[OutboxMail], staff: Any) -> int:
    """These mails are sent once more, which their organization can read; not those without words any more."""
    mails = mails.exclude(text="", html="")
    tenants = set(mails.exclude(organization_id="").values_list("organization_id", flat=True))
    count = mails.update(sent_at=None, attempts=0, next_attempt_at=None)
    for organization in Organization.objects.filter(id__in=tenants).order_by("id"):
        audit.record(organization, "support.acted", actor=staff, data={"what": "mail sent again"})
    return count
