"""One site's day at the API: what each operation takes and gives, all of it about the same project."""

from typing import Any

from projects.models.project import DEFAULTS

ORIGIN = "https://nimbus.example.com"
PROJECT_ID = "proj_a1b2c3d4e5f6"
BATCH_ID = "batch_20261123_134500_k3m9qz"
PAGE_ID = "page_0e6d7f0d4f5c2b1a98e3c471"
BATCH_URL = f"{ORIGIN}/api/v1/batches/{BATCH_ID}"
SOURCE_PATH = "dist/repairs/leeds.html"
PAGE_URL = "https://www.example.com/repairs/leeds"
TITLE, BETTER_TITLE = "Watch repair", "Watch repair in Leeds | Example"

BATCH: dict[str, Any] = {
    "batch_id": BATCH_ID,
    "project_id": PROJECT_ID,
    "created": "2026-11-23T13:45:00.120000Z",
    "status": "queued",
    "pause_reason": None,
    "tier": "meta",
    "lane": "live",
    "label": "Nightly build",
    "priority": 5,
    "page_count": 1,
    "summary": {
        "completed": 0,
        "failed": 0,
        "pending": 1,
        "skipped": 0,
        "cancelled": 0,
        "average_time_ms": None,
    },
    "review": {"changes": 0, "pending": 0, "approved": 0, "rejected": 0, "held": 0},
    "model": None,
    "cost_usd": 0.0,
    "submitted": "2026-11-23T13:45:09.310000Z",
    "finished": None,
    "upload_url": f"{BATCH_URL}/pages",
    "submit_url": f"{BATCH_URL}/submit",
    "status_url": BATCH_URL,
    "results_url": f"{BATCH_URL}/results",
    "dashboard_url": f"{ORIGIN}/batches/{BATCH_ID}",
}
SETTINGS = DEFAULTS | {"domain": "www.example.com"}
PROJECT = {
    "project_id": PROJECT_ID,
    "organization_id": "org_k3m9qzk3m9qzk3m9",
    "name": "Example repairs",
    "domain": "www.example.com",
    "created": "2026-11-20T09:00:00Z",
    "settings": SETTINGS,
    "usage": {"total_pages": 240, "total_batches": 3, "last_activity": "2026-11-23T13:45:00.120000Z"},
}
BLOCK = {"id": "b-2b25c61c14", "type": "h1", "content": "Same"}
PAGE_IN: dict[str, Any] = {
    "page_url": PAGE_URL,
    "source_path": SOURCE_PATH,
    "extraction": {
        "head": {"title": TITLE, "metaDescription": "We repair watches."},
        "dimensions": {"location": "Leeds", "service": "watch repair"},
        "above_fold_blocks": [BLOCK],
        "rest_of_page_blocks": [],
    },
}
PAGE: dict[str, Any] = {
    "page_id": PAGE_ID,
    "project_id": PROJECT_ID,
    "batch_id": BATCH_ID,
    "page_url": PAGE_URL,
    "source_path": SOURCE_PATH,
    "uploaded": "2026-11-23T13:45:03Z",
    "optimization": {
        "completed": "2026-11-23T13:45:12Z",
        "model": "gpt-4.1-mini",
        "confidence": 0.94,
        "changes": 1,
        "type": "meta",
        "prompt_version": "2",
        "brief_version": 3,
        "optimizations": {
            "head": {"title": BETTER_TITLE},
            "head_review": {"title": "pending"},
            "blocks": [],
        },
    },
    "extraction": PAGE_IN["extraction"],
}
STATUS: dict[str, Any] = {
    "status": "queued",
    "batch_id": BATCH_ID,
    "lane": "live",
    "updated": "2026-11-23T13:45:09Z",
}
DONE = STATUS | {
    "status": "done",
    "result": {
        "completed": "2026-11-23T13:45:12Z",
        "success": True,
        "changes": 1,
        "confidence": 0.94,
        "cost_usd": 0.0008,
        "input_tokens": 1400,
        "output_tokens": 130,
        "reused_lines": 0,
    },
}
TOTAL = {
    "month": "2026-11",
    "spent_usd": 1.27,
    "reserved_usd": 0.02,
    "cap_usd": 5.0,
    "left_usd": 3.71,
    "input_tokens": 812_400,
    "output_tokens": 96_300,
}
COUNTED = {
    "pages": 240,
    "calls": 31,
    "input_tokens": 812_400,
    "output_tokens": 96_300,
    "spent_usd": 1.27,
    "saved_by_lane_usd": 0.0,
    "saved_by_memory_usd": 0.4,
}
PROJECT_SPEND = TOTAL | {
    "shown_month": "2026-11",
    "by_day": [{"day": "2026-11-23"} | COUNTED],
    "by_model": [{"model": "gpt-4.1-mini"} | COUNTED],
    "by_lane": [{"lane": "live"} | COUNTED],
}
RESULT = {
    "page_id": PAGE_ID,
    "page_url": PAGE_URL,
    "source_path": SOURCE_PATH,
    "batch_id": BATCH_ID,
    "optimization": {
        "completed": "2026-11-23T13:45:12Z",
        "model": "gpt-4.1-mini",
        "confidence": 0.94,
        "changes": 1,
        "type": "meta",
        "originals": {"title": TITLE},
        "og_follows": False,
        "optimizations": {"head": {"title": BETTER_TITLE}, "blocks": []},
    },
}
BRIEF_CONTENT = {
    "tone": "warm",
    "keep": ["Example"],
    "prefer": {"heater": "boiler"},
    "facts": ["Open since 1921", {"text": "Next to the station", "when": {"location": "Leeds"}}],
}

