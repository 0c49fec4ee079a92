"""From gathered pages to the lines of an input file. Each stands in the journal before it is sent."""

import asyncio
import logging
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import orjson
from django.db import connection, transaction

from batches import briefs, claims, economy_sharing, families, journal, memory, paid_calls, results, spending
from batches.claims import Claim
from batches.economy_leases import Lease
from batches.economy_sharing import Deciding
from batches.models import PageRun, ProviderBatch
from batches.outcomes import NoRoomError, UnansweredError
from nimbus import packing
from optimizer import tiers
from optimizer.asking import questions
from optimizer.memory import PageMemory, Shelf, hashes
from optimizer.pipeline import optimize
from optimizer.types import Brief, Completion, PageText, Prompt
from projects import ledger

if TYPE_CHECKING:
    from optimizer.economy import Economy

logger = logging.getLogger(__name__)

PAGES_A_COMMIT = 100
# Under this name the ids of calls are made from their lines.
LINES = uuid.UUID("7d0f7f0e-6d0b-4a53-9a8f-0b6b6f1d0c11")


@dataclass(slots=True)
class Written:
    """What became of the gathered pages."""

    requests: int = 0
    # Pages (run, token, whether they lack nothing) that have no place in the file.
    ready: list[tuple[int, int, bool]] = field(default_factory=list)
    # The last page that found room; those behind it wait for another provider batch.
    last_run: int | None = None
    deciding: Deciding = field(default_factory=Deciding)
    # The cap that left no room for the next one.
    refusal: NoRoomError | None = None


def custom_id(claim: Claim, request: str) -> str:
    """Names page run and token, so that an answer fits the page only as it was when it was asked about.

    And the question: a second try may find others answered by the memory.
    """
    return f"run-{claim.run_id}-{claim.token}-{request[:12]}"


def run_of(name: str) -> tuple[int, int]:
    """The page run and the token in a custom_id of ours."""
    _, run, token, _ = name.split("-")
    return int(run), int(token)


@dataclass(slots=True)
class Asked:
    """One page's questions, as calls of the journal and as lines of the file."""

    claim: Claim
    calls: list[paid_calls.Call]
    lines: list[bytes]


class InputFile:
    """The file under construction, within the provider's limits."""

    def __init__(self, file: BinaryIO, lane: "Economy") -> None:
        self._file, self._lane = file, lane
        self.requests = self.size = 0

    def has_room(self, pages: Iterable["Asked"]) -> bool:
        """Whether the lines of these pages would fit as well."""
        lines = [line for page in pages for line in page.lines]
        size = self.size + sum(map(len, lines))
        return self.requests + len(lines) <= self._lane.most_requests and size <= self._lane.most_bytes

    def write(self, page: "Asked") -> None:
        self._file.writelines(page.lines)
        self.requests, self.size = self.requests + len(page.lines), self.size + sum(map(len, page.lines))


def write(lease: Lease, lane: "Economy", path: Path) -> Written:
    """Journal and write the requests of all gathered pages; the same pages give the same lines again."""
    row = lease.row
    brief = briefs.of(row.batch)
    gathered = PageRun.objects.filter(provider_batch=row, status=PageRun.Status.QUEUED).order_by("id")
    written = Written()
    with path.open("wb") as file:
        target = InputFile(file, lane)
        for some in batched(list(gathered.values_list("id", flat=True)), PAGES_A_COMMIT):
            lease.renew()
            found = ask(some, brief, row.model, written.deciding)
            pages = choose(target, [asked(row, lane, *page) for page in found], written)
            for page in enter(row, pages, written):
                target.write(page)
            written.requests = target.requests
            if written.last_run is not None:
                break
    return written


def asked(row: ProviderBatch, lane: "Economy", claim: Claim, prompts: Sequence[Prompt]) -> Asked:
    calls = list(calls_of(row.id, claim, prompts, row.model))
    lines = [
        lane.write_line(call.custom_id, prompt, row.model)
        for call, prompt in zip(calls, prompts, strict=True)
    ]
    return Asked(claim, calls, lines)


