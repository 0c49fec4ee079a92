"""Lines that several pages of one provider batch hold: the first of them asks, the others use its answer.

They all go up in one file, so none could have remembered what another one got. Once the answers are there,
and before any page goes on, what the asking pages may say is remembered; the executor finds it there.
"""

import asyncio
import logging
from collections.abc import Callable
from itertools import batched

import orjson
from django.db import connection

from batches import briefs, claims, families, journal, memory, paid_calls
from batches.claims import Claim
from batches.economy_leases import Lease
from batches.models import ModelCall
from nimbus import packing
from optimizer import tiers
from optimizer.memory import PageMemory, Shelf, keys
from optimizer.pipeline import optimize
from optimizer.types import Brief, Completion, PageText, Prompt, Usage

logger = logging.getLogger(__name__)

# Lines that one provider batch keeps in mind; each costs some hundred bytes.
MOST_LINES = 200_000
PAGES_AT_ONCE = 20
NOTHING = Completion('{"items": []}', "", Usage(0, 0), "stop", "")


class Deciding:
    """Which page of a provider batch asks about a line that other pages hold as well."""

    def __init__(self) -> None:
        self._first: dict[str, int] = {}
        # The runs whose answers others wait for.
        self.deciders: set[int] = set()
        self.waiting: set[int] = set()

    def by(self, run: int) -> Callable[[str], bool]:
        """Whether this page is to ask, by the line's key."""

        def asks(key: str) -> bool:
            if key not in self._first:
                if len(self._first) < MOST_LINES:
                    self._first[key] = run
                return True
            if self._first[key] != run:
                self.deciders.add(self._first[key])
                self.waiting.add(run)
            return False

        return asks


def learn(lease: Lease) -> None:
    """Remember what the answers of the deciding pages are worth to the others; twice is once."""
    row = lease.row
    brief = briefs.of(row.batch)
    kin = families.Stored(row.batch.project_id)
    for some in batched(sorted(row.deciders), PAGES_AT_ONCE):
        lease.renew()
        with connection.cursor() as cursor:
            found = claims.load(cursor, some)
        for claim in sorted(found, key=lambda claim: claim.run_id):
            try:
                learned = lessons(claim, brief, row.model, kin)
            except Exception:
                # The executor meets the same error, and says it to people; the others ask for themselves.
                logger.exception("Run %s teaches nothing", claim.run_id)
                continue
            memory.write([(claim, key, text) for key, text in sorted(learned.items())])


def lessons(claim: Claim, brief: Brief, model: str, kin: families.Stored) -> dict[str, str]:
    """What a page's answers say of lines that other pages may hold, as far as no check minds it."""
    if claim.body is None:
        return {}
    page = kin.with_sisters(PageText.from_extraction(orjson.loads(packing.unpack(claim.body)), claim.url))
    lines = tiers.select(page, claim.tier, brief.works_on_shared)
    known = keys(page, brief, lines, model)
    found = memory.texts(memory.find(claim.project_id, {key for line in known.values() for key in line}))
    answers = stored(claim)

    async def answer(prompt: Prompt) -> Completion:
        # What is not answered yet is asked in another round, and taught by nobody until then.
        return answers.get(paid_calls.request_hash(prompt, model), NOTHING)

    remembered = PageMemory(Shelf(found), model)
    asyncio.run(optimize(page, brief, claim.tier, answer, remembered))
    common = {key for line in known.values() if line.is_common for key in line}
    return {key: text for key, text in remembered.learned.items() if key in common}


def stored(claim: Claim) -> dict[str, Completion]:
    """What the journal has for this page, by request."""
    rows = ModelCall.objects.filter(
        batch_id=claim.batch_id, runs__contains=[claim.run_id], outcome="answered", error_code=""
    )
    return {row.request_hash: journal.unpack(bytes(row.answer)) for row in rows if row.answer}
