"""Files of a batch: the artifact and the row that names it; and files that no row names."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import batched
from typing import IO

from accounts.models import DataExport
from batches.models import Artifact, Batch, PageSnapshot
from nimbus import artifacts, clock

# A younger file without a row may belong to an upload that is under way.
ORPHAN_AGE = timedelta(days=1)
AT_ONCE = 1000


def keep(batch: Batch, kind: str, name: str, data: bytes | IO[bytes]) -> Artifact:
    key, size = artifacts.put(batch.organization_id, batch.project_id, data)
    return Artifact.objects.create(**fields(batch, kind, key, size), name=name)


def keep_pages(batch: Batch, sources: dict[str, str]) -> dict[str, tuple[str, int]]:
    """The pages' own HTML for previews: key and size of each."""
    # Not waited for on the disk: a preview that a power cut damages shows the blocks instead.
    found = {page_id: html.encode() for page_id, html in sources.items() if html}
    stored = artifacts.put_all(batch.organization_id, batch.project_id, found.values(), durable=False)
    return dict(zip(found, stored, strict=True))


def record(batch: Batch, files: Iterable[tuple[str, int]]) -> None:
    Artifact.objects.bulk_create(
        Artifact(**fields(batch, Artifact.Kind.PAGE, key, size)) for key, size in files
    )


def fields(batch: Batch, kind: str, key: str, size: int) -> dict[str, object]:
    return about(kind, key, size) | {
        "organization_id": batch.organization_id,
        "project_id": batch.project_id,
        "batch": batch,
    }


def about(kind: str, key: str, size: int) -> dict[str, object]:
    return {
        "kind": kind,
        "key": key,
        "sha256": key.rpartition("/")[2],
        "size": size,
    }


def orphans(age: timedelta = ORPHAN_AGE) -> Iterator[str]:
    """Keys of old files that no row names. The signed heads of the audit trail have none by design."""
    before = clock.now() - age
    old = (stored.key for stored in artifacts.listing() if stored.at < before)
    for keys in batched((key for key in old if not key.startswith("audit/")), AT_ONCE):
        yield from set(keys) - named(keys)


def named(keys: Iterable[str]) -> set[str]:
    keys = list(keys)
    return {
        *Artifact.objects.filter(key__in=keys).values_list("key", flat=True),
        *PageSnapshot.objects.filter(source_key__in=keys).values_list("source_key", flat=True),
        *DataExport.objects.filter(key__in=keys).values_list("key", flat=True),
    }


def sweep() -> int:
    """Delete what nobody can ask for any more; returns how many files."""
    return sum(artifacts.delete(key) for key in orphans()) + artifacts.abort_unfinished()
