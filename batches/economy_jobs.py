"""One provider batch on its way: submitted, polled, collected, ended."""

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from accounts import audit
from batches import economy_answers, economy_pages, economy_requests, economy_sharing, faults, pauses
from batches.economy_leases import Lease, LeaseLostError
from batches.models import Batch, ModelCall, ProviderBatch
from optimizer.errors import CompletionError, OptimizerError

if TYPE_CHECKING:
    from optimizer.economy import Economy, Job

# What the provider calls a batch that asks for more than it has room for; later it may have.
NO_ROOM = "token_limit_exceeded"
# So long a provider may take to cancel what has run out of time.
GRACE_S = 900.0
CUT_SHORT = ("expired", "cancelled")
# The provider may have worked on what it gave no line for, and charge for it.
MAYBE_PAID = ("completed", "gone", "given_up")


def submit(lease: Lease, lane: "Economy") -> None:
    """Hand the requests over, unless an earlier try did so and was interrupted."""
    row = lease.row
    row.batch.refresh_from_db()
    if row.attempts > 1 and (job := made_before(lease, lane)):
        take_over(lease, job.id, "provider_batch.found")
        return
    if row.cancel_wanted or row.batch.is_final or lease.is_overdue():
        end_with(lease, "not_sent", "not_sent")
        return
    if row.batch.status == Batch.Status.PAUSED:
        return
    with tempfile.TemporaryDirectory(prefix="nimbus-economy-") as folder:
        path = Path(folder) / f"{row.key}.jsonl"
        written = economy_requests.write(lease, lane, path)
        economy_pages.move(lease, written.ready, "too_large")
        if written.last_run is not None:
            economy_pages.hold(lease, settings.ECONOMY_POLL_S if written.refusal else 0, written.last_run)
        if written.refusal and written.refusal.is_final:
            pauses.put(row.batch, "budget", str(written.refusal), written.refusal)
        lease.write(request_count=written.requests, deciders=sorted(written.deciding.deciders))
        if not written.requests:
            end_with(lease, "empty", "not_sent")
            return
        faults.strike("economy_after_journal")
        if not row.input_file_id:
            file_id = lane.upload(path, path.name, settings.ECONOMY_LEASE_S / 2)
            faults.strike("economy_after_upload")
            lease.write(input_file_id=file_id)
    # The last moment to see that another worker has it.
    lease.renew()
    job = lane.create(row.input_file_id, row.key)
    faults.strike("economy_after_create")
    try:
        take_over(lease, job.id, "provider_batch.created")
    except LeaseLostError:
        lane.cancel(job.id)
        raise


def made_before(lease: Lease, lane: "Economy") -> "Job | None":
    """What an earlier try has made. Where it stands still before its request, it finds its file gone."""
    row = lease.row
    if jobs := lane.find(row.key):
        return jobs[-1]
    if not row.input_file_id:
        return None
    with contextlib.suppress(CompletionError):
        lane.delete(row.input_file_id)
    lease.write(input_file_id="")
    # It may have gone on right before that.
    jobs = lane.find(row.key)
    return jobs[-1] if jobs else None


@transaction.atomic
def take_over(lease: Lease, job_id: str, action: str) -> None:
    """From now on this job at the provider is the one that counts."""
    lease.write(provider_id=job_id, state=ProviderBatch.State.SUBMITTED, submitted_at=Now())
    tell(lease.row, action, {"requests": lease.row.request_count, "model": lease.row.model})


def poll(lease: Lease, lane: "Economy") -> None:
    row = lease.row
    is_first_look = not row.status
    job = lane.retrieve(row.provider_id)
    lease.write(status=job.status[:20], output_file_id=job.output_file_id, error_file_id=job.error_file_id)
    if row.attempts > 1 and (is_first_look or job.is_over):
        cancel_strays(lease, lane)
    if job.is_over:
        collect(lease, lane, job)
    elif lease.is_overdue(GRACE_S):
        end_with(lease, "given_up", "deadline")
    elif (row.cancel_wanted or lease.is_overdue()) and job.status != "cancelling":
        lane.cancel(row.provider_id)
        tell(row, "provider_batch.cancelled", {"reason": "user" if row.cancel_wanted else "deadline"})


def cancel_strays(lease: Lease, lane: "Economy") -> None:
    """What a worker that went silent made beside ours: nobody would read it, so nobody shall pay for it."""
    for job in lane.find(lease.row.key):
        if job.id != lease.row.provider_id and not job.is_over and job.status != "cancelling":
            lane.cancel(job.id)
            tell(lease.row, "provider_batch.cancelled", {"reason": "stray", "provider_id": job.id}, "warn")


def collect(lease: Lease, lane: "Economy", job: "Job") -> None:
    """Read both files, then let the pages go on."""
    reading = economy_answers.collect(lease, lane, [job.output_file_id, job.error_file_id])
    lease.write(repeated_count=reading.repeated, unknown_count=reading.unknown)
    if job.status == "failed" and job.error_code == NO_ROOM:
        lease.write(error_code=NO_ROOM)
        economy_answers.close(lease, ModelCall.Outcome.FAILED, NO_ROOM)
        economy_pages.hold(lease, settings.ECONOMY_POLL_S)
    if job.status in CUT_SHORT and job.error_file_id:
        # That file names what was left undone. Of what neither file tells, the answer may have got lost.
        missing = economy_answers.close(lease, ModelCall.Outcome.LOST, "missing_line")
        lease.write(missing_count=missing)
    end_with(lease, job.status, job.error_code or f"batch_{job.status}")


def tidy_up(row: ProviderBatch, lane: "Economy") -> None:
    """Texts of a customer stay at the provider no longer than they are needed."""
    for file_id in (row.input_file_id, row.output_file_id, row.error_file_id):
        if file_id:
            with contextlib.suppress(OptimizerError):
                lane.delete(file_id)


def end_with(lease: Lease, status: str, code: str) -> None:
    """Close the calls without an answer, let the pages go on, tell what came of it."""
    row = lease.row
    outcome = ModelCall.Outcome.LOST if status in MAYBE_PAID else ModelCall.Outcome.FAILED
    missing = economy_answers.close(lease, outcome, "missing_line" if status == "completed" else code)
    economy_sharing.learn(lease)
    economy_answers.move_pages(lease, code)
    # Pages that never came to be asked about wait for another provider batch, until their own deadline.
    economy_pages.hold(lease, 0)
    faults.strike("economy_before_end")
    calls = ModelCall.objects.filter(provider_batch=row)
    counts = {
        "answered_count": calls.filter(outcome=ModelCall.Outcome.ANSWERED).count(),
        "failed_count": calls.filter(outcome=ModelCall.Outcome.FAILED).count(),
        "missing_count": missing if status == "completed" else row.missing_count,
    }
    error_code = row.error_code or ("" if status == "completed" else code[:60])
    data = {"status": status, "code": error_code, "requests": row.request_count}
    data |= {"repeated": row.repeated_count, "unknown": row.unknown_count} | counts
    is_well = counts["answered_count"] == row.request_count
    with transaction.atomic():
        lease.write(
            state=ProviderBatch.State.ENDED, status=status[:20], error_code=error_code, ended_at=Now(),
            **counts,
        )  # fmt: skip
        tell(row, "provider_batch.ended", data, "info" if is_well else "warn")


@transaction.atomic
def tell(row: ProviderBatch, action: str, data: dict[str, Any], level: str = "info") -> None:
    found = {"provider_batch": row.key, "provider_id": row.provider_id}
    event = economy_pages.event(row.batch, action, row.batch_id, level=level, data=found | data)
    audit.record_many([event])
