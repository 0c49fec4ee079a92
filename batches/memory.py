"""The project's memory while pages are worked on: read in groups, added to with the results.

Pages ask for their keys at almost the same time; one query answers them all. A text that several pages need
at once is decided by the first of them, and the others wait for its word.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from django.db import connection

from batches import briefs
from batches.claims import Claim
from batches.models import Suggestion
from batches.outcomes import Outcome
from optimizer import memory, tiers
from optimizer.masks import Mask
from optimizer.memory import PageMemory
from optimizer.types import PageText
from projects.models import MemoryEntry, Project

logger = logging.getLogger(__name__)

# So long a page waits for company to ask the database with.
GATHER_S = 0.01
# Texts that one process keeps at hand for a project.
MOST_AT_HAND = 20_000
# The longest text worth remembering; longer ones are hardly ever met again.
LONGEST = 4_000

STORE = """
INSERT INTO projects_memoryentry (organization_id, project_id, key_hash, text, source, source_run, created_at)
SELECT organization, project, key, text, 'model', run, clock_timestamp()
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[])
    AS e (organization, project, key, text, run)
ORDER BY project, key
ON CONFLICT (project_id, key_hash) DO NOTHING
"""
COUNT = """
UPDATE batches_pagerun r SET reused_lines = e.lines, saved_input_tokens = e.input,
    saved_output_tokens = e.output
FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[]) AS e (run, lines, input, output)
WHERE r.id = e.run
"""


class Found(NamedTuple):
    """A remembered text, and the run whose answer it was; None where it is a person's."""

    text: str
    run: int | None


class Database(Protocol):
    async def persist[T](self, function: Callable[..., T], *arguments: Any) -> T: ...


class Memory:
    """What one process knows of one project's memory, for one model."""

    def __init__(self, project_id: str, model: str) -> None:
        self.project_id, self.model = project_id, model
        # Whether the project remembers anything; looked at now and then.
        self.is_used = False
        self._at_hand: dict[str, str] = {}
        self._deciding: dict[str, asyncio.Future[str | None]] = {}
        self._asked: list[tuple[frozenset[str], asyncio.Future[Mapping[str, Found]]]] = []
        self._database: Database | None = None
        self._reader: asyncio.Task[None] | None = None

    def page(self, database: Database, run: int) -> PageMemory:
        self._database = database
        return PageMemory(Seat(self, run), self.model)

    def look(self) -> None:
        """For the database's thread: is there anything to find?"""
        self.is_used = self.is_used or MemoryEntry.objects.filter(project=self.project_id).exists()

    async def recall(self, hashes: Collection[str], run: int) -> Mapping[str, str]:
        found = {key: self._at_hand[key] for key in hashes if key in self._at_hand}
        missing = frozenset(hashes) - found.keys()
        if not self.is_used or not missing:
            return found
        answer: asyncio.Future[Mapping[str, Found]] = asyncio.get_running_loop().create_future()
        self._asked.append((missing, answer))
        if self._reader is None:
            self._reader = asyncio.create_task(self._read())
        return {**found, **texts(await answer, but_of=run)}

    async def _read(self) -> None:
        await asyncio.sleep(GATHER_S)
        asked, self._asked, self._reader = self._asked, [], None
        wanted = list({key for keys, _ in asked for key in keys})
        try:
            assert self._database is not None
            rows = await self._database.persist(find, self.project_id, wanted)
        except Exception:
            # Without its memory a page is only dearer.
            logger.exception("The memory of %s can't be read", self.project_id)
            rows = {}
        for keys, answer in asked:
            if not answer.done():
                answer.set_result({key: rows[key] for key in keys if key in rows})

    def reserve(self, key: str) -> asyncio.Future[str | None] | None:
        if key in self._deciding:
            return asyncio.shield(self._deciding[key])
        self._deciding[key] = asyncio.get_running_loop().create_future()
        return None

    def settle(self, key: str, text: str | None) -> None:
        decided = self._deciding.pop(key, None)
        if decided is not None and not decided.done():
            decided.set_result(text)

    def learn(self, learned: Mapping[str, str]) -> None:
        """What a page of this process found out is at hand for the next ones at once."""
        if len(self._at_hand) + len(learned) > MOST_AT_HAND:
            self._at_hand.clear()
        self._at_hand.update(learned)


