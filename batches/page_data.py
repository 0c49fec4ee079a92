"""PageData: a page with what the model proposed and people decided, alone or a batch of them as a stream."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import batched, groupby
from typing import Any, NamedTuple

import orjson
from django.db import connection

from batches.models import Batch, PageRun, Suggestion
from nimbus import packing
from nimbus.packing import Packed, Part

# The first portion is small, so that the first byte leaves at once.
FIRST_PAGES, PAGES_AT_ONCE = 10, 200
# Of a line of the stream.
FIELDS = (
    "page_id", "project_id", "batch_id", "page_url", "source_path", "uploaded", "optimization", "extraction",
)  # fmt: skip
SHOWN = (PageRun.Status.DONE, PageRun.Status.SKIPPED)
# CASE, where coalesce() would say the same: row-level security keeps PostgreSQL from using that for an index,
# so that it would read all runs of the tenant for each page.
RUNS = """
SELECT r.id, r.status, r.page_id, p.project_id, r.batch_id, p.domain, p.path, p.source_path, r.uploaded_at,
    s.body, o.id, o.finished_at, o.model, o.confidence, o.changes, b.tier,
    o.prompt_version, o.brief_version
FROM batches_pagerun r JOIN batches_page p ON p.id = r.page_id
JOIN batches_pagesnapshot s ON s.run_id = r.id
JOIN batches_pagerun o ON o.id = CASE WHEN r.reused_from_id IS NULL THEN r.id ELSE r.reused_from_id END
JOIN batches_batch b ON b.id = o.batch_id
WHERE r.id = ANY(%s) ORDER BY r.id
"""
TEXTS = """
SELECT run_id, kind, target, block_type, original, coalesce(nullif(decided_text, ''), text), review
FROM batches_suggestion WHERE run_id = ANY(%s) AND (text <> '' OR decided_text <> '')
ORDER BY run_id, position, id
"""


class Run(NamedTuple):
    """A page of a batch; from `origin` on it is about the run whose results hold."""

    id: int
    status: str
    page_id: str
    project_id: str
    batch_id: str
    domain: str
    path: str
    source_path: str
    uploaded_at: datetime
    body: bytes
    origin: int
    finished_at: datetime | None
    model: str
    confidence: float | None
    changes: int | None
    tier: str
    prompt_version: str
    brief_version: int | None


class Text(NamedTuple):
    run_id: int
    kind: str
    target: str
    block_type: str
    original: str
    text: str
    review: str


def of_batch(batch: Batch) -> Iterator[list[Part]]:
    """Each page that is done or unchanged, in the order of upload; a portion at a time, partly packed."""
    first = first_of(batch)
    yield lines_of(first)
    # Numbers alone fit into memory for any batch.
    rest = PageRun.objects.filter(batch=batch, status__in=SHOWN, id__gt=first[-1] if first else 0)
    for portion in batched(list(rest.values_list("id", flat=True).order_by("id")), PAGES_AT_ONCE):
        yield lines_of(portion)


def first_of(batch: Batch) -> list[int]:
    """Of each status no more than it takes, straight from its index."""
    by_id = PageRun.objects.filter(batch=batch).order_by("id").values_list("id", flat=True)
    first, *others = (by_id.filter(status=status)[:FIRST_PAGES] for status in SHOWN)
    return list(first.union(*others, all=True).order_by("id")[:FIRST_PAGES])


def lines_of(ids: Sequence[int]) -> list[Part]:
    return [part for run, texts in with_texts(find(ids)) for part in parts_of(run, texts)]


def of_run(run_id: int) -> bytes:
    """One page; `optimization` is there once it is done."""
    ((run, texts),) = with_texts(find([run_id]))
    return packing.plain(parts_of(run, texts))


def find(ids: Sequence[int]) -> list[Run]:
    with connection.cursor() as cursor:
        cursor.execute(RUNS, [list(ids)])
        return [Run(*row) for row in cursor.fetchall()]


def with_texts(runs: Sequence[Run]) -> Iterator[tuple[Run, list[Text]]]:
    with connection.cursor() as cursor:
        cursor.execute(TEXTS, [[run.origin for run in runs if run.status in SHOWN]])
        rows = [Text(*row) for row in cursor.fetchall()]
    texts = {run: list(group) for run, group in groupby(rows, key=lambda row: row.run_id)}
    for run in runs:
        yield run, texts.get(run.origin, [])


def parts_of(run: Run, texts: Sequence[Text]) -> tuple[Part, Part, Part]:
    """One line: everything but the extraction, then the extraction as it is stored."""
    data: dict[str, Any] = {
        "page_id": run.page_id,
        "project_id": run.project_id,
        "batch_id": run.batch_id,
        "page_url": f"https://{run.domain}{run.path}",
        "source_path": run.source_path,
        "uploaded": run.uploaded_at,
    }
    if run.status in SHOWN:
        data["optimization"] = optimization(run, texts)
    front = orjson.dumps(data, option=orjson.OPT_UTC_Z)[:-1] + b',"extraction":'
    return front, Packed(bytes(run.body)), b"}\n"


def optimization(run: Run, texts: Sequence[Text]) -> dict[str, Any]:
    """What the model proposed and people decided; a refused text is not there."""
    head = [text for text in texts if text.kind == Suggestion.Kind.HEAD]
    return {
        "completed": run.finished_at,
        "model": run.model,
        "confidence": run.confidence,
        "changes": run.changes or 0,
        "type": run.tier,
        "prompt_version": run.prompt_version,
        "brief_version": run.brief_version,
        "optimizations": {
            "head": {text.target: text.text for text in head},
            "head_review": {text.target: text.review for text in head},
            "blocks": [
                {
                    "id": text.target,
                    "type": text.block_type,
                    "content": text.original,
                    "optimized_content": text.text,
                    "review": text.review,
                }
                for text in texts
                if text.kind == Suggestion.Kind.BLOCK
            ],
        },
    }
