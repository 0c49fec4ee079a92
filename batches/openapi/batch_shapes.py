"""Batches, uploads and quotes as they go out."""

from batches.models import Batch, PageRun
from batches.openapi.words import (
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    TIME,
    URL,
    Schema,
    mapping,
    maybe,
    one_of,
    ref,
    several,
    thing,
)

PAUSES = "user, budget, provider_quota, provider_auth, pilot_review or guard_stop; null while not paused."
STATUS = one_of(*PageRun.Status.values)
CONFIDENCE = maybe(NUMBER | {"minimum": 0, "maximum": 1, "description": "null: unknown."})
ERROR = thing({"message": TEXT, "code": TEXT, "timestamp": TIME})
BATCH = thing(
    {
        "batch_id": TEXT,
        "project_id": TEXT,
        "created": TIME,
        "status": one_of(*Batch.Status.values),
        "pause_reason": maybe(TEXT | {"description": PAUSES}),
        "tier": one_of(*Batch.Tier.values),
        "lane": one_of(*Batch.Lane.values),
        "label": TEXT,
        "priority": {"type": "integer", "minimum": 1, "maximum": 10},
        "page_count": COUNT,
        "summary": thing(
            {
                "completed": COUNT,
                "failed": COUNT,
                "pending": COUNT,
                "skipped": COUNT,
                "cancelled": COUNT,
                "average_time_ms": maybe(COUNT),
            }
        ),
        "review": thing(
            {"changes": COUNT, "pending": COUNT, "approved": COUNT, "rejected": COUNT, "held": COUNT}
        ),
        "model": maybe(TEXT),
        "cost_usd": NUMBER | {"minimum": 0},
        "submitted": maybe(TIME),
        "finished": maybe(TIME),
        "upload_url": URL,
        "submit_url": URL,
        "status_url": URL,
        "results_url": URL,
        "dashboard_url": URL,
    },
    {"pages": mapping(ref("PageEntry")) | {"description": "Only with `?include=pages`, 1,000 at most."}},
    "`completed`, `failed` and `cancelled` are final.",
)
PAGE_ENTRY = thing({"status": STATUS, "uploaded": TIME}, {"started": TIME, "completed": TIME, "error": TEXT})
OUTCOME = thing(
    {"line": COUNT | {"minimum": 1}, "outcome": one_of("accepted", "replaced", "rejected")},
    {"page_id": TEXT, "source_path": TEXT, "code": TEXT, "field": TEXT, "message": TEXT},
    "What became of one line. A refused one has `code` and `message`.",
)
UPLOAD = thing(
    {
        "accepted": COUNT,
        "replaced": COUNT,
        "rejected": COUNT,
        "page_count": COUNT | {"description": "Pages in the batch now."},
        "outcomes": several(ref("LineOutcome")),
    }
)
SPAN = thing({"low": NUMBER, "likely": NUMBER, "high": NUMBER})
QUOTE = thing(
    {
        "batch_id": TEXT,
        "model": TEXT,
        "lane": one_of(*Batch.Lane.values),
        "pages": thing({"cached": COUNT, "near_duplicate": COUNT, "changed": COUNT, "new": COUNT}),
        "tokens": thing({"input": SPAN, "output": SPAN}),
        "live_usd": NUMBER,
        "economy_usd": NUMBER,
        "low_usd": NUMBER,
        "likely_usd": NUMBER,
        "high_usd": NUMBER,
        "left_usd": maybe(NUMBER),
        "cap": maybe(TEXT | {"description": "Whose cap is the tightest."}),
        "fits": FLAG,
        "basis": thing({"sampled_pages": COUNT, "learnt_from_pages": COUNT}),
    }
)
PAGE_ROW = thing(
    {
        "page_id": TEXT,
        "page_url": TEXT,
        "source_path": TEXT,
        "status": STATUS,
        "changes": maybe(COUNT),
        "confidence": CONFIDENCE,
    },
    {"error": ref("PageError")},
)

SHAPES: dict[str, Schema] = {
    "Event": thing(
        {"event": one_of("batch", "finished"), "data": TEXT},
        {"id": TEXT},
        "Each event of the stream. The `data` of `batch` is BatchData as JSON, that of `finished` is empty.",
    ),
    "BatchData": BATCH,
    "PageEntry": PAGE_ENTRY,
    "PageError": ERROR,
    "PageRow": PAGE_ROW,
    "PageList": thing(
        {
            "results": several(ref("PageRow")),
            "next": maybe(TEXT | {"description": "`cursor` of the pages that follow."}),
        }
    ),
    "LineOutcome": OUTCOME,
    "UploadReport": UPLOAD,
    "Quote": QUOTE,
    "AppliedReport": thing({"recorded": COUNT}),
}
