"""Files in artifact storage: written once under `organization/project/sha256`, checked when read."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from django.conf import settings

from nimbus.errors import NimbusError, NotFoundError

# Of a tenant's project, of the audit trail's signed heads, and of somebody's export.
PLACE = r"org_[a-z0-9]+/proj_[a-z0-9]+|audit/heads|(?:org|user)_[a-z0-9]+/exports"
KEY = re.compile(rf"(?:{PLACE})/[0-9a-f]{{64}}")
CHUNK = 256 * 1024


class DamagedArtifactError(NimbusError):
    """The file is not what was stored."""

    code = "damaged_artifact"
    status = 503
    message = "A stored file is damaged. Upload it again, and tell the operator."


def key_of(organization_id: str, project_id: str, sha256: str) -> str:
    return f"{organization_id}/{project_id}/{sha256}"


def put(
    organization_id: str, project_id: str, data: bytes | IO[bytes], *, durable: bool = True
) -> tuple[str, int]:
    """Store the content and return its key and size. The same content twice is one file."""
    folder = root() / organization_id / project_id
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle, draft = tempfile.mkstemp(prefix=".draft-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks(data):
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        key = key_of(organization_id, project_id, digest.hexdigest())
        # A reader sees the whole file or none.
        Path(draft).replace(path_of(key))
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return key, size


def get(key: str) -> bytes:
    """The content, whose sha256 is its name."""
    with open_file(key) as file:
        data = file.read()
    check(key, hashlib.sha256(data).hexdigest())
    return data


def open_file(key: str) -> IO[bytes]:
    try:
        return path_of(key).open("rb")
    except FileNotFoundError:
        raise NotFoundError("This file is no longer kept. Make it again.") from None


def open_checked(key: str) -> IO[bytes]:
    """The open file at its start, after its sha256 was found right."""
    file = open_file(key)
    try:
        digest = hashlib.sha256()
        for chunk in chunks(file):
            digest.update(chunk)
        check(key, digest.hexdigest())
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def delete(key: str) -> bool:
    """False when there was no such file."""
    try:
        path_of(key).unlink()
    except FileNotFoundError:
        return False
    return True


def check(key: str, found: str) -> None:
    if key.rpartition("/")[2] != found:
        raise DamagedArtifactError


def chunks(data: bytes | IO[bytes]) -> Iterable[bytes]:
    if isinstance(data, bytes):
        yield data
        return
    while chunk := data.read(CHUNK):
        yield chunk


def root() -> Path:
    return Path(settings.NIMBUS_ARTIFACTS)


def path_of(key: str) -> Path:
    if not KEY.fullmatch(key):
        raise NotFoundError("There is no such file.")
    return root() / key
