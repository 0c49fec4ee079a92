"""Each operation of the API: what it answers, what it may refuse, and what may stand in its query."""

from dataclasses import dataclass
from typing import Any

from batches.models import PageRun
from batches.openapi.words import TEXT, Schema, one_of, text

NDJSON, SSE = "application/x-ndjson", "text/event-stream"
BATCH = r"batch_[0-9A-Za-z_]{1,40}"


@dataclass(frozen=True)
class Operation:
    """`answers` names the component of each status; `refuses` adds codes to those that all share."""

    group: str
    answers: dict[int, str]
    refuses: tuple[str, ...] = ()
    query: tuple[Schema, ...] = ()
    headers: tuple[str, ...] = ()
    needs: tuple[Schema, ...] = ()
    description: str = ""


def query(name: str, schema: Schema, description: str, example: Any = None) -> Schema:
    parameter = {"name": name, "in": "query", "description": description, "schema": schema}
    return parameter | ({} if example is None else {"example": example})


def whole(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


CURSOR = query("cursor", whole(0, 2**63 - 1), "`next` of the answer before; without it the first ones.")
LIMIT = query("limit", whole(1, 1000) | {"default": 100}, "How many at most.", 100)
OF_BATCH = query(
    "batch", TEXT | {"pattern": f"^({BATCH})?$"}, "The run of this batch; without it the newest."
)
MONTH = query("month", TEXT | {"pattern": r"^(20[0-9]{2}-(0[1-9]|1[0-2]))?$"}, "A UTC month.", "2026-11")
WAIT = query(
    "wait",
    whole(0, 60),
    "Seconds to hold the answer until it differs from If-None-Match or, without it, is final.",
    30,
)
INCLUDE = query("include", one_of("pages"), "Adds the `pages` map, of 1,000 pages at most.", "pages")
STATUS = query("status", one_of(*PageRun.Status.values), "Only pages in this state.", "failed")
SINCE = query("since", TEXT | {"pattern": "^[0-9]{0,19}$"}, "The `cursor` at the end of an earlier answer.")
VERSION = query("version", whole(1, 99_999_999), "An older version; without it the newest.", 2)
IF_NONE_MATCH: Schema = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of what you have; 304 where it still holds.",
    "schema": TEXT,
}
PREFER: Schema = {
    "name": "Prefer",
    "in": "header",
    "description": "`wait=30` holds the answer until the page is done, 60 seconds at most.",
    "schema": text(100),
    "example": "wait=30",
}
GOES_ON = ("budget_reached", "unknown_price", "email_unverified")
LINE = ("page_id_mismatch", "wrong_domain", "no_text", "unsafe_path")
SPEND = {200: "ProjectSpend"}

OPERATIONS: dict[str, Operation] = {
    "who_am_i": Operation("Projects", {200: "WhoAmI"}),
    "project_create": Operation("Projects", {201: "ProjectData"}),
    "project_read": Operation("Projects", {200: "ProjectData"}),
    "project_change": Operation("Projects", {200: "ProjectData"}),
    "brief_read": Operation("Projects", {200: "BriefData"}, query=(VERSION,)),
    "brief_write": Operation("Projects", {200: "BriefData"}),
    "provider_key_list": Operation("Provider keys", {200: "ProviderKeyList"}),
    "provider_key_add": Operation(
        "Provider keys",
        {201: "ProviderKeyData"},
        ("provider_key_refused", "address_refused", "unreachable"),
    ),
    "provider_key_revoke": Operation("Provider keys", {204: ""}),
    "organization_spend": Operation("Spend", {200: "OrganizationSpend"}, query=(MONTH,)),
    "organization_cap": Operation("Spend", {200: "OrganizationSpend"}, query=(MONTH,)),
    "project_spend": Operation("Spend", SPEND, query=(MONTH,)),
    "project_cap": Operation("Spend", SPEND, query=(MONTH,)),
    "batch_spend": Operation("Spend", {200: "BatchSpend"}),
    "batch_cap": Operation("Spend", {200: "BatchSpend"}),
    "batch_create": Operation("Batches", {201: "BatchData"}, ("unknown_tier", "address_refused")),
    "batch_read": Operation(
        "Batches",
        {200: "BatchData"},
        query=(WAIT, INCLUDE),
    ),
    "batch_events": Operation("Batches", {200: SSE}),
    "batch_upload": Operation(
        "Batches",
        {200: "UploadReport"},
        ("batch_not_uploading",),
        description="One PageInput a line. The body may be gzip, with `Content-Encoding: gzip`.",
    ),
    "batch_estimate": Operation("Batches", {200: "Quote"}, ("batch_not_uploading", "unknown_price")),
    "batch_submit": Operation(
        "Batches", {202: "BatchData"}, ("batch_not_uploading", "empty_batch", *GOES_ON)
    ),
    "batch_cancel": Operation("Batches", {202: "BatchData"}, ("batch_final",)),
    "batch_pause": Operation("Batches", {202: "BatchData"}, ("batch_state",)),
    "batch_resume": Operation("Batches", {202: "BatchData"}, ("batch_state", *GOES_ON)),
    "batch_retry": Operation("Batches", {202: "BatchData"}, ("batch_state", "nothing_to_retry", *GOES_ON)),
    "batch_priority": Operation("Batches", {202: "BatchData"}, ("batch_final",)),
    "batch_pages": Operation("Pages", {200: "PageList"}, query=(STATUS, CURSOR, LIMIT)),
    "page_read": Operation("Pages", {200: "PageData"}, query=(OF_BATCH,)),
    "page_status": Operation("Pages", {200: "StatusData"}, query=(WAIT, OF_BATCH)),
    "page_process": Operation(
        "Pages",
        {202: "StatusData"},
        ("page_state", "batch_state", "email_unverified"),
        query=(OF_BATCH,),
    ),
    "page_logs": Operation("Pages", {200: "LogData"}, query=(CURSOR, LIMIT)),
    "page_optimize": Operation(
        "Pages",
        {200: "PageData", 202: "OptimizeStarted"},
        ("unknown_tier", *LINE, *GOES_ON),
        headers=("Location",),
        needs=(PREFER,),
    ),
    "family_list": Operation("Pages", {200: "FamilyList"}),
    "pages_differ": Operation("Pages", {202: "BatchData"}, ("nothing_to_differ", *GOES_ON)),
    "batch_results": Operation("Results", {200: NDJSON}),
    "project_results": Operation("Results", {200: NDJSON}, query=(SINCE,)),
    "project_applied": Operation("Results", {202: "AppliedReport"}),
}
