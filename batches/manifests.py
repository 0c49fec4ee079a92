"""What writing text into a ZIP did to each page, and the way back.

`.nimbus/manifest.json` names each page with its hash before and after, what was applied, what was skipped
and why; `.nimbus/originals/` holds the bytes from before. Both are as gulp-nimbus keeps them, so that
`nimbus undo` works in the unpacked folder too.
"""

import gzip
import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext_noop as _

from batches import zipfiles, ziprules
from batches.zipfiles import BadArchiveError
from optimizer.html.source import MAX_BYTES

FOLDER = ".nimbus/"
NAME = f"{FOLDER}manifest.json"
IN_PLACE = frozenset({"applied", "inserted", "same", "already"})
# The oldest time that a ZIP can tell: the same texts make the same file at any hour.
MADE_AT = (1980, 1, 1, 0, 0, 0)


class Manifest:
    """Grows with the ZIP that it describes."""

    def __init__(self, out: zipfile.ZipFile, project_id: str, root: str) -> None:
        self.out = out
        self.project_id = project_id
        # The folder that holds everything, such as `dist/`, or nothing.
        self.root = root
        self.pages: dict[str, dict[str, Any]] = {}
        self._kept: set[str] = set()

    def note(
        self, name: str, ids: Mapping[str, str], before: bytes, after: bytes, report: Mapping[str, str]
    ) -> None:
        """Keep the page's original where it changed; `ids` are its page and batch."""
        hashes = {"before_hash": _hash(before), "after_hash": _hash(after)}
        if before != after and hashes["before_hash"] not in self._kept:
            self._kept.add(hashes["before_hash"])
            self._write(original_name(hashes["before_hash"]), gzip.compress(before, mtime=0))
        self.pages[name.removeprefix(self.root)] = {
            **ids,
            **hashes,
            "applied": [target for target, status in report.items() if status in IN_PLACE],
            "skipped": [
                {"target": target, "reason": status}
                for target, status in report.items()
                if status not in IN_PLACE
            ],
        }

    def save(self) -> None:
        if not self.pages:
            return
        data = {
            "version": 1,
            "dir": self.root.removesuffix("/") or ".",
            "project_id": self.project_id,
            "pages": dict(sorted(self.pages.items())),
        }
        text = json.dumps(data, ensure_ascii=False, indent="\t") + "\n"
        self._write(NAME, text.encode(), zipfile.ZIP_DEFLATED)

    def _write(self, name: str, data: bytes, method: int = zipfile.ZIP_STORED) -> None:
        entry = zipfile.ZipInfo(name, MADE_AT)
        entry.compress_type, entry.external_attr = method, 0o644 << 16
        self.out.writestr(entry, data)


def is_own(name: str) -> bool:
    return name.startswith(FOLDER)


def original_name(before_hash: str) -> str:
    return f"{FOLDER}originals/{before_hash}.gz"


def undo(archive: zipfile.ZipFile, target: IO[bytes]) -> tuple[list[str], dict[str, str]]:
    """Write the ZIP as it was before its texts were; (pages restored, reason by page that was not)."""
    root, pages = read(archive)
    waiting = {f"{root}{name}": entry for name, entry in pages.items()}
    waiting = {name: e for name, e in waiting.items() if e["before_hash"] != e["after_hash"]}
    restored: list[str] = []
    skipped: dict[str, str] = {}
    with zipfile.ZipFile(target, "w") as out:
        for entry in archive.infolist():
            name = ziprules.name_of(entry)
            if name.endswith("/") or is_own(name):
                continue
            data = zipfiles.read(archive, entry)
            if noted := waiting.pop(name, None):
                original = original_of(archive, noted["before_hash"])
                if _hash(data) != noted["after_hash"]:
                    skipped[name] = "the file was changed since"
                elif original is None:
                    skipped[name] = "its original is missing or damaged"
                else:
                    data = original
                    restored.append(name)
            out.writestr(zipfiles.like(entry), data)
    return restored, skipped | dict.fromkeys(waiting, "the file is gone")


def read(archive: zipfile.ZipFile) -> tuple[str, dict[str, dict[str, Any]]]:
    """The folder of the site, and each page's entry by its path in there."""
    try:
        data = json.loads(archive.read(NAME))
        root = "" if data["dir"] == "." else f"{data['dir']}/"
        pages = {
            name: {key: e[key] for key in ("before_hash", "after_hash")} for name, e in data["pages"].items()
        }
    except (KeyError, TypeError, AttributeError, ValueError, zipfile.BadZipFile, zlib.error):
        raise BadArchiveError(
            _("The ZIP holds no %(name)s that can be read."), field="file", name=NAME
        ) from None
    return root, pages


def original_of(archive: zipfile.ZipFile, before_hash: str) -> bytes | None:
    """The original with this hash, proven by it."""
    try:
        with gzip.open(archive.open(original_name(before_hash))) as file:
            data = file.read(MAX_BYTES + 1)
    except (KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    return data if _hash(data) == before_hash else None


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
