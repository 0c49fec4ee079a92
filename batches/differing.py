"""Pages of a family that say too much the same are worked on once more, told to differ from their sisters.

They make a batch of their own from what was uploaded last. Only title, description and main heading are
bought again: everything else is remembered.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from batches import queue, uploads
from batches.models import Batch, PageRun, PageSnapshot
from nimbus.errors import StateError
from projects.models import Project

MOST = 200


class NothingToDifferError(StateError):
    code = "nothing_to_differ"
    message = _("None of these pages is done and still has its text. Upload them anew.")


@transaction.atomic
def start(project: Project, pages: Sequence[str], by: Any) -> Batch:
    """A batch of these pages' newest finished runs, submitted; by page ids."""
    newest = (
        PageRun.objects.filter(
            page__in=list(pages)[:MOST], page__project=project, status=PageRun.Status.DONE,
            snapshot__isnull=False,
        )
        .select_related("batch", "page", "snapshot")
        .order_by("page_id", "-id")
        .distinct("page_id")
    )  # fmt: skip
    runs = list(newest)
    if not runs:
        raise NothingToDifferError
    label = f"Differ: {runs[0].page.path}" if len(runs) == 1 else f"Differ: {len(runs)} pages"
    batch = uploads.create_batch(project, tier=runs[0].batch.tier, lane="live", label=label[:120], by=by)
    batch.plan = batch.plan | {"differs": True}
    batch.save(update_fields=["plan"])
    for run in runs:
        copy = PageRun.objects.create(
            organization_id=batch.organization_id, batch=batch, page=run.page,
            content_hash=run.content_hash, title=run.title,
        )  # fmt: skip
        PageSnapshot.objects.create(
            run=copy,
            organization_id=batch.organization_id,
            body=run.snapshot.body,
            source_key=run.snapshot.source_key,
        )
    batch.refresh_from_db()
    return queue.submit(batch, by)
