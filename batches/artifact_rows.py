"""Files of a batch: the artifact and the row that names it."""

from collections.abc import Iterable
from typing import IO

from batches.models import Artifact, Batch
from nimbus import artifacts


def keep(batch: Batch, kind: str, name: str, data: bytes | IO[bytes]) -> Artifact:
    key, size = artifacts.put(batch.organization_id, batch.project_id, data)
    return Artifact.objects.create(**fields(batch, kind, key, size), name=name)


def keep_pages(batch: Batch, sources: dict[str, str]) -> dict[str, tuple[str, int]]:
    """The pages' own HTML for previews: key and size of each."""
    # Not waited for on the disk: a preview that a power cut damages shows the blocks instead.
    return {
        page_id: artifacts.put(batch.organization_id, batch.project_id, html.encode(), durable=False)
        for page_id, html in sources.items()
        if html
    }


def record(batch: Batch, files: Iterable[tuple[str, int]]) -> None:
    Artifact.objects.bulk_create(
        Artifact(**fields(batch, Artifact.Kind.PAGE, key, size)) for key, size in files
    )


def fields(batch: Batch, kind: str, key: str, size: int) -> dict[str, object]:
    return {
        "organization_id": batch.organization_id,
        "project_id": batch.project_id,
        "batch": batch,
        "kind": kind,
        "key": key,
        "sha256": key.rpartition("/")[2],
        "size": size,
    }
