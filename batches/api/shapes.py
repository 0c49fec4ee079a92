"""The JSON that goes out: BatchData, PageData, StatusData, LogData."""

import hashlib
from typing import Any

import orjson
from django.urls import NoReverseMatch, reverse

from accounts.models import AuditEvent
from batches.models import Batch, PageRun


def batch_data(batch: Batch, base: str) -> dict[str, Any]:
    """BatchData; `base` is the address of this installation without its last slash."""
    address = base + reverse("api-batch-detail", args=[batch.id])
    finished = batch.done_count + batch.failed_count
    return {
        "batch_id": batch.id,
        "project_id": batch.project_id,
        "created": batch.created_at,
        "status": batch.status,
        "pause_reason": batch.pause_reason or None,
        "tier": batch.tier,
        "lane": batch.lane,
        "label": batch.label,
        "priority": batch.priority,
        "page_count": batch.page_count,
        "summary": {
            "completed": batch.done_count,
            "failed": batch.failed_count,
            "pending": batch.pending_page_count,
            "skipped": batch.skipped_count,
            "cancelled": batch.cancelled_count,
            "average_time_ms": round(batch.duration_ms_sum / finished) if finished else None,
        },
        "review": {
            "changes": batch.change_count,
            "pending": batch.pending_count,
            "approved": batch.approved_count,
            "rejected": batch.rejected_count,
            "held": batch.held_count,
        },
        "model": model_of(batch),
        "cost_usd": batch.cost_microdollars / 1_000_000,
        "submitted": batch.submitted_at,
        "finished": batch.finished_at,
        "upload_url": f"{address}/pages",
        "submit_url": f"{address}/submit",
        "status_url": address,
        "results_url": f"{address}/results",
        "dashboard_url": base + dashboard_path(batch),
    }


def model_of(batch: Batch) -> str | None:
    """The model of the newest finished page, null before there is one."""
    models = PageRun.objects.filter(batch=batch, status__in=PageRun.FINAL).exclude(model="")
    return models.values_list("model", flat=True).order_by("-id").first()


def dashboard_path(batch: Batch) -> str:
    try:
        return reverse("batches:detail", args=[batch.id])
    except NoReverseMatch:
        return f"/batches/{batch.id}"


def dump(data: Any) -> bytes:
    return orjson.dumps(data, option=orjson.OPT_UTC_Z)


def etag(data: Any) -> str:
    return f'"{hashlib.sha256(dump(data)).hexdigest()[:24]}"'


def page_row(run: PageRun) -> dict[str, Any]:
    """One line of a batch's list of pages."""
    row: dict[str, Any] = {
        "page_id": run.page_id,
        "page_url": run.page.url,
        "source_path": run.page.source_path,
        "status": run.status,
        "changes": run.changes,
        "confidence": run.confidence,
    }
    if run.error_code:
        row["error"] = error_of(run)
    return row


def page_entry(run: PageRun) -> dict[str, Any]:
    """An entry of the `pages` map of a batch."""
    entry: dict[str, Any] = {"status": run.status, "uploaded": run.uploaded_at}
    if run.started_at:
        entry["started"] = run.started_at
    if run.finished_at:
        entry["completed"] = run.finished_at
    if run.error_code:
        entry["error"] = run.error_message or run.error_code
    return entry


def status_data(run: PageRun) -> dict[str, Any]:
    # Submitting gives a page its lane; what can't be answered in time changes it.
    lane = run.batch.lane if run.status == PageRun.Status.UPLOADED else run.lane
    data: dict[str, Any] = {"status": run.status, "batch_id": run.batch_id, "lane": lane}
    data["updated"] = run.updated_at
    if run.status == PageRun.Status.PROCESSING:
        data["processing"] = {
            "started": run.started_at,
            "current_step": run.step or "queue",
            "progress": run.progress,
        }
    if run.status in (PageRun.Status.DONE, PageRun.Status.SKIPPED):
        data["result"] = {
            "completed": run.finished_at,
            "success": True,
            "changes": run.changes or 0,
            "confidence": run.confidence,
            "cost_usd": run.cost_microdollars / 1_000_000,
            "input_tokens": run.input_tokens,
            "output_tokens": run.output_tokens,
            "reused_lines": run.reused_lines,
        }
    if run.reused_from:
        # An unchanged page: the results of an earlier batch hold.
        data["reused_from"] = {"batch_id": run.reused_from.batch_id, "completed": run.reused_from.finished_at}
    if run.error_code:
        data["error"] = error_of(run)
    return data


def error_of(run: PageRun) -> dict[str, Any]:
    return {
        "message": run.error_message or run.error_code,
        "code": run.error_code,
        "timestamp": run.finished_at or run.updated_at,
    }


def log_entry(event: AuditEvent) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "timestamp": event.at,
        "level": event.level,
        "step": event.step,
        "message": event.message or event.action,
        "action": event.action,
        "data": event.data,
    }
    if event.duration_ms is not None:
        entry["duration_ms"] = event.duration_ms
    return entry
