"""What is kept for how long: pages' HTML and archives, models' answers, mails, texts of the audit trail.

Results, decisions and figures stay for as long as their project; the rest goes, a thousand rows at a time.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from accounts import chains, erasure
from accounts.models import AuditChain, AuditEvent, DataExport, Invitation
from batches.models import Artifact, Batch, ModelCall, OutboxMail, PageSnapshot, WebhookDelivery
from nimbus import artifacts, clock
from projects import deletion

AT_ONCE = 1000


def purge(now: datetime | None = None) -> dict[str, int]:
    """How many of each went. Whatever is left over goes with the next call."""
    now = now or clock.now()

    def before(days: int) -> datetime:
        return now - timedelta(days=days)

    return {
        "files": purge_files(now),
        "answers": purge_answers(before(settings.ANSWER_DAYS)),
        "mails": purge_mails(before(settings.MAIL_DAYS)),
        "deliveries": purge_deliveries(before(settings.MAIL_DAYS)),
        "texts": purge_texts(before(settings.LOG_DAYS)),
        "sessions": first(Session.objects.filter(expire_date__lt=now), "session_key").delete()[0],
        "invitations": first(Invitation.objects.filter(expires_at__lt=before(settings.MAIL_DAYS))).delete()[
            0
        ],
        "exports": purge_exports(now),
        "projects": deletion.erase_due(now),
    }


def first(rows: models.QuerySet[Any], key: str = "pk") -> models.QuerySet[Any]:
    chosen: models.QuerySet[Any] = rows.model._base_manager.filter(
        **{f"{key}__in": list(rows.values_list(key, flat=True)[:AT_ONCE])}
    )
    return chosen


def purge_files(now: datetime) -> int:
    """Old pages' HTML, uploads and archives; a file that a younger row names, too, stays."""
    with transaction.atomic():
        pages = PageSnapshot.objects.exclude(source_key="")
        old = first(over(pages, "run__uploaded_at", "run__batch__project", now))
        rows = first(over(Artifact.objects.all(), "created_at", "project", now))
        keys = set(old.values_list("source_key", flat=True)) | set(rows.values_list("key", flat=True))
        old.update(source_key="")
        rows.delete()
        keys -= set(PageSnapshot.objects.filter(source_key__in=keys).values_list("source_key", flat=True))
        keys -= set(Artifact.objects.filter(key__in=keys).values_list("key", flat=True))
    return sum(artifacts.delete(key) for key in keys)


def over(rows: models.QuerySet[Any], since: str, project: str, now: datetime) -> models.QuerySet[Any]:
    """Those kept for longer than their project says, or the installation where it says nothing."""
    own = Cast(KeyTextTransform("content_days", f"{project}__settings"), models.IntegerField())
    days = Coalesce(own, settings.CONTENT_DAYS)
    kept = models.ExpressionWrapper(
        days * models.Value(timedelta(days=1)), output_field=models.DurationField()
    )
    end = models.ExpressionWrapper(models.F(since) + kept, output_field=models.DateTimeField())
    found: models.QuerySet[Any] = rows.annotate(end=end).filter(end__lt=now)
    return found


def purge_answers(cutoff: datetime) -> int:
    """What models said, word for word; of an open batch it is kept, so that nothing is bought twice."""
    calls = ModelCall.objects.filter(sent_at__lt=cutoff, answer__isnull=False)
    return first(calls.exclude(batch__status__in=Batch.OPEN)).update(answer=None)


def purge_mails(cutoff: datetime) -> int:
    """The words go; the row stays, so that no mail is sent a second time."""
    mails = OutboxMail.objects.filter(created_at__lt=cutoff).exclude(text="", html="")
    return first(mails).update(text="", html="")


def purge_deliveries(cutoff: datetime) -> int:
    over = WebhookDelivery.objects.filter(created_at__lt=cutoff, next_attempt_at=None).exclude(payload={})
    return first(over).update(payload={})


def purge_texts(cutoff: datetime) -> int:
    """Of the audit trail the texts go, and each chain says so; what happened, when and by whom stays."""
    old = AuditEvent.objects.filter(at__lt=cutoff).exclude(salt="").order_by().values("chain")
    newest = old.annotate(seq=models.Max("seq"))[:AT_ONCE]
    return sum(
        chains.erase(AuditChain.objects.get(id=row["chain"]), "retention", row["seq"]) for row in newest
    )


def purge_exports(now: datetime) -> int:
    gone = 0
    for export in DataExport.objects.filter(expires_at__lt=now)[:AT_ONCE]:
        erasure.drop_export(export)
        gone += 1
    return gone
