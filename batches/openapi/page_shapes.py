"""A page on its way in, its state, its log, and its texts on their way out."""

from batches import extractions, pagelines
from batches.models import Batch
from batches.openapi.batch_shapes import CONFIDENCE, STATUS
from batches.openapi.words import (
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    TIME,
    Schema,
    mapping,
    maybe,
    one_of,
    ref,
    several,
    text,
    thing,
)

PAGE_ID = r"^page_[0-9a-f]{24}$"
REVIEW = one_of("pending", "approved", "rejected")
DIMENSION: Schema = {"type": ["string", "number", "boolean"], "maxLength": extractions.MAX_DIMENSION}
BLOCK_IN = thing(
    {
        "id": TEXT | {"pattern": f"^{extractions.BLOCK_ID.pattern}$"},
        "type": TEXT | {"pattern": f"^{extractions.BLOCK_TYPE.pattern}$"},
        "content": text(extractions.MAX_CONTENT),
    },
    {
        "region": maybe(text(100)),
        "key": maybe(text(100)),
        "hash": maybe(text(100)),
        "attr": maybe(text(100)),
        "span": maybe(several({"type": "integer"}, minItems=2, maxItems=2)),
        "above_fold": maybe(FLAG),
        "attributes": maybe(mapping(maybe(text(5_000)), maxProperties=100)),
    },
    "A piece of copy. `id` is computed from its content; see spec/README.md.",
)
EXTRACTION_IN = thing(
    {},
    {
        **{name: maybe(text(200)) for name in extractions.TEXTS},
        "head": maybe(mapping(maybe(text(extractions.MAX_HEAD_TEXT)), maxProperties=extractions.MAX_HEAD)),
        "dimensions": maybe(
            mapping(
                {"anyOf": [DIMENSION, several(DIMENSION, maxItems=50), {"type": "null"}]},
                maxProperties=extractions.MAX_DIMENSIONS,
            )
        ),
        "above_fold_blocks": maybe(several(ref("BlockInput"), maxItems=extractions.MAX_BLOCKS)),
        "rest_of_page_blocks": maybe(several(ref("BlockInput"), maxItems=extractions.MAX_BLOCKS)),
        "selector_map": maybe(mapping(TEXT)),
        "warnings": maybe(several(TEXT)),
    },
    "What the engine read from a page. There has to be some text; unknown parts are dropped.",
)
PAGE_IN: Schema = {
    "page_url": text(pagelines.MAX_URL) | {"minLength": 1},
    "source_path": text(pagelines.MAX_SOURCE_PATH) | {"minLength": 1},
    "extraction": ref("ExtractionInput"),
}
PAGE_IN_BESIDES: Schema = {
    "page_id": maybe(TEXT | {"pattern": PAGE_ID}),
    "source_html": maybe(TEXT),
}
BLOCK_OUT = thing(
    {"id": TEXT, "type": TEXT, "content": TEXT, "optimized_content": TEXT, "review": REVIEW},
)
HEAD_TEXTS = thing({}, {"title": TEXT, "metaDescription": TEXT})
OPTIMIZATION = thing(
    {
        "completed": maybe(TIME),
        "model": TEXT,
        "confidence": CONFIDENCE,
        "changes": COUNT,
        "type": one_of(*Batch.Tier.values),
        "prompt_version": TEXT,
        "brief_version": maybe(COUNT | {"description": "0 is none yet."}),
        "optimizations": thing(
            {
                "head": mapping(TEXT),
                "head_review": mapping(REVIEW),
                "blocks": several(ref("OptimizedBlock")),
            }
        ),
    },
    description="What the model proposed and people decided; a text that the checks refused is left out.",
)
PAGE = thing(
    {
        "page_id": TEXT,
        "project_id": TEXT,
        "batch_id": TEXT,
        "page_url": TEXT,
        "source_path": TEXT,
        "uploaded": TIME,
        "extraction": {"type": "object"},
    },
    {"optimization": ref("Optimization")},
    "`optimization` is there once the page is done, or skipped because earlier results hold.",
)
STATUS_DATA: Schema = {
    "status": STATUS,
    "batch_id": TEXT,
    "lane": one_of(*Batch.Lane.values),
    "updated": TIME,
}
STATUS_BESIDES: Schema = {
    "processing": thing({"started": maybe(TIME), "current_step": TEXT, "progress": COUNT | {"maximum": 100}}),
    "result": thing(
        {
            "completed": maybe(TIME),
            "success": FLAG,
            "changes": COUNT,
            "confidence": CONFIDENCE,
            "cost_usd": NUMBER,
            "input_tokens": COUNT,
            "output_tokens": COUNT,
            "reused_lines": COUNT | {"description": "Texts that memory knew already."},
        }
    ),
    "reused_from": thing(
        {"batch_id": TEXT, "completed": maybe(TIME)},
        description="Of a skipped page: nothing has changed since this batch, and its results hold.",
    ),
    "error": ref("PageError"),
}
LOG = thing(
    {
        "timestamp": TIME,
        "level": one_of("info", "warn", "error"),
        "step": TEXT,
        "message": TEXT,
        "action": TEXT,
        "data": {"type": "object"},
    },
    {"duration_ms": COUNT},
)
RESULT = thing(
    {
        "page_id": TEXT,
        "page_url": TEXT,
        "source_path": TEXT,
        "batch_id": maybe(TEXT),
        "optimization": thing(
            {
                "completed": maybe(TIME),
                "model": maybe(TEXT),
                "confidence": CONFIDENCE,
                "changes": COUNT,
                "type": maybe(one_of(*Batch.Tier.values)),
                "originals": HEAD_TEXTS,
                "og_follows": FLAG,
                "optimizations": thing(
                    {
                        "head": HEAD_TEXTS,
                        "blocks": several(thing({"id": TEXT, "optimized_content": TEXT})),
                    }
                ),
            }
        ),
    },
    description="A line of a project's results: the approved text of one page.",
)

