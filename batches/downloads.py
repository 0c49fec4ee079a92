"""Results on their way out, as streams that hold a few pages at a time, and what came of them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import batched, groupby
from typing import Any

import orjson
from django.db import transaction

from accounts import audit
from batches.models import Batch, Page, PageRun, Suggestion
from nimbus import clock, packing
from nimbus.errors import InvalidError
from projects.models import Project

# Whole pages are large, so fewer of them are read at once than of their approved texts.
PAGES_AT_ONCE, TEXTS_AT_ONCE = 50, 200
SHOWN = (PageRun.Status.DONE, PageRun.Status.SKIPPED)


def batch_results(batch: Batch) -> Iterator[bytes]:
    """PageData of each page that is done or unchanged, in the order of upload; a portion at a time."""
    last = 0
    while runs := list(
        PageRun.objects.filter(batch=batch, status__in=SHOWN, id__gt=last)
        .select_related("page", "batch", "snapshot", "reused_from__batch")
        .order_by("id")[:PAGES_AT_ONCE]
    ):
        last = runs[-1].id
        yield b"".join(dump(data) for data in page_data(runs))


def page_data(runs: Sequence[PageRun]) -> Iterator[dict[str, Any]]:
    """PageData; `optimization` is there once the page is done."""
    sources = [run.reused_from_id or run.id for run in runs if run.status in SHOWN]
    found = Suggestion.objects.filter(run__in=sources).order_by("run_id", "position", "id")
    suggestions = {run: list(group) for run, group in groupby(found, key=lambda item: item.run_id)}
    for run in runs:
        data: dict[str, Any] = {
            "page_id": run.page_id,
            "project_id": run.page.project_id,
            "batch_id": run.batch_id,
            "page_url": run.page.url,
            "source_path": run.page.source_path,
            "uploaded": run.uploaded_at,
            "extraction": orjson.Fragment(packing.unpack(bytes(run.snapshot.body))),
        }
        if run.status in SHOWN:
            source = run.reused_from or run
            data["optimization"] = optimization(source, suggestions.get(source.id, []))
        yield data


def optimization(run: PageRun, suggestions: Iterable[Suggestion]) -> dict[str, Any]:
    """What the model proposed and people decided; a refused text is not there."""
    kept = [suggestion for suggestion in suggestions if suggestion.approved_text]
    head = [suggestion for suggestion in kept if suggestion.kind == Suggestion.Kind.HEAD]
    return {
        "completed": run.finished_at,
        "model": run.model,
        "confidence": run.confidence,
        "changes": run.changes or 0,
        "type": run.batch.tier,
        "optimizations": {
            "head": {suggestion.target: suggestion.approved_text for suggestion in head},
            "head_review": {suggestion.target: suggestion.review for suggestion in head},
            "blocks": [
                {
                    "id": suggestion.target,
                    "type": suggestion.block_type,
                    "content": suggestion.original,
                    "optimized_content": suggestion.approved_text,
                    "review": suggestion.review,
                }
                for suggestion in kept
                if suggestion.kind == Suggestion.Kind.BLOCK
            ],
        },
    }


def project_results(project: Project, since: int = 0) -> Iterator[bytes]:
    """The current approved text of every page that changed after `since`, whatever batch it came from."""
    # Read first: what changes from here on is sent again to whoever asks with this cursor.
    project.refresh_from_db(fields=["results_version"])
    cursor = project.results_version
    if since > cursor:
        raise InvalidError("This project gave no such cursor. Ask without `since`.", field="since")
    # Names alone fit into memory for any site; their texts are read a portion at a time.
    found = Page.objects.filter(project=project, results_version__gt=since)
    names = list(found.values_list("id", flat=True).order_by("id"))
    for portion in batched(names, TEXTS_AT_ONCE):
        pages = Page.objects.filter(id__in=portion).order_by("id")
        decided = newest_decisions(portion)
        follows = bool(project.setting("og_follows"))
        yield b"".join(dump(result(page, decided.get(page.id, []), follows)) for page in pages)
    yield dump({"end": True, "pages": len(names), "cursor": str(cursor)})


def newest_decisions(page_ids: Iterable[str]) -> dict[str, list[Suggestion]]:
    """By page: for each target what was decided last, so that an old approval ends with a new rejection."""
    decided = (
        Suggestion.objects.filter(page__in=page_ids, decided_at__isnull=False)
        .exclude(review=Suggestion.Review.PENDING)
        .select_related("run", "batch")
        .order_by("page_id", "target", "-decided_at", "-run_id")
        .distinct("page_id", "target")
    )
    return {page: list(group) for page, group in groupby(decided, key=lambda item: item.page_id)}


def approved(page_id: str) -> list[Suggestion]:
    return [item for item in newest_decisions([page_id]).get(page_id, []) if is_approved(item)]


def is_approved(suggestion: Suggestion) -> bool:
    return suggestion.review == Suggestion.Review.APPROVED and bool(suggestion.approved_text)


def result(page: Page, decided: Iterable[Suggestion], og_follows: bool = False) -> dict[str, Any]:
    """One page's line; without any text where all of it was rejected."""
    kept = sorted(filter(is_approved, decided), key=lambda item: item.position)
    head = [item for item in kept if item.kind == Suggestion.Kind.HEAD]
    blocks = [item for item in kept if item.kind == Suggestion.Kind.BLOCK]
    newest = max(kept, key=lambda item: item.run_id, default=None)
    return {
        "page_id": page.id,
        "page_url": page.url,
        "source_path": page.source_path,
        "batch_id": newest.batch_id if newest else None,
        "optimization": {
            "completed": newest.run.finished_at if newest else None,
            "model": newest.run.model if newest else None,
            "confidence": newest.run.confidence if newest else None,
            "changes": len(kept),
            "type": newest.batch.tier if newest else None,
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
