"""Files in artifact storage: written once under `organization/project/sha256`, checked when read.

They are in a folder of this machine or, where ARTIFACTS_URL names one, in a bucket at R2 or any other S3.
"""

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import IO, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from nimbus.artifacts.folder import Folder
from nimbus.artifacts.keys import (
    DamagedArtifactError,
    StorageUnavailableError,
    Stored,
    check,
    digest_of,
    key_of,
    sound,
)
from nimbus.buckets import Address

__all__ = ["DamagedArtifactError", "StorageUnavailableError", "Stored", "key_of"]


class Store(Protocol):
    """What a folder and a bucket can both do."""

    def put(
        self, organization_id: str, project_id: str, data: bytes | IO[bytes], *, durable: bool
    ) -> tuple[str, int]: ...

    def put_all(
        self, organization_id: str, project_id: str, contents: Iterable[bytes], *, durable: bool
    ) -> list[tuple[str, int]]: ...

    def open(self, key: str) -> IO[bytes]: ...

    def delete(self, key: str) -> bool: ...

    def listing(self, prefix: str) -> Iterator[Stored]: ...

    def link(self, key: str, name: str, seconds: int) -> str: ...

    def abort_unfinished(self) -> int: ...


def store() -> Store:
    address: Address | None = settings.NIMBUS_BUCKET
    return bucket_at(address) if address else Folder(root())


@cache
def bucket_at(address: Address) -> Store:
    """By name, so that boto3 costs nothing where it is not wanted."""
    kind = import_string("nimbus.artifacts.bucket.Bucket")
    made: Store = kind(address)
    return made


def put(
    organization_id: str, project_id: str, data: bytes | IO[bytes], *, durable: bool = True
) -> tuple[str, int]:
    """Store the content and return its key and size. The same content twice is one file."""
    return store().put(organization_id, project_id, data, durable=durable)


def put_all(
    organization_id: str, project_id: str, contents: Iterable[bytes], *, durable: bool = True
) -> list[tuple[str, int]]:
    """Keys and sizes in the order of the contents."""
    return store().put_all(organization_id, project_id, contents, durable=durable)


def get(key: str) -> bytes:
    """The content, whose sha256 is its name."""
    with open_file(key) as file:
        data = file.read()
    check(key, hashlib.sha256(data).hexdigest())
    return data


def open_file(key: str) -> IO[bytes]:
    return store().open(sound(key))


def open_checked(key: str) -> IO[bytes]:
    """The open file at its start, after its sha256 was found right."""
    file = open_file(key)
    try:
        check(key, digest_of(file))
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def delete(key: str) -> bool:
    """False when there was no such file."""
    return store().delete(sound(key))


def listing(prefix: str = "") -> Iterator[Stored]:
    """Everything under a place, as in `org_…/`."""
    return store().listing(prefix)


def delete_all(prefix: str) -> int:
    """Everything under a place goes, such as a tenant's; returns how many files."""
    return sum(store().delete(stored.key) for stored in list(listing(prefix)))


def link(key: str, name: str, seconds: int) -> str:
    """An address at the bucket that downloads the file for so long; empty where there is no bucket."""
    return store().link(sound(key), name, seconds)


def abort_unfinished() -> int:
    """What processes that died left half written, a day later."""
    return store().abort_unfinished()


def root() -> Path:
    return Path(settings.NIMBUS_ARTIFACTS)


def path_of(key: str) -> Path:
    return Folder(root()).path_of(key)
