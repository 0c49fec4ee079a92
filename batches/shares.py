"""A batch's files, and temporary links to them for people without an account.

A share is an artifact row with an end. The link is signed, not stored; taking it back is bringing the end
forward, so that no link outlives its row.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from accounts import audit
from batches import archives, artifact_rows, bundles, reports
from batches.models import Artifact, Batch
from nimbus import clock, walls
from nimbus.errors import InvalidError, NotFoundError

SALT = "nimbus.share"
DAYS = (1, 7, 30)


def create(batch: Batch, what: str, days: int, by: Any) -> Artifact:
    """The file as it is now; later decisions do not change it. Raises InvalidError and NotFoundError."""
    if days not in DAYS:
        raise InvalidError(_("Choose 1, 7 or 30 days."))
    if not batch.is_final:
        raise InvalidError(_("The batch is not done yet. Share it once it is."))
    file = make(batch, what)
    with transaction.atomic():
        fields = artifact_rows.fields(batch, file.kind, file.key, file.size)
        share = Artifact.objects.create(
            **fields, name=file.name, expires_at=clock.now() + timedelta(days=days)
        )
        data = {"what": what, "days": days, "share": share.pk}
        audit.record(batch.project, "share.created", actor=by, target=batch, batch=batch.id, data=data)
    return share


def make(batch: Batch, what: str) -> Artifact:
    """Raises InvalidError for what is none of its files."""
    if what not in FILES:
        raise InvalidError(_("Choose one of %(files)s."), files=", ".join(FILES))
    return FILES[what][1](batch)


def report(batch: Batch) -> Artifact:
    """The mail without a reader: nobody's address, nobody's way to unsubscribe."""
    html = render_to_string("batches/mail/report-body.html", reports.describe(batch))
    return artifact_rows.keep(batch, Artifact.Kind.REPORT, f"{batch.id}.html", html.encode())


# By name: what it is called on the screen, and what makes it.
FILES: dict[str, tuple[str, Callable[[Batch], Artifact]]] = {
    "site": (_("The site with the approved texts"), archives.build),
    "report": (_("The report"), report),
    "results": (_("Results, as NDJSON"), bundles.results),
    "pages": (_("Uploaded pages, as NDJSON"), bundles.pages),
    "audit": (_("Audit log of this batch, as NDJSON"), bundles.history),
}


def files_of(batch: Batch) -> list[tuple[str, str]]:
    """Name and words of what it has: the site was made of a ZIP."""
    has_zip = batch.artifacts.filter(kind=Artifact.Kind.UPLOAD).exists()
    return [(name, gettext(words)) for name, (words, _make) in FILES.items() if name != "site" or has_zip]


def of(batch: Batch) -> QuerySet[Artifact]:
    """Those that still open."""
    return batch.artifacts.filter(expires_at__gt=clock.now()).order_by("-id")


def link(share: Artifact) -> str:
    token = signing.dumps([share.organization_id, share.pk], salt=SALT)
    return settings.SITE_URL + reverse("batches:shared", args=[token])


def find(token: str) -> Artifact:
    """Raises NotFoundError alike for what was never shared, has ended or was taken back."""
    try:
        tenant, number = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError):
        raise NotFoundError from None
    with walls.joined(tenant):
        share = Artifact.objects.filter(
            pk=number, organization_id=tenant, project__deleted_at=None, expires_at__gt=clock.now()
        ).first()
    if share is None:
        raise NotFoundError
    return share


@transaction.atomic
def revoke(batch: Batch, number: int, by: Any) -> bool:
    """False where it had ended already."""
    ended = of(batch).filter(pk=number).order_by().update(expires_at=clock.now())
    if ended:
        data = {"share": number}
        audit.record(batch.project, "share.revoked", actor=by, target=batch, batch=batch.id, data=data)
    return bool(ended)
