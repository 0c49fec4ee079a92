"""What files are called: their place, then the sha256 of their content."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from django.utils.translation import gettext_noop as _

from nimbus.errors import NimbusError, NotFoundError

# Of a tenant's project, of the audit trail's signed heads, and of somebody's export.
PLACE = r"org_[a-z0-9]+/proj_[a-z0-9]+|audit/heads|(?:org|user)_[a-z0-9]+/exports"
KEY = re.compile(rf"(?:{PLACE})/[0-9a-f]{{64}}")
# What a list or a removal may begin with: whole parts, so that no tenant's name is another's beginning.
PREFIX = re.compile(rf"(?:(?:{PLACE}|(?:org|user)_[a-z0-9]+|audit)/)?")
CHUNK = 256 * 1024
# What was begun so long ago and not ended has nobody who will.
UNFINISHED_S = 24 * 3600


class DamagedArtifactError(NimbusError):
    """The file is not what was stored."""

    code = "damaged_artifact"
    status = 503
    message = _("A stored file is damaged. Upload it again, and tell the operator.")


class StorageUnavailableError(NimbusError):
    """The bucket does not answer, or not to us; the log says why."""

    code = "storage_unavailable"
    status = 503
    message = _("File storage does not answer. Try again in a minute.")


@dataclass(frozen=True, slots=True)
class Stored:
    key: str
    size: int
    at: datetime


def key_of(organization_id: str, project_id: str, sha256: str) -> str:
    return f"{organization_id}/{project_id}/{sha256}"


def sound(key: str) -> str:
    """The key itself. Raises NotFoundError for what could lead elsewhere."""
    if not KEY.fullmatch(key):
        raise NotFoundError(_("There is no such file."))
    return key


def sound_prefix(prefix: str) -> str:
    if not PREFIX.fullmatch(prefix):
        raise NotFoundError(_("There is no such place."))
    return prefix


def gone() -> NotFoundError:
    return NotFoundError(_("This file is no longer kept. Make it again."))


def check(key: str, found: str) -> None:
    if key.rpartition("/")[2] != found:
        raise DamagedArtifactError


def digest_of(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks(file):
        digest.update(chunk)
    return digest.hexdigest()


def chunks(data: bytes | IO[bytes]) -> Iterable[bytes]:
    if isinstance(data, bytes):
        yield data
        return
    while chunk := data.read(CHUNK):
        yield chunk
