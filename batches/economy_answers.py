"""Output and error files back into the journal, and the pages on their way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import batched
from typing import TYPE_CHECKING

from django.db import connection, transaction

from batches import economy_pages, faults, journal, paid_calls, spending
from batches.economy_leases import Lease
from batches.economy_requests import id_of, run_of
from batches.models import ModelCall, ProviderBatch
from projects.ledger import Settlement

if TYPE_CHECKING:
    from optimizer.economy import Economy, Line

LINES_A_COMMIT = 200
# Only a call that still waits takes an answer, so that a line that comes twice counts once.
ANSWER = """
UPDATE batches_modelcall c SET outcome = e.outcome, error_code = e.code, answer = e.answer,
    request_id = e.request_id, input_tokens = e.input_tokens, output_tokens = e.output_tokens,
    model = CASE WHEN e.outcome = 'answered' THEN e.model ELSE c.model END,
    cost_microdollars = CASE e.outcome WHEN 'answered' THEN e.cost WHEN 'failed' THEN 0
        ELSE c.cost_microdollars END,
    answered_at = clock_timestamp()
FROM unnest(%s::text[], %s::text[], %s::text[], %s::bytea[], %s::text[], %s::int[], %s::int[], %s::text[],
    %s::bigint[])
AS e (custom_id, outcome, code, answer, request_id, input_tokens, output_tokens, model, cost)
WHERE c.provider_batch_id = %s AND c.custom_id = e.custom_id AND c.outcome = 'sent'
"""
# What no line came for: free where the provider did not get to it, else it may have to be paid.
CLOSE = """
UPDATE batches_modelcall SET outcome = %(outcome)s, error_code = %(code)s, answered_at = clock_timestamp(),
    cost_microdollars = CASE WHEN %(outcome)s = 'failed' THEN 0 ELSE cost_microdollars END
WHERE provider_batch_id = %(row)s AND outcome = 'sent'
"""


@dataclass(slots=True)
class Reading:
    """What one reading of both files met."""

    expected: set[str]
    seen: set[str] = field(default_factory=set)
    repeated: int = 0
    unknown: int = 0
    illegible: int = 0

    def sift(self, lines: "Iterable[Line | None]") -> "list[Line]":
        """The lines that belong to a request of ours, each once."""
        mine = []
        for line in lines:
            if line is None:
                self.illegible += 1
            elif line.custom_id not in self.expected:
                self.unknown += 1
            elif line.custom_id in self.seen:
                self.repeated += 1
            else:
                self.seen.add(line.custom_id)
                mine.append(line)
        return mine


def collect(lease: Lease, lane: "Economy", file_ids: Iterable[str]) -> Reading:
    """Write every answer into the journal, some at a time; doing it again changes nothing."""
    expected = ModelCall.objects.filter(provider_batch=lease.row).values_list("custom_id", flat=True)
    reading = Reading(set(expected))
    for file_id in filter(None, file_ids):
        for some in batched(lane.lines(file_id), LINES_A_COMMIT):
            with transaction.atomic():
                lease.renew()
                store(lease.row, reading.sift(some))
            faults.strike("economy_inside_collect")
    return reading


def store(row: ProviderBatch, lines: "Sequence[Line]") -> None:
    rows = [values(line, row.model) for line in lines]
    if not rows:
        return
    # Totals before calls: the order in which every writer locks.
    settlements = [settlement(row, line) for line in lines]
    spending.settle(spending.holder_of_batch(row.batch), settlements)
    with connection.cursor() as cursor:
        cursor.execute(ANSWER, [*(list(column) for column in zip(*rows, strict=True)), row.id])


def settlement(row: ProviderBatch, line: "Line") -> Settlement:
    call, answer = id_of(row.id, line.custom_id), line.completion
    if answer is None:
        return Settlement(call, None if line.is_damaged else 0)
    cost, full = (
        paid_calls.cost_of(replace(answer, is_half_price=is_half), row.model) for is_half in (True, False)
    )
    usage = answer.usage
    return Settlement(call, cost, usage.input_tokens, usage.output_tokens, answer.model, full - cost)


def values(line: "Line", model: str) -> tuple[str, str, str, bytes | None, str, int, int, str, int]:
    answer = line.completion
    if answer is None:
        outcome = ModelCall.Outcome.LOST if line.is_damaged else ModelCall.Outcome.FAILED
        return line.custom_id, str(outcome), line.error_code[:40], None, "", 0, 0, "", 0
    usage = answer.usage
    return (
        line.custom_id, "answered", "", journal.pack(answer), answer.request_id[:120], usage.input_tokens,
        usage.output_tokens, answer.model[:80], paid_calls.cost_of(answer, model),
    )  # fmt: skip


@transaction.atomic
def close(lease: Lease, outcome: str, code: str) -> int:
    """End the calls that no line came for; how many."""
    lease.renew()
    row = lease.row
    still = ModelCall.objects.filter(provider_batch=row, outcome=ModelCall.Outcome.SENT)
    amount = 0 if outcome == ModelCall.Outcome.FAILED else None
    settlements = [Settlement(call, amount) for call in still.values_list("id", flat=True)]
    spending.settle(spending.holder_of_batch(row.batch), settlements)
    with connection.cursor() as cursor:
        cursor.execute(CLOSE, {"outcome": outcome, "code": code[:40], "row": row.id})
        return int(cursor.rowcount)


def move_pages(lease: Lease, reason: str) -> None:
    """Every page of this provider batch goes on: with all its answers, or in the live lane."""
    wholes: dict[tuple[int, int], bool] = {}
    calls = ModelCall.objects.filter(provider_batch=lease.row).values_list("custom_id", "outcome")
    for name, outcome in calls.iterator():
        page = run_of(name)
        wholes[page] = wholes.get(page, True) and outcome == ModelCall.Outcome.ANSWERED
    economy_pages.move(lease, [(run, token, whole) for (run, token), whole in sorted(wholes.items())], reason)
