"""Artifacts in a folder of this machine."""

import hashlib
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from nimbus.artifacts.keys import UNFINISHED_S, Stored, chunks, gone, key_of, sound, sound_prefix

DRAFT = ".draft-"


class Folder:
    def __init__(self, root: Path) -> None:
        self.root = root

    def put(
        self, organization_id: str, project_id: str, data: bytes | IO[bytes], *, durable: bool
    ) -> tuple[str, int]:
        folder = self.root / organization_id / project_id
        folder.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        handle, draft = tempfile.mkstemp(prefix=DRAFT, dir=folder)
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
            Path(draft).replace(self.path_of(key))
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
        return key, size

    def put_all(
        self, organization_id: str, project_id: str, contents: Iterable[bytes], *, durable: bool
    ) -> list[tuple[str, int]]:
        return [self.put(organization_id, project_id, data, durable=durable) for data in contents]

    def open(self, key: str) -> IO[bytes]:
        try:
            return self.path_of(key).open("rb")
        except FileNotFoundError:
            raise gone() from None

    def delete(self, key: str) -> bool:
        try:
            self.path_of(key).unlink()
        except FileNotFoundError:
            return False
        return True

    def listing(self, prefix: str) -> Iterator[Stored]:
        for path in sorted((self.root / sound_prefix(prefix)).rglob("*")):
            if path.is_file() and not path.name.startswith(DRAFT):
                about = path.stat()
                at = datetime.fromtimestamp(about.st_mtime, UTC)
                yield Stored(str(path.relative_to(self.root)), about.st_size, at)

    def link(self, key: str, name: str, seconds: int) -> str:
        """None: the web process hands the file out itself."""
        return ""

    def abort_unfinished(self) -> int:
        """Drafts whose process died."""
        old = [
            path for path in self.root.rglob(f"{DRAFT}*") if time.time() - path.stat().st_mtime > UNFINISHED_S
        ]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def path_of(self, key: str) -> Path:
        return self.root / sound(key)
