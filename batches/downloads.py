"""The current approved text of every page, a few pages at a time, and what a build made of it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import batched, chain, groupby
from typing import Any, NamedTuple

import orjson
from django.db import connection, transaction
from django.utils.translation import gettext_noop as _

from accounts import audit
from batches.models import Page, Suggestion
from nimbus import clock
from nimbus.errors import InvalidError
from projects.models import Project

# The first portion is small, so that the first byte leaves at once.
FIRST_TEXTS, TEXTS_AT_ONCE = 10, 200
# Of a line of the stream.
FIELDS = ("page_id", "page_url", "source_path", "batch_id", "optimization")


class Decided(NamedTuple):
    """A suggestion that was decided, and the run that it came from."""

    page_id: str
    target: str
    kind: str
    position: int
    original: str
    approved_text: str
    review: str
    run_id: int
    batch_id: str
    finished_at: datetime | None
    model: str
    confidence: float | None
    tier: str


# For each target what was decided last, so that an old approval ends with a new rejection.
DECIDED = """
SELECT DISTINCT ON (s.page_id, s.target) s.page_id, s.target, s.kind, s.position, s.original,
    coalesce(nullif(s.decided_text, ''), s.text), s.review, s.run_id, s.batch_id, r.finished_at, r.model,
    r.confidence, b.tier
FROM batches_suggestion s JOIN batches_pagerun r ON r.id = s.run_id JOIN batches_batch b ON b.id = s.batch_id
WHERE s.page_id = ANY(%s) AND s.decided_at IS NOT NULL AND s.review <> 'pending'
ORDER BY s.page_id, s.target, s.decided_at DESC, s.run_id DESC
"""


def project_results(project: Project, since: int = 0) -> Iterator[bytes]:
    """The current approved text of every page that changed after `since`, whatever batch it came from."""
    # Read first: what changes from here on is sent again to whoever asks with this cursor.
    project.refresh_from_db(fields=["results_version"])
    cursor = project.results_version
    if since > cursor:
        raise InvalidError(_("This project gave no such cursor. Ask without `since`."), field="since")
    # Names alone fit into memory for any site; their texts are read a portion at a time.
    found = Page.objects.filter(project=project, results_version__gt=since)
    names = list(found.values_list("id", flat=True).order_by("id"))
    follows = bool(project.setting("og_follows"))
    for portion in chain([names[:FIRST_TEXTS]], batched(names[FIRST_TEXTS:], TEXTS_AT_ONCE)):
        rows = Page.objects.filter(id__in=portion).order_by("id")
        pages = rows.values_list("id", "domain", "path", "source_path")
        decided = newest_decisions(portion)
        yield b"".join(dump(result(*page, decided.get(page[0], []), follows)) for page in pages)
    yield dump({"end": True, "pages": len(names), "cursor": str(cursor)})


def newest_decisions(page_ids: Sequence[str]) -> dict[str, list[Decided]]:
    """What was decided last on each target, by page."""
    with connection.cursor() as cursor:
        cursor.execute(DECIDED, [list(page_ids)])
        rows = [Decided(*row) for row in cursor.fetchall()]
    return {page: list(group) for page, group in groupby(rows, key=lambda row: row.page_id)}


def is_approved(decided: Decided) -> bool:
    return decided.review == Suggestion.Review.APPROVED and bool(decided.approved_text)


def result(
    page_id: str, domain: str, path: str, source_path: str, decided: Iterable[Decided], og_follows: bool
) -> dict[str, Any]:
    """One page's line; without any text where all of it was rejected."""
    kept = sorted(filter(is_approved, decided), key=lambda item: item.position)
    head = [item for item in kept if item.kind == Suggestion.Kind.HEAD]
    blocks = [item for item in kept if item.kind == Suggestion.Kind.BLOCK]
    newest = max(kept, key=lambda item: item.run_id, default=None)
    return {
        "page_id": page_id,
        "page_url": f"https://{domain}{path}",
        "source_path": source_path,
        "batch_id": newest.batch_id if newest else None,
        "optimization": {
            "completed": newest.finished_at if newest else None,
            "model": newest.model if newest else None,
            "confidence": newest.confidence if newest else None,
            "changes": len(kept),
            "type": newest.tier if newest else None,
            "originals": {item.target: item.original for item in head},
            "og_follows": og_follows,
            "optimizations": {
                "head": {item.target: item.approved_text for item in head},
                "blocks": [{"id": item.target, "optimized_content": item.approved_text} for item in blocks],
            },
        },
    }


@transaction.atomic
def record_applied(project: Project, pages: Sequence[dict[str, Any]], by: Any) -> int:
    """Note what a build wrote and skipped; pages of another project are left out. Returns how many."""
    known = set(
        Page.objects.filter(project=project, id__in=[page["page_id"] for page in pages]).values_list(
            "id", flat=True
        )
    )
    told = [page for page in pages if page["page_id"] in known]
    now = clock.now()
    rows = {
        page["page_id"]: Page(id=page["page_id"], applied_at=now, applied_hash=page["after_hash"])
        for page in told
    }
    Page.objects.bulk_update([rows[name] for name in sorted(rows)], ["applied_at", "applied_hash"])
    audit.record_many(applied_event(project, page, by) for page in told)
    return len(told)


def applied_event(project: Project, page: dict[str, Any], by: Any) -> audit.Entry:
    skipped = page["skipped"]
    message = f"Applied {len(page['applied'])} texts"
    if skipped:
        message += f", skipped {len(skipped)}"
    return audit.Entry(
        chain=project.id,
        organization_id=project.organization_id,
        action="page.applied",
        actor=audit.name_of(by),
        target=page["page_id"],
        level="warn" if skipped else "info",
        step="apply",
        message=message,
        data={
            "before_hash": page["before_hash"],
            "after_hash": page["after_hash"],
            "applied": page["applied"][:50],
            "skipped": skipped[:50],
        },
    )


def dump(data: Any) -> bytes:
    return orjson.dumps(data, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
