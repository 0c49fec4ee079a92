"""A batch's uploaded pages, its results and its audit trail as NDJSON files in artifact storage.

The same content again is the same file: the archives tell no time.
"""

import gzip
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from accounts import audit, heads
from accounts.models import AuditEvent
from batches import artifact_rows, page_data
from batches.models import Artifact, Batch, PageSnapshot
from nimbus import artifacts, packing
from nimbus.errors import InvalidError
from projects.models import Project

SPOOLED = 16 * 2**20
AT_ONCE = 500
# More take longer than a browser waits; the organization's data export, made by a worker, holds all of them.
MOST_EVENTS = 200_000
TOLD = (
    "chain", "seq", "at", "actor", "action", "target", "batch", "level", "step", "message", "data",
    "duration_ms", "organization_id", "previous_hash", "hash", "salt", "commitment",
)  # fmt: skip


def pages(batch: Batch) -> Artifact:
    """What was uploaded, as it can be uploaded again."""
    return keep(batch, Artifact.Kind.PAGES, pages_of(batch))


def results(batch: Batch) -> Artifact:
    """Each page with what was proposed and decided, as the API streams it."""
    return keep(batch, Artifact.Kind.RESULTS, map(packing.plain, page_data.of_batch(batch)))


def history(batch: Batch) -> Artifact:
    """What happened to the batch and its pages, with the signed head of its project's chain."""
    return keep(
        batch, Artifact.Kind.AUDIT, events_of(AuditEvent.objects.filter(batch=batch.id), batch.project_id)
    )


BUNDLES: dict[str, Callable[[Batch], Artifact]] = {"pages": pages, "results": results, "audit": history}


def project_audit(project: Project, by: Any) -> Artifact:
    """A project's whole chain: with its hashes anybody can prove it whole. Raises InvalidError."""
    head = heads.of(project.id)
    if head["seq"] > MOST_EVENTS:
        raise InvalidError(
            _(
                "The log has more than %(most_events)s events. "
                "An owner can export all data of the organization."
            ),
            most_events=f"{MOST_EVENTS:,}",
        )
    events = AuditEvent.objects.filter(chain=project.id, seq__lte=head["seq"])
    with packed(events_of(events, project.id)) as file:
        key, size = artifacts.put(project.organization_id, project.id, file)
    with transaction.atomic():
        audit.record(project, "audit.exported", actor=by, target=project, data={"events": head["seq"]})
        return Artifact.objects.create(
            organization_id=project.organization_id,
            project=project,
            name=f"{project.id}-audit.ndjson.gz",
            **artifact_rows.about(Artifact.Kind.AUDIT, key, size),
        )


def keep(batch: Batch, kind: str, lines: Iterable[bytes]) -> Artifact:
    with packed(lines) as file:
        key, size = artifacts.put(batch.organization_id, batch.project_id, file)
    with transaction.atomic():
        # Of what was shared, each row has an end of its own.
        known = batch.artifacts.filter(kind=kind, key=key, expires_at=None).first()
        fields = artifact_rows.fields(batch, kind, key, size)
        return known or Artifact.objects.create(**fields, name=f"{batch.id}-{kind}.ndjson.gz")


def packed(lines: Iterable[bytes]) -> "tempfile.SpooledTemporaryFile[bytes]":
    # The caller closes it.
    file = tempfile.SpooledTemporaryFile(SPOOLED)  # noqa: SIM115
    with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as archive:
        for line in lines:
            archive.write(line)
    file.seek(0)
    return file


def pages_of(batch: Batch) -> Iterator[bytes]:
    found = PageSnapshot.objects.filter(run__batch=batch).order_by("run_id").select_related("run__page")
    for snapshot in found.iterator(chunk_size=AT_ONCE):
        page = snapshot.run.page
        front = orjson.dumps({"page_url": page.url, "source_path": page.source_path})[:-1]
        yield front + b',"extraction":' + packing.unpack(bytes(snapshot.body)) + b"}\n"


def events_of(events: QuerySet[AuditEvent], chain: str) -> Iterator[bytes]:
    """The newest last, and after it where the chain ends, signed."""
    option = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z
    for event in events.order_by("chain", "seq").values(*TOLD).iterator(chunk_size=2_000):
        yield orjson.dumps(event, option=option)
    yield orjson.dumps(
        {"head": {"chain": chain, **heads.of(chain), "public_key": heads.public_key()}}, option=option
    )
