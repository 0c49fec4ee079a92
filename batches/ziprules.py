"""What a ZIP of a built site may hold. Plain Python: the bounded process that unpacks knows nothing else."""

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO
from urllib.parse import quote

MAX_ENTRIES = 50_000
MAX_UNPACKED = 4 * 2**30
# Text shrinks tenfold, rarely thirtyfold; a bomb shrinks a thousandfold.
MAX_RATIO, RATIO_FROM = 100, 50 * 2**20
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
HTML_ENDINGS = {".html", ".htm", ".xhtml"}
IS_ENCRYPTED, IS_UTF8 = 0x1, 0x800
# What zipfile raises for bytes that are no ZIP, or no longer one.
BROKEN = (
    zipfile.BadZipFile, EOFError, OSError, RuntimeError, ValueError, struct.error, zlib.error,
)  # fmt: skip


class ArchiveFault(Exception):
    """The sentence that says why a ZIP can't be taken."""


def opened(file: IO[bytes]) -> zipfile.ZipFile:
    """The ZIP, after every entry was found harmless by what the ZIP says of it; nothing is unpacked."""
    try:
        archive = zipfile.ZipFile(file)
    except BROKEN:
        raise ArchiveFault("This is not a ZIP file. Pack the built site's folder as ZIP.") from None
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ArchiveFault(f"The ZIP holds more than {MAX_ENTRIES:,} files.")
    unpacked, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    # Entries that share their bytes add up to more than there is.
    packed = min(packed, file.seek(0, os.SEEK_END))
    if unpacked > MAX_UNPACKED or (unpacked > RATIO_FROM and unpacked > MAX_RATIO * max(packed, 1)):
        raise ArchiveFault("The ZIP unpacks to too much. Send the built pages alone.")
    names = set()
    for entry in entries:
        name = name_of(entry)
        if reason := fault_of(entry, name) or ("is there twice" if name in names else ""):
            raise ArchiveFault(f"“{name[:120]}” {reason}. Pack the built site anew.")
        names.add(name)
    return archive


def fault_of(entry: zipfile.ZipInfo, name: str) -> str:
    """Why an entry can't be taken, or an empty string."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or ":" in parts[0] or any(ord(char) < 32 for char in name):
        return "has a path that leads out of the folder"
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return "is a link or a device"
    if entry.flag_bits & IS_ENCRYPTED:
        return "is encrypted"
    if entry.compress_type not in METHODS:
        return "is packed by a method other than deflate"
    return ""


def name_of(entry: zipfile.ZipInfo) -> str:
    """The path with forward slashes; many programs write UTF-8 without saying so."""
    name = entry.filename
    if not entry.flag_bits & IS_UTF8:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = entry.filename
    return name.replace("\\", "/")


def root_of(names: list[str]) -> str:
    """The folder that holds everything, such as `dist/`, or an empty string."""
    tops = {name.split("/", 1)[0] if "/" in name else "" for name in names if not is_litter(name)}
    return f"{tops.pop()}/" if len(tops) == 1 and "" not in tops else ""


def is_litter(name: str) -> bool:
    """What desktops and tools leave beside a site."""
    return any(part == "__MACOSX" or part.startswith(".") for part in PurePosixPath(name).parts)


def is_page(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in HTML_ENDINGS and not is_litter(name)


def pages(archive: zipfile.ZipFile) -> Iterator[tuple[zipfile.ZipInfo, str, str]]:
    """Each HTML file: its entry, its path in the ZIP and the path of its address."""
    names = {entry: name_of(entry) for entry in archive.infolist() if not entry.is_dir()}
    root = root_of(list(names.values()))
    for entry, name in names.items():
        if is_page(name):
            yield entry, name, "/" + quote(name.removeprefix(root))


def read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The entry's bytes; a ZIP whose sums don't fit is refused."""
    try:
        return archive.read(entry)
    except BROKEN:
        raise damaged(entry) from None


def damaged(entry: zipfile.ZipInfo) -> ArchiveFault:
    return ArchiveFault(f"“{name_of(entry)[:120]}” is damaged. Pack the built site anew.")
