"""The journal's calls in the ledger: reserved before they are made, settled once their end is known.

Call these inside the transaction that writes the journal, before it does: totals are locked before calls.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence

from batches import budgets
from batches.claims import Claim
from batches.models import Batch, ModelCall
from batches.outcomes import NoRoomError
from batches.paid_calls import Call
from projects import books, ledger
from projects.books import Holder


def enter(sent: Iterable[Call], ended: Iterable[Call], in_turn: bool = False) -> dict[uuid.UUID, NoRoomError]:
    """Reserve for calls that are to be made and settle those that ended; who may not be made, and why.

    Calls of one page in one go are made together or not at all; `in_turn`, no page passes one that waits.
    """
    # A call that was given up before it could be made needs no money.
    wanted = [call for call in sent if call.outcome == ModelCall.Outcome.SENT]
    settled = {call.id: call for call in ended}
    if not wanted and not settled:
        return {}
    held = books.lock({holder_of(call.claim) for call in (*wanted, *settled.values())})
    refused = reserve(held, wanted, in_turn)
    taken = [reservation(call) for call in wanted if call.id not in refused]
    moved = ledger.write(held, taken, [settlement(call) for call in settled.values()])
    budgets.tell_shares(moved)
    return refused


def reserve(held: books.Books, calls: Iterable[Call], in_turn: bool) -> dict[uuid.UUID, NoRoomError]:
    """Take room for each page's calls in turn; those that found none."""
    refused: dict[uuid.UUID, NoRoomError] = {}
    pages: dict[int, list[Call]] = defaultdict(list)
    for call in calls:
        pages[call.claim.run_id].append(call)
    for mine in pages.values():
        holder, amount = holder_of(mine[0].claim), sum(call.cost_microdollars for call in mine)
        full = held.refusal(holder, amount)
        if full is None and not (in_turn and refused):
            held.take(holder, amount)
            continue
        error = NoRoomError(full, amount) if full else next(iter(refused.values()))
        refused.update((call.id, error) for call in mine)
    return refused


def settle(holder: Holder, settlements: Sequence[ledger.Settlement]) -> None:
    """Settle calls that somebody else reserved for; one that is settled already stays so."""
    if settlements:
        held = books.lock([holder])
        budgets.tell_shares(ledger.write(held, [], settlements))


def settle_lost(calls: Iterable[tuple[uuid.UUID, Holder]]) -> None:
    """Settle calls of unknown outcome at their full reservation."""
    lost = dict(calls)
    if lost:
        held = books.lock(lost.values())
        budgets.tell_shares(ledger.write(held, [], [ledger.Settlement(call, None) for call in lost]))


def reservation(call: Call) -> ledger.Reservation:
    lane = Batch.Lane.ECONOMY if call.provider_batch_id else Batch.Lane.LIVE
    return ledger.Reservation(call.id, holder_of(call.claim), call.cost_microdollars, call.model, lane)


def settlement(call: Call) -> ledger.Settlement:
    if call.completion is None:
        is_lost = call.outcome == ModelCall.Outcome.LOST
        return ledger.Settlement(call.id, None if is_lost else 0)
    usage = call.completion.usage
    return ledger.Settlement(
        call.id, call.cost_microdollars, usage.input_tokens, usage.output_tokens, call.completion.model
    )


def holder_of(claim: Claim) -> Holder:
    return Holder(claim.batch_id, claim.project_id, claim.organization_id)


def holder_of_batch(batch: Batch) -> Holder:
    return Holder(batch.id, batch.project_id, batch.organization_id)
