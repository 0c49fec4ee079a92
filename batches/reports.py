"""The batch report by mail, through an outbox that commits together with its cause."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import connection

from accounts import heads
from accounts.models import User
from batches.mail import letters, outbox, wishes
from batches.models import Batch, OutboxMail, PageRun, Suggestion

EXAMPLES, CANDIDATES, CHECKS_NAMED = 3, 60, 5
# What catches the eye first, in a search result and on the page.
FIRST = ("title", "metaDescription", "h1")
CHECKS = """
SELECT verdict->>'check', verdict->>'level', count(DISTINCT s.id)
FROM batches_suggestion s, jsonb_array_elements(s.verdicts) verdict
WHERE s.batch_id = %s AND s.level IN ('hold', 'refuse') AND verdict->>'level' IN ('hold', 'refuse')
GROUP BY 1, 2 ORDER BY 3 DESC, 1 LIMIT %s
"""
send_outbox = outbox.send_waiting


def queue_report(batch: Batch) -> int:
    """Write the report to everyone in the organization who wants it, once a batch; returns how many."""
    batch.refresh_from_db()
    people = User.objects.filter(memberships__organization_id=batch.organization_id, is_active=True)
    readers = [user for user in people.distinct() if wants(user, batch)]
    if not readers:
        return 0
    context = describe(batch)
    mails = [
        letters.write(
            "report", user, context, kind="batch_report", organization_id=batch.organization_id, batch=batch
        )
        for user in readers
    ]
    return len(OutboxMail.objects.bulk_create(mails, ignore_conflicts=True))


def wants(user: User, batch: Batch) -> bool:
    """A batch that failed is a report and a failure."""
    kinds = ["batch_report", *(["trouble"] if batch.status == Batch.Status.FAILED else [])]
    return any(wishes.wants_now(user, kind, batch.project_id) for kind in kinds)


def describe(batch: Batch) -> dict[str, Any]:
    """What the three templates show."""
    errors = PageRun.objects.filter(batch=batch, status=PageRun.Status.FAILED).select_related("page")[:5]
    quote = batch.plan.get("quote") or {}
    return {
        "batch": batch,
        "project": batch.project,
        "examples": best(Suggestion.objects.filter(batch=batch)),
        "checks": checks_of(batch),
        "errors": list(errors),
        "cost": batch.cost_microdollars,
        "quote": quote,
        "of_quote": round(100 * batch.cost_microdollars / quote["likely"]) if quote.get("likely") else None,
        "url": f"{settings.SITE_URL}/batches/{batch.id}",
        "review_url": f"{settings.SITE_URL}/batches/{batch.id}/review",
        "bars": bars(batch),
        "head": heads.of(batch.project_id),
    }


def best(suggestions: Any) -> list[Suggestion]:
    """The surest changes, of different kinds where there are some, and of different pages."""
    sound = suggestions.filter(level=Suggestion.Level.PASS).exclude(text="").select_related("page")
    found = list(sound.order_by("-confidence", "id")[:CANDIDATES])
    for target in FIRST[:2]:
        # Sure as they may be, hundreds of paragraphs must not hide them.
        found += sound.filter(target=target).order_by("-confidence", "id")[:EXAMPLES]
    chosen: list[Suggestion] = []
    for suggestion in sorted(unique(found), key=rank):
        if all(kind_of(suggestion) != kind_of(other) for other in chosen):
            chosen.append(suggestion)
    chosen += [row for row in sorted(unique(found), key=rank) if row not in chosen]
    return chosen[:EXAMPLES]


def unique(rows: Iterable[Suggestion]) -> list[Suggestion]:
    return list({row.id: row for row in rows}.values())


def kind_of(suggestion: Suggestion) -> str:
    return suggestion.target if suggestion.kind == Suggestion.Kind.HEAD else suggestion.block_type


def rank(suggestion: Suggestion) -> tuple[int, float, str]:
    kind = kind_of(suggestion)
    place = FIRST.index(kind) if kind in FIRST else len(FIRST)
    return (place, -(suggestion.confidence or 0), suggestion.id)


def checks_of(batch: Batch) -> list[tuple[str, str, int]]:
    """Check, verdict and number of the changes that wait for it or were refused."""
    with connection.cursor() as cursor:
        cursor.execute(CHECKS, [batch.id, CHECKS_NAMED])
        return [(check, level, number) for check, level, number in cursor.fetchall()]


def bars(batch: Batch) -> list[dict[str, Any]]:
    """The chart: what became of pages and changes, as rows of coloured cells, which every client shows."""
    pages = (
        ("Done", "#1f8a4d", batch.done_count),
        ("Unchanged", "#83868d", batch.skipped_count),
        ("Failed", "#cf3434", batch.failed_count),
        ("Cancelled", "#b4b7bd", batch.cancelled_count),
        # Of a batch that is paused; a report has none.
        ("Waiting", "#2f5ecb", batch.pending_page_count),
    )
    changes = (
        ("Approved", "#1f8a4d", batch.approved_count),
        ("To review", "#2f5ecb", batch.pending_count - min(batch.held_count, batch.pending_count)),
        ("Held by a check", "#b7791f", min(batch.held_count, batch.pending_count)),
        ("Rejected", "#83868d", batch.rejected_count),
    )
    rows = [bar("Pages", pages), bar("Changes", changes)]
    return [row for row in rows if row["parts"]]


def bar(label: str, parts: Iterable[tuple[str, str, int]]) -> dict[str, Any]:
    parts = [part for part in parts if part[2] > 0]
    total = sum(count for *_, count in parts)
    return {
        "label": label,
        "total": total,
        # At least one percent, so that one failed page of ten thousand is seen.
        "parts": [(name, colour, count, max(1, round(100 * count / total))) for name, colour, count in parts],
    }