# By the name of a component.
VALUES: dict[str, Any] = {
    "ProjectSettings": SETTINGS,
    "ProjectData": PROJECT,
    "ProjectInput": {"name": "Example repairs", "domain": "www.example.com"},
    "ProjectChange": {"settings": {"optimization_tier": "above-fold"}},
    "WhoAmI": {
        "project": PROJECT,
        "organization": {"id": PROJECT["organization_id"], "name": "Example Ltd"},
        "key": {
            "name": "CI",
            "prefix": "nmb_live_4fTz81B",
            "kind": "live",
            "scopes": ["upload", "read", "apply"],
        },
        "limits": {
            "max_pages_per_batch": 10_000,
            "max_page_bytes": 5_242_880,
            "max_upload_bytes": 67_108_864,
        },
    },
    "BriefData": {"version": 3, "created": "2026-11-21T08:00:00Z", "content": BRIEF_CONTENT},
    "BriefInput": BRIEF_CONTENT,
    "ProviderKeyInput": {"secret": "sk-proj-0123456789abcdef", "base_url": "https://api.openai.com/v1"},
    "ProviderKeyData": {
        "id": "key_k3m9qzk3m9qzk3m9",
        "base_url": "https://api.openai.com/v1",
        "hint": "x7Qa",
        "created": "2026-11-20T09:00:00Z",
        "revoked": None,
    },
    "CapInput": {"cap_usd": 5},
    "BatchSpend": TOTAL
    | {
        "month": None,
        "saved_by_memory_usd": 0.4,
        "saved_by_lane_usd": 0.0,
        "reused_lines": 18,
        "reused_pages": 6,
    },
    "ProjectSpend": PROJECT_SPEND,
    "OrganizationSpend": PROJECT_SPEND | {"by_project": [{"project": PROJECT_ID} | COUNTED]},
    "BatchInput": {"tier": "meta", "label": "Nightly build"},
    "BatchData": BATCH,
    "PriorityInput": {"priority": 10},
    "PageList": {
        "results": [
            {
                "page_id": PAGE_ID,
                "page_url": PAGE_URL,
                "source_path": SOURCE_PATH,
                "status": "done",
                "changes": 1,
                "confidence": 0.94,
            }
        ],
        "next": None,
    },
    "UploadReport": {
        "accepted": 1,
        "replaced": 0,
        "rejected": 0,
        "page_count": 1,
        "outcomes": [{"line": 1, "outcome": "accepted", "page_id": PAGE_ID, "source_path": SOURCE_PATH}],
    },
    "Quote": {
        "batch_id": BATCH_ID,
        "model": "gpt-4.1-mini",
        "lane": "live",
        "pages": {"cached": 0, "near_duplicate": 0, "changed": 0, "new": 1},
        "tokens": {
            "input": {"low": 1200, "likely": 1400, "high": 1900},
            "output": {"low": 90, "likely": 130, "high": 240},
        },
        "live_usd": 0.0008,
        "economy_usd": 0.0004,
        "low_usd": 0.0006,
        "likely_usd": 0.0008,
        "high_usd": 0.0012,
        "left_usd": 3.71,
        "cap": "project",
        "fits": True,
        "basis": {"sampled_pages": 1, "learnt_from_pages": 240},
    },
    "DifferInput": {"paths": ["/plumber/leeds", "/plumber/york"]},
    "FamilyList": {
        "families": [
            {
                "name": "location × service · 3f9a1c",
                "pages": 48,
                "fields": {
                    name: {
                        "compared": 48,
                        "own_share": 1.0,
                        "masked_share": 0.25,
                        "most_alike": [{"one": "/plumber/leeds", "other": "/plumber/york", "likeness": 0.91}],
                    }
                    for name in ("title", "description", "main_heading", "paragraphs")
                },
            }
        ]
    },
    "OptimizeInput": PAGE_IN | {"tier": "meta"},
    "OptimizeStarted": {
        "page_id": PAGE_ID,
        "status_url": f"{ORIGIN}/api/v1/projects/{PROJECT_ID}/pages/{PAGE_ID}/status?batch={BATCH_ID}",
    }
    | STATUS,
    "PageData": PAGE,
    "StatusData": DONE,
    "LogData": {
        "page_id": PAGE_ID,
        "entries": [
            {
                "timestamp": "2026-11-23T13:45:03Z",
                "level": "info",
                "step": "upload",
                "message": f"Uploaded {SOURCE_PATH}",
                "action": "page.uploaded",
                "data": {"line": 1},
            }
        ],
        "next": None,
    },
    "ResultLine": RESULT,
    "AppliedInput": {
        "pages": [{"page_id": PAGE_ID, "before_hash": "9f2c", "after_hash": "41aa", "applied": ["title"]}]
    },
    "AppliedReport": {"recorded": 1},
}
VALUES["ProviderKeyList"] = {"provider_keys": [VALUES["ProviderKeyData"]]}
