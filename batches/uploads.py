"""The first step: make a batch and take in its pages, line by line."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from accounts import audit
from batches import artifact_rows, caps, intake, pagelines, wakeups, waves
from batches.models import Batch, PageRun
from batches.pagelines import PageLine
from batches.waves import Pilot
from batches.webhooks import endpoints
from nimbus.errors import InvalidError, NimbusError, StateError, TooLargeError
from nimbus.strictjson import MalformedError
from projects.models import Project

# A transaction of this size is quick to commit and holds little in memory.
CHUNK_LINES, CHUNK_BYTES = 500, 8 * 2**20
# Each line has an outcome; a gzip body of a megabyte could hold a hundred million of them.
MAX_LINES = 100_000


class UnknownTierError(InvalidError):
    code = "unknown_tier"


class NotUploadingError(StateError):
    code = "batch_not_uploading"
    message = "The batch takes no more pages. Make a new batch for them."


@dataclass
class Upload:
    """What became of each line."""

    accepted: int = 0
    replaced: int = 0
    rejected: int = 0
    page_count: int = 0
    outcomes: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, number: int, error: NimbusError, line: PageLine | None = None) -> None:
        self.rejected += 1
        outcome = {"line": number, "outcome": "rejected", "code": error.code, "message": error.message}
        if error.field:
            outcome["field"] = error.field
        if line:
            outcome |= {"page_id": line.page_id, "source_path": line.source_path}
        self.outcomes.append(outcome)

    def take(self, line: PageLine, replaced: bool) -> None:
        outcome = "replaced" if replaced else "accepted"
        setattr(self, outcome, getattr(self, outcome) + 1)
        self.outcomes.append(
            {
                "line": line.number,
                "outcome": outcome,
                "page_id": line.page_id,
                "source_path": line.source_path,
            }
        )


@transaction.atomic
def create_batch(
    project: Project,
    *,
    tier: str = "",
    lane: str = "",
    label: str = "",
    priority: int = 5,
    callback_url: str | None = None,
    pilot: Pilot | None = None,
    cap: int | None = None,
    by: Any,
) -> Batch:
    """An open batch; tier and lane are the project's own where none is given. The cap is in micro-dollars."""
    tier = tier or project.setting("optimization_tier")
    if tier not in Batch.Tier.values:
        raise UnknownTierError(
            f"Unknown tier “{tier[:40]}”. Choose one of {', '.join(Batch.Tier.values)}.", field="tier"
        )
    lane = lane or project.setting("lane")
    if callback_url:
        endpoints.for_callback(project, callback_url, by)
    batch = Batch.objects.create(
        organization_id=project.organization_id,
        project=project,
        tier=tier,
        callback_url=callback_url or "",
        lane=lane,
        label=label,
        priority=priority,
        created_by=audit.name_of(by),
        plan=waves.planned(pilot, lane),
    )
    audit.record(project, "batch.created", actor=by, target=batch, batch=batch.id, data={"tier": tier})
    if cap is not None:
        caps.set_of_batch(batch, by, cap)
    return batch


def accept(batch: Batch, lines: Iterable[bytes], by: Any) -> Upload:
    """Store the pages of an NDJSON body. A bad line is told and left out; the others go in."""
    refuse_closed(batch)
    upload = Upload()
    for portion in portions(good_lines(batch, lines, upload)):
        store(batch, portion, by, upload)
    if not upload.outcomes:
        raise MalformedError("The body is empty. Send one page a line, as JSON.")
    batch.refresh_from_db()
    upload.page_count = batch.page_count
    upload.outcomes.sort(key=lambda outcome: outcome["line"])
    return upload


def refuse_closed(batch: Batch) -> None:
    if batch.status != Batch.Status.UPLOADING:
        raise NotUploadingError


def good_lines(batch: Batch, lines: Iterable[bytes], upload: Upload) -> Iterator[PageLine]:
    """Those that may be stored, one at a time; the others are told. Blank ones count and are left out."""
    for number, line in enumerate(lines, start=1):
        if number > MAX_LINES:
            raise TooLargeError(f"An upload has at most {MAX_LINES:,} lines. Send the pages in parts.")
        if line.strip():
            try:
                yield pagelines.read(number, line, batch.project)
            except NimbusError as error:
                upload.reject(number, error)


def portions(lines: Iterable[PageLine]) -> Iterator[list[PageLine]]:
    """Of bounded size, each for a transaction."""
    portion: list[PageLine] = []
    size = 0
    for line in lines:
        portion.append(line)
        size += line.weight
        if len(portion) == CHUNK_LINES or size >= CHUNK_BYTES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def store(batch: Batch, lines: list[PageLine], by: Any, upload: Upload) -> None:
    """One transaction: pages, runs, snapshots and their events, or none of them."""
    sources = {}
    if batch.project.setting("preview"):
        sources = artifact_rows.keep_pages(batch, {line.page_id: line.source_html for line in lines})
    with transaction.atomic():
        # Locked until the commit, so that no submit comes in between and the limit holds.
        locked = Batch.objects.select_for_update(no_key=True).get(id=batch.id)
        refuse_closed(locked)
        # Before the pages, as those who publish results lock them.
        audit.hold(batch.project)
        sent = [line.page_id for line in lines]
        known = set(PageRun.objects.filter(batch=batch, page__in=sent).values_list("page_id", flat=True))
        taken = take_up_to_limit(locked, lines, known, upload)
        newest = {line.page_id: line for line in taken}
        intake.store(batch, newest.values(), sources)
        artifact_rows.record(batch, [sources[page] for page in newest if page in sources])
        audit.record_many(event(batch, line, by) for line in taken)
        wakeups.notify([batch.id])


def take_up_to_limit(batch: Batch, lines: list[PageLine], known: set[str], upload: Upload) -> list[PageLine]:
    most = batch.project.setting("max_pages_per_batch")
    room = most - batch.page_count
    taken = []
    for line in lines:
        replaced = line.page_id in known
        if not replaced and room <= 0:
            full = InvalidError(f"A batch of this project holds {most:,} pages.", code="batch_full")
            upload.reject(line.number, full, line)
            continue
        room -= not replaced
        known.add(line.page_id)
        upload.take(line, replaced)
        taken.append(line)
    return taken


def event(batch: Batch, line: PageLine, by: Any) -> audit.Entry:
    return audit.Entry(
        chain=batch.project_id,
        organization_id=batch.organization_id,
        action="page.uploaded",
        actor=audit.name_of(by),
        target=line.page_id,
        batch=batch.id,
        step="upload",
        message=f"Uploaded {line.source_path}",
        data={"content_hash": line.content_hash, "line": line.number},
    )


def split(pieces: Iterable[bytes], longest: int) -> Iterator[bytes]:
    """Lines of a stream. Of a line that is too long, just enough is kept to see that it is."""
    rest = b""
    for piece in itertools.chain(pieces, [b"\n"]):
        *whole, tail = piece.split(b"\n")
        for line in whole:
            yield (rest + line)[: longest + 1]
            rest = b""
        rest = (rest + tail)[: longest + 1]
    if rest:
        yield rest
