"""The journal of paid calls: each is written down before it is made and completed after it.

So a crash never buys a stored answer twice, and a call that nobody saw the end of is visible.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any

import orjson
from django.conf import settings
from django.db import connection, transaction

from accounts import audit
from batches import spending
from batches.models import ModelCall
from batches.paid_calls import Call
from nimbus import packing
from optimizer.types import Completion, Usage
from projects.books import Holder

# An answer that could not be used is never used again: a retry then asks anew.
UNUSABLE = "unusable"

# The database's clock: a worker's own may be an hour off, and the sweep would lose the call.
WRITE = """
INSERT INTO batches_modelcall (id, organization_id, project_id, batch_id, runs, purpose, request_hash,
    custom_id, provider_batch_id, model, cost_microdollars, sent_at, request_id, input_tokens, output_tokens,
    outcome, error_code)
SELECT id, organization, project, batch, ARRAY[run], purpose, request, custom_id, provider_batch, model, cost,
    clock_timestamp(), '', 0, 0, 'sent', ''
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[],
    %s::bigint[], %s::text[], %s::bigint[])
AS c (id, organization, project, batch, run, purpose, request, custom_id, provider_batch, model, cost)
ON CONFLICT DO NOTHING
"""


def write(calls: Iterable[Call]) -> None:
    """Note the calls as sent; they may be made once this is committed.

    A commit that was repeated because its answer got lost finds its own rows.
    """
    rows = [
        (
            call.id, call.claim.organization_id, call.claim.project_id, call.claim.batch_id,
            call.claim.run_id, call.purpose, call.request_hash, call.custom_id, call.provider_batch_id,
            call.model[:80], call.cost_microdollars,
        )
        for call in calls
    ]  # fmt: skip
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(WRITE, [list(column) for column in zip(*rows, strict=True)])


def complete(calls: Sequence[Call]) -> None:
    """Store what came of these calls, in one statement; what the sweep called lost stays so."""
    rows = [
        (
            call.id, call.outcome, call.error_code[:40], call.latency_ms,
            call.cost_microdollars, pack(call.completion), request_id(call), answered_model(call),
            call.completion.usage.input_tokens if call.completion else 0,
            call.completion.usage.output_tokens if call.completion else 0,
        )
        for call in calls
    ]  # fmt: skip
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE batches_modelcall c SET outcome = e.outcome, error_code = e.code,
                latency_ms = e.latency_ms, answered_at = clock_timestamp(), cost_microdollars = e.cost,
                answer = e.answer, request_id = e.request_id, model = e.model,
                input_tokens = e.input_tokens, output_tokens = e.output_tokens
            FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::int[], %s::bigint[],
                %s::bytea[], %s::text[], %s::text[], %s::int[], %s::int[])
            AS e (id, outcome, code, latency_ms, cost, answer, request_id, model,
                input_tokens, output_tokens)
            WHERE c.id = e.id AND c.outcome = 'sent'""",
            [list(column) for column in zip(*rows, strict=True)],
        )


def entry(call: Call) -> audit.Entry:
    """The audit event of a call that ended."""
    data: dict[str, Any] = {"call": str(call.id), "purpose": call.purpose, "model": answered_model(call)}
    data["cost_microdollars"] = call.cost_microdollars
    if call.completion:
        usage = call.completion.usage
        data |= {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
    else:
        data["code"] = call.error_code
    return audit.Entry(
        call.claim.project_id, f"call.{call.outcome}", call.claim.organization_id, target=call.claim.page_id,
        batch=call.claim.batch_id, level="info" if call.completion else "warn", step="optimize", data=data,
        duration_ms=call.latency_ms, at=call.ended_at,
    )  # fmt: skip


def request_id(call: Call) -> str:
    return call.completion.request_id[:120] if call.completion else ""


def answered_model(call: Call) -> str:
    return (call.completion.model if call.completion else call.model)[:80]


def pack(completion: Completion | None) -> bytes | None:
    return packing.pack(orjson.dumps(asdict(completion))) if completion else None


def find(batch_id: str, run_id: int, request_hash: str) -> tuple[uuid.UUID, Completion] | None:
    """The stored answer to this request in this batch; of one bought for another page, that one pays."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id, answer, runs @> ARRAY[%s]::bigint[] AS is_own FROM batches_modelcall
            WHERE batch_id = %s AND request_hash = %s AND outcome = 'answered' AND error_code = ''
                AND answer IS NOT NULL
            ORDER BY is_own DESC, sent_at LIMIT 1""",
            [run_id, batch_id, request_hash],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    call_id, answer, is_own = row
    completion = unpack(bytes(answer))
    return call_id, completion if is_own else replace(completion, usage=Usage(0, 0))


def unpack(answer: bytes) -> Completion:
    stored = orjson.loads(packing.unpack(answer))
    return Completion(**{**stored, "usage": Usage(**stored["usage"])})


def spoil(call_ids: Iterable[uuid.UUID]) -> None:
    """These answers led nowhere; asking again is worth more than reading them again."""
    ModelCall.objects.filter(id__in=list(call_ids)).update(error_code=UNUSABLE)


@transaction.atomic
def lose_old(limit: int = 500) -> int:
    """Calls without an answer, long after any could come: lost, and counted at their full reservation.

    Those in the economy lane may take a day; they end with their provider batch.
    """
    seconds = 2 * settings.OPENAI_TIMEOUT_S + settings.LEASE_S
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id, batch_id, project_id, organization_id FROM batches_modelcall
            WHERE outcome = 'sent' AND provider_batch_id IS NULL
                AND sent_at < clock_timestamp() - make_interval(secs => %s) ORDER BY id LIMIT %s""",
            [seconds, limit],
        )
        calls = [(call, Holder(*holder)) for call, *holder in cursor.fetchall()]
        # Totals before calls: the order in which every writer locks.
        spending.settle_lost(calls)
        cursor.execute(
            """UPDATE batches_modelcall SET outcome = 'lost', error_code = 'worker_lost'
            WHERE id = ANY(%s) AND outcome = 'sent'""",
            [[call for call, _ in calls]],
        )
        return int(cursor.rowcount)
