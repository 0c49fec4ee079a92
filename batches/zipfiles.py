"""ZIPs of built sites that were taken in before: opened again, and written anew entry by entry."""

import shutil
import zipfile
from typing import IO

from batches import ziprules
from batches.ziprules import ArchiveFault, name_of
from nimbus.errors import InvalidError


class BadArchiveError(InvalidError):
    code = "bad_archive"


def open_archive(file: IO[bytes]) -> zipfile.ZipFile:
    """The ZIP, after every entry was found harmless."""
    try:
        return ziprules.opened(file)
    except ArchiveFault as fault:
        raise BadArchiveError(str(fault), field="file") from None


def read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The entry's bytes; a ZIP whose sums don't fit is refused."""
    try:
        return ziprules.read(archive, entry)
    except ArchiveFault as fault:
        raise BadArchiveError(str(fault), field="file") from None


def copy(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, out: zipfile.ZipFile) -> None:
    """The entry as it is, a piece at a time: nobody knows how large it is but itself."""
    new = like(entry)
    new.file_size = entry.file_size
    try:
        with archive.open(entry) as source, out.open(new, "w") as target:
            shutil.copyfileobj(source, target)
    except ziprules.BROKEN:
        raise BadArchiveError(str(ziprules.damaged(entry)), field="file") from None


def like(entry: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """A new entry with the name, time, rights and method of the old one."""
    new = zipfile.ZipInfo(name_of(entry), entry.date_time)
    new.compress_type, new.external_attr = entry.compress_type, entry.external_attr
    new.create_system, new.comment = entry.create_system, entry.comment
    return new