SHARE = NUMBER | {"minimum": 0, "maximum": 1}
DISTINCTNESS = thing(
    {
        "compared": COUNT,
        "own_share": SHARE,
        "masked_share": SHARE | {"description": "The same once dimension values are taken out."},
        "most_alike": several(thing({"one": TEXT, "other": TEXT, "likeness": SHARE})),
    }
)
FAMILY_FIELDS = ("title", "description", "main_heading", "paragraphs")

SHAPES: dict[str, Schema] = {
    "Distinctness": DISTINCTNESS,
    "FamilyList": thing(
        {
            "families": several(
                thing(
                    {
                        "name": TEXT,
                        "pages": COUNT,
                        "fields": thing(dict.fromkeys(FAMILY_FIELDS, ref("Distinctness"))),
                    }
                )
            )
        },
        description="The 20 largest families, and how well their pages tell themselves apart.",
    ),
    "BlockInput": BLOCK_IN,
    "ExtractionInput": EXTRACTION_IN,
    "PageInput": thing(PAGE_IN, PAGE_IN_BESIDES, "A line of an upload."),
    "OptimizeInput": thing(
        PAGE_IN, PAGE_IN_BESIDES | {"tier": maybe(one_of(*Batch.Tier.values))}, "One page, with its tier."
    ),
    "OptimizedBlock": BLOCK_OUT,
    "Optimization": OPTIMIZATION,
    "PageData": PAGE,
    "StatusData": thing(STATUS_DATA, STATUS_BESIDES),
    "OptimizeStarted": thing(
        {"page_id": TEXT, "status_url": TEXT | {"format": "uri"}} | STATUS_DATA, STATUS_BESIDES
    ),
    "LogEntry": LOG,
    "LogData": thing(
        {
            "page_id": TEXT,
            "entries": several(ref("LogEntry")),
            "next": maybe(TEXT | {"description": "`cursor` of the older entries that follow."}),
        }
    ),
    "ResultLine": RESULT,
    "ResultsEnd": thing(
        {"end": {"const": True, "type": "boolean"}, "pages": COUNT, "cursor": TEXT},
        description="The last line of a project's results: `cursor` is the next `since`.",
    ),
}