@dataclass(frozen=True, slots=True)
class Seat:
    """The memory as one page run uses it."""

    memory: Memory
    run: int

    async def recall(self, hashes: Collection[str]) -> Mapping[str, str]:
        return await self.memory.recall(hashes, self.run)

    def reserve(self, key: str) -> asyncio.Future[str | None] | None:
        return self.memory.reserve(key)

    def settle(self, key: str, text: str | None) -> None:
        self.memory.settle(key, text)


def find(project_id: str, hashes: Collection[str]) -> dict[str, Found]:
    entries = MemoryEntry.objects.filter(project=project_id, key_hash__in=hashes)
    rows = entries.values_list("key_hash", "text", "source", "source_run")
    return {
        key: Found(text, run if source == MemoryEntry.Source.MODEL else None)
        for key, text, source, run in rows
    }


def texts(found: Mapping[str, Found], but_of: int | None = None) -> dict[str, str]:
    """The texts alone; without what this run found out itself, since that is no saving."""
    return {key: entry.text for key, entry in found.items() if but_of is None or entry.run != but_of}


def store(winners: Sequence[Outcome]) -> None:
    """Remember what the pages of this group commit learned, and count what they needed not buy."""
    learned = [
        (o.claim.organization_id, o.claim.project_id, key, text, o.claim.run_id)
        for o in winners
        for key, text in o.learned.items()
        if len(text) <= LONGEST
    ]
    counted = [
        (o.claim.run_id, o.reused_lines, o.saved_input_tokens, o.saved_output_tokens)
        for o in winners
        if o.reused_lines
    ]
    with connection.cursor() as cursor:
        for statement, rows in ((STORE, learned), (COUNT, counted)):
            if rows:
                cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])


def write(lessons: Sequence[tuple[Claim, str, str]]) -> None:
    """Remember these texts by their keys before the pages that found them are done."""
    rows = [
        (claim.organization_id, claim.project_id, key, text, claim.run_id)
        for claim, key, text in lessons
        if len(text) <= LONGEST
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(STORE, [list(column) for column in zip(*rows, strict=True)])


def remember(suggestion: Suggestion, text: str) -> None:
    """A person's own words: used for this text from now on, and offered to the pages of its family."""
    write_human(suggestion.page.project, suggestion.run_id, human_lessons(suggestion, text))


def forget(suggestion: Suggestion) -> None:
    """A person's own words that were taken back are not used again; what was learned elsewhere stays."""
    keys = human_lessons(suggestion, suggestion.decided_text)
    learned = MemoryEntry.objects.filter(project=suggestion.page.project, source=MemoryEntry.Source.HUMAN)
    learned.filter(key_hash__in=keys, source_run=suggestion.run_id).delete()


def human_lessons(suggestion: Suggestion, text: str) -> dict[str, str]:
    page = PageText.from_extraction(suggestion.run.snapshot.extraction, suggestion.page.url)
    brief = briefs.current(suggestion.page.project)
    lines = [
        line
        for line in tiers.select(page, "full", with_shared=True)
        if line.target == suggestion.target and line.original == suggestion.original
    ]
    found, mask = memory.keys(page, brief, lines, ""), Mask.of(page)
    lessons = (memory.human_lessons(found[line.n], text, mask) for line in lines)
    return {key: text for lesson in lessons for key, text in lesson.items()}


def write_human(project: Project, run_id: int, lessons: Mapping[str, str]) -> None:
    MemoryEntry.objects.bulk_create(
        [
            MemoryEntry(
                organization_id=project.organization_id,
                project=project,
                key_hash=key,
                text=text,
                source=MemoryEntry.Source.HUMAN,
                source_run=run_id,
            )
            for key, text in sorted(lessons.items())
        ],
        update_conflicts=True,
        unique_fields=["project", "key_hash"],
        update_fields=["text", "source_run"],
    )