def choose(target: InputFile, pages: Sequence[Asked], written: Written) -> list[Asked]:
    """The pages that fit into the file; what becomes of the others is written down."""
    chosen: list[Asked] = []
    for page in pages:
        run = (page.claim.run_id, page.claim.token)
        if not page.calls:
            # Who leaves all to others stays until their answers are there.
            if page.claim.run_id not in written.deciding.waiting:
                written.ready.append((*run, True))
        elif target.has_room([*chosen, page]):
            chosen.append(page)
        elif not target.requests and not chosen:
            # One page that is larger than a file may be.
            written.ready.append((*run, False))
        else:
            written.last_run = page.claim.run_id - 1
            break
    return chosen


@transaction.atomic
def enter(row: ProviderBatch, pages: Sequence[Asked], written: Written) -> list[Asked]:
    """Reserve for these pages and journal them; those before the first that found no room under a cap."""
    results.lock([row.batch_id])
    calls = [call for page in pages for call in page.calls]
    # An earlier try may have been interrupted after this.
    known = ledger.reserved(call.id for call in calls)
    refused = spending.enter([call for call in calls if call.id not in known], [], in_turn=True)
    bought = []
    for page in pages:
        if any(call.id in refused for call in page.calls):
            written.refusal = refused[page.calls[0].id]
            written.last_run = page.claim.run_id - 1
            break
        bought.append(page)
    journal.write(call for page in bought for call in page.calls)
    return bought


def calls_of(row_id: int, claim: Claim, prompts: Iterable[Prompt], model: str) -> Iterator[paid_calls.Call]:
    for prompt in prompts:
        call = paid_calls.prepare(claim, prompt, model, is_economy=True)
        call.custom_id, call.provider_batch_id = custom_id(claim, call.request_hash), row_id
        call.id = id_of(row_id, call.custom_id)
        yield call


def id_of(row_id: int, name: str) -> uuid.UUID:
    """The same for the same line, so that a second try reserves nothing twice."""
    return uuid.uuid5(LINES, f"{row_id} {name}")


def ask(
    ids: Iterable[int], brief: Brief, model: str, deciding: Deciding
) -> Iterator[tuple[Claim, list[Prompt]]]:
    """Each page with the prompts whose answers it lacks; pages in the order of their runs."""
    with connection.cursor() as cursor:
        found = claims.load(cursor, ids)
    kin: dict[str, families.Stored] = {}
    for claim in sorted(found, key=lambda claim: claim.run_id):
        try:
            sisters = kin.setdefault(claim.project_id, families.Stored(claim.project_id))
            yield claim, lacking(claim, brief, model, sisters, deciding)
        except Exception:
            # The executor meets the same error, and says it to people.
            logger.exception("Run %s can't be asked about", claim.run_id)
            yield claim, []


def lacking(claim: Claim, brief: Brief, model: str, kin: families.Stored, deciding: Deciding) -> list[Prompt]:
    """The page's questions; once they are answered, the first one that its answers lead to."""
    if claim.body is None:
        return []
    # The executor compares the answers with those of sister pages, so what that leads to is asked here, too.
    page = kin.with_sisters(PageText.from_extraction(orjson.loads(packing.unpack(claim.body)), claim.url))
    lines = tiers.select(page, claim.tier, brief.works_on_shared)
    found = memory.texts(memory.find(claim.project_id, hashes(page, brief, lines, model)))
    answers = economy_sharing.stored(claim) if claim.token > 1 else {}
    # Who has answers already asks for what they lack. A second opinion comes later than others can wait.
    is_sharing = not answers and not brief.judges
    asks = deciding.by(claim.run_id) if is_sharing else None
    asked = questions(page, brief, claim.tier, found, model, asks)
    missing = [prompt for prompt in asked if paid_calls.request_hash(prompt, model) not in answers]
    if missing or not asked:
        return missing

    async def answer(prompt: Prompt) -> Completion:
        if found := answers.get(paid_calls.request_hash(prompt, model)):
            return found
        raise UnansweredError(prompt)

    try:
        asyncio.run(optimize(page, brief, claim.tier, answer, PageMemory(Shelf(found), model)))
    except UnansweredError as error:
        return [error.prompt]
    return []
