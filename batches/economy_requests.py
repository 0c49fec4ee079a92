"""From gathered pages to the lines of an input file. Each stands in the journal before it is sent."""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import orjson
from django.db import connection, transaction

from batches import briefs, claims, journal, results
from batches.claims import Claim
from batches.economy_leases import Lease
from batches.models import ModelCall, PageRun
from batches.outcomes import UnansweredError
from nimbus import packing
from optimizer.pipeline import optimize, questions
from optimizer.types import Brief, Completion, PageText, Prompt

if TYPE_CHECKING:
    from optimizer.economy import Economy

logger = logging.getLogger(__name__)

PAGES_A_COMMIT = 100


@dataclass(slots=True)
class Written:
    """What became of the gathered pages."""

    requests: int = 0
    # Pages (run, token, whether they lack nothing) that have no place in the file.
    ready: list[tuple[int, int, bool]] = field(default_factory=list)
    # The last page that found room; those behind it wait for another provider batch.
    last_run: int | None = None


def custom_id(claim: Claim, number: int) -> str:
    """Names page run and token, so that an answer fits the page only as it was when it was asked about."""
    return f"run-{claim.run_id}-{claim.token}-{number}"


def run_of(name: str) -> tuple[int, int]:
    """The page run and the token in a custom_id of ours."""
    _, run, token, _ = name.split("-")
    return int(run), int(token)


class InputFile:
    """The file under construction, within the provider's limits."""

    def __init__(self, file: BinaryIO, lane: "Economy") -> None:
        self._file, self._lane = file, lane
        self.requests = self.size = 0

    def add(self, lines: Sequence[bytes]) -> bool:
        """Whether these lines found room; none of them is written where they did not."""
        size = sum(map(len, lines))
        if self.requests + len(lines) > self._lane.most_requests or self.size + size > self._lane.most_bytes:
            return False
        self._file.writelines(lines)
        self.requests, self.size = self.requests + len(lines), self.size + size
        return True


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
            calls: list[journal.Call] = []
            for claim, prompts in ask(some, brief, row.model):
                mine = list(calls_of(row.id, claim, prompts, row.model))
                if not mine:
                    written.ready.append((claim.run_id, claim.token, True))
                elif target.add(
                    [lane.write_line(call.custom_id, prompt, row.model) for call, prompt in mine]
                ):
                    calls += [call for call, _ in mine]
                elif not target.requests:
                    # One page that is larger than a file may be.
                    written.ready.append((claim.run_id, claim.token, False))
                else:
                    written.last_run = claim.run_id - 1
                    break
            with transaction.atomic():
                results.lock([row.batch_id])
                journal.write(calls)
            written.requests = target.requests
            if written.last_run is not None:
                break
    return written


def calls_of(
    row_id: int, claim: Claim, prompts: Iterable[Prompt], model: str
) -> Iterator[tuple[journal.Call, Prompt]]:
    for number, prompt in enumerate(prompts):
        call = journal.prepare(claim, prompt, model, is_economy=True)
        call.custom_id, call.provider_batch_id = custom_id(claim, number), row_id
        yield call, prompt


def ask(ids: Iterable[int], brief: Brief, model: str) -> Iterator[tuple[Claim, list[Prompt]]]:
    """Each page with the prompts whose answers it lacks; pages in the order of their runs."""
    with connection.cursor() as cursor:
        found = claims.load(cursor, ids)
    for claim in sorted(found, key=lambda claim: claim.run_id):
        try:
            yield claim, lacking(claim, brief, model)
        except Exception:
            # The executor meets the same error, and says it to people.
            logger.exception("Run %s can't be asked about", claim.run_id)
            yield claim, []


def lacking(claim: Claim, brief: Brief, model: str) -> list[Prompt]:
    """The page's questions; once they are answered, the first one that its answers lead to."""
    if claim.body is None:
        return []
    page = PageText.from_extraction(orjson.loads(packing.unpack(claim.body)), claim.url)
    asked = questions(page, brief, claim.tier)
    answers = stored(claim) if claim.token > 1 else {}
    missing = [prompt for prompt in asked if journal.request_hash(prompt, model) not in answers]
    if missing or not asked:
        return missing

    async def answer(prompt: Prompt) -> Completion:
        if found := answers.get(journal.request_hash(prompt, model)):
            return found
        raise UnansweredError(prompt)

    try:
        asyncio.run(optimize(page, brief, claim.tier, answer))
    except UnansweredError as error:
        return [error.prompt]
    return []


def stored(claim: Claim) -> dict[str, Completion]:
    """What the journal has for this page, by request."""
    rows = ModelCall.objects.filter(
        batch_id=claim.batch_id, runs__contains=[claim.run_id], outcome="answered", error_code=""
    )
    return {row.request_hash: journal.unpack(bytes(row.answer)) for row in rows if row.answer}
