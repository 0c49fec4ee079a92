"""Operations that are plain async views, which the generator does not see."""

from collections.abc import Iterator

from batches.openapi.words import Schema, ref

BATCH = "/api/v1/batches/{batch_id}"
OPTIMIZE = "/api/v1/projects/{project_id}/optimize"
PAGE = "/api/v1/projects/{project_id}/pages/{page_id}"
IDEMPOTENT = {(OPTIMIZE, "post")}
# With those that answer lines.
SELECTABLE = {
    (BATCH, "get"),
    (f"{BATCH}/events", "get"),
    (f"{PAGE}/status", "get"),
    (f"{BATCH}/results", "get"),
    ("/api/v1/projects/{project_id}/results", "get"),
}
# One view serves these.
VERBS = {
    "submit": "Submit a batch: the upload ends and its pages are queued",
    "cancel": "Cancel a batch; what was done is kept",
    "pause": "Pause a batch; pages in work are finished",
    "resume": "Resume a batch",
    "retry": "Queue the failed pages of a batch again",
}


def operations() -> Iterator[tuple[str, str, Schema]]:
    """(path, method, operation)"""
    yield BATCH, "get", operation("batch_read", "Read a batch, or wait for it", "batch_id")
    yield (
        f"{BATCH}/events",
        "get",
        operation("batch_events", "Follow a batch by its events", "batch_id"),
    )
    yield (
        f"{PAGE}/status",
        "get",
        operation("page_status", "Read a page's status, or wait for it", "project_id", "page_id"),
    )
    body = {"content": {"application/json": {"schema": ref("OptimizeInput")}}, "required": True}
    optimize = operation("page_optimize", "Optimize one page now", "project_id")
    yield OPTIMIZE, "post", optimize | {"requestBody": body}


IDS = {
    "batch_id": r"^batch_[0-9A-Za-z_]{1,40}$",
    "project_id": r"^proj_[0-9a-z]{1,30}$",
    "page_id": r"^page_[0-9a-z]{1,40}$",
}


def operation(name: str, summary: str, *ids: str) -> Schema:
    parameters = [
        {"in": "path", "name": each, "schema": {"type": "string", "pattern": IDS[each]}, "required": True}
        for each in ids
    ]
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "security": [{"APIKey": []}],
    }
