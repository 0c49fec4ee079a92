"""The economy lane: pages wait for answers that cost half, in batches of the provider's own.

gather → prepare → submit → poll → collect, each a step that a crash may interrupt anywhere. A row in the
database comes before everything the provider hears of, and carries a key by which it is found again there.
The answers end in the journal, and the pages with the executor, which finds them there: checks and results
are those of the live lane. What can't be answered in time goes live.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError

from batches import economy_jobs, economy_leases, economy_pages, engines, faults, pauses, providers
from batches.economy_leases import Lease, LeaseLostError
from batches.models import Batch, ProviderBatch
from nimbus import logs
from optimizer.errors import CompletionError, ProviderBlockedError, ProviderError

if TYPE_CHECKING:
    from optimizer.economy import Economy

logger = logging.getLogger(__name__)

RUN_S = 240.0
LONGEST_WAIT_S = 600.0
_ALONE = threading.Lock()


def run_once(should_stop: Callable[[], bool] = lambda: False, run_s: float = RUN_S) -> int:
    """One look at everything that is due; a second one meanwhile in this process does nothing."""
    if not _ALONE.acquire(blocking=False):
        return 0
    try:
        return run(run_s, should_stop)
    finally:
        _ALONE.release()


def run(run_s: float = RUN_S, should_stop: Callable[[], bool] = lambda: False) -> int:
    """How many provider batches were worked on; a worker that is told to end begins with none."""
    end, worked = time.monotonic() + run_s, 0
    economy_pages.send_overdue_live()
    if economy_pages.gather_all():
        faults.strike("economy_after_gather")
    # What comes due again meanwhile is left to the next run.
    due_at = economy_leases.now()
    while time.monotonic() < end and not should_stop() and (lease := economy_leases.take(due_at)):
        names = {"batch_id": lease.row.batch_id, "organization_id": lease.row.organization_id}
        with contextlib.suppress(LeaseLostError), logs.about(**names):
            work(lease)
        worked += 1
    return worked


def work(lease: Lease) -> None:
    """Bring one provider batch a step on, and say when it is looked at again."""
    wait_s = float(settings.ECONOMY_POLL_S)
    try:
        with contextlib.closing(connect(lease.row.batch)) as lane:
            step(lease, lane)
            if lease.row.state == ProviderBatch.State.ENDED:
                economy_jobs.tidy_up(lease.row, lane)
    except ProviderBlockedError as error:
        pauses.put(lease.row.batch, error.code, str(error))
        if lease.is_overdue(economy_jobs.GRACE_S):
            economy_jobs.end_with(lease, "given_up", error.code)
    except ProviderError as error:
        wait_s = min(LONGEST_WAIT_S, max(wait_s, error.retry_after or 0.0))
        logger.warning("Provider batch %s waits: %s", lease.row.key, error)
    except (LeaseLostError, DatabaseError):
        raise
    except Exception:
        # One that can't be worked on must not keep the others from it.
        logger.exception("Provider batch %s can't be worked on", lease.row.key)
        wait_s = LONGEST_WAIT_S
    lease.release(wait_s)


def step(lease: Lease, lane: "Economy") -> None:
    is_known = lease.row.state == ProviderBatch.State.SUBMITTED
    try:
        if is_known:
            economy_jobs.poll(lease, lane)
        else:
            economy_jobs.submit(lease, lane)
    except CompletionError as error:
        # The provider does not know what we speak of, or will never take it.
        economy_jobs.end_with(lease, "gone" if is_known else "refused", error.code)


def connect(batch: Batch) -> "Economy":
    choice = providers.choose(batch)
    if not choice.is_paid:
        raise ProviderBlockedError("provider_auth", "There is no key for the provider any more.")
    return engines.economy(choice)
