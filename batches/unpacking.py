"""The pages of a strange ZIP, unpacked by a bounded process: a bomb goes off where it harms nobody."""

import contextlib
import io
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext_noop as _

from batches.zipfiles import BadArchiveError

# A ZIP of 50,000 entries needs about a third of the memory, one of 2 GB of pages about half of the time.
MEMORY, CPU_S = 256 * 2**20, 20
# So many at once in this process; a bomb's place is free again within its processor time.
PLACES = threading.BoundedSemaphore(4)
# Waiting for the reader is no work: this long without a byte means that nothing will come.
SILENCE_S = 30
LONGEST_LINE = 1 << 20
START = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from batches import unpacker; unpacker.main(*map(int, sys.argv[2:]))"
)


class UnpackingError(BadArchiveError):
    message = _(
        "The ZIP takes more memory or time to unpack than a ZIP may. Pack the built pages alone, or in parts."
    )


class CrowdedError(BadArchiveError):
    code = "archives_busy"
    status = 503
    message = _("Several archives are being unpacked right now. Send yours again in a minute.")


@dataclass(frozen=True)
class Unpacked:
    """One page: its path in the ZIP, the path of its address, its bytes; None where it is too large."""

    name: str
    path: str
    data: bytes | None


@contextlib.contextmanager
def unpacked(file: Any) -> Iterator[Iterator[Unpacked]]:
    """Yields the pages one at a time. Raises BadArchiveError, at once or at the page that is at fault."""
    with place(), on_disk(file) as source, started(source) as process:
        assert process.stdout
        output = Output(process.stdout.fileno())
        if not output.line().get("pages"):
            raise BadArchiveError(_("The ZIP holds no .html file. Pack the built site."), field="file")
        yield pages(output)


def pages(output: "Output") -> Iterator[Unpacked]:
    while not (line := output.line()).get("end"):
        size = line.get("size")
        name, path = str(line.get("name")), str(line.get("path"))
        yield Unpacked(name, path, None if size is None else output.exactly(size))


@contextlib.contextmanager
def place() -> Iterator[None]:
    if not PLACES.acquire(timeout=SILENCE_S):
        raise CrowdedError(field="file")
    try:
        yield
    finally:
        PLACES.release()


@contextlib.contextmanager
def on_disk(file: Any) -> Iterator[IO[bytes]]:
    """What a process can read by itself: small uploads are in memory alone."""
    try:
        file.fileno()
    except (AttributeError, io.UnsupportedOperation):
        with tempfile.TemporaryFile() as copy:
            file.seek(0)
            shutil.copyfileobj(file, copy)
            copy.flush()
            yield copy
    else:
        file.flush()
        yield file


@contextlib.contextmanager
def started(source: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Apart from the environment and from packages, so that it holds no secret and starts fast."""
    limits = map(str, (settings.MAX_PAGE_BYTES, MEMORY, CPU_S))
    command = [sys.executable, "-I", "-S", "-c", START, str(settings.BASE_DIR), *limits]
    process = subprocess.Popen(
        command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, cwd="/"
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


class Output:
    """Lines and bytes of the process. It may have been taken over by what it read, so nothing is believed."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.rest = bytearray()
        self.poll = select.poll()
        self.poll.register(fd, select.POLLIN | select.POLLHUP)

    def line(self) -> dict[str, Any]:
        end = self.rest.find(b"\n")
        while end < 0:
            if len(self.rest) > LONGEST_LINE:
                raise UnpackingError(field="file")
            begin = len(self.rest)
            self._more()
            end = self.rest.find(b"\n", begin)
        try:
            line = dict(json.loads(self._take(end + 1)))
        except (ValueError, TypeError):
            raise UnpackingError(field="file") from None
        if fault := line.get("fault"):
            raise BadArchiveError(str(fault), field="file")
        return line

    def exactly(self, size: Any) -> bytes:
        if not isinstance(size, int) or not 0 <= size <= settings.MAX_PAGE_BYTES:
            raise UnpackingError(field="file")
        while len(self.rest) < size:
            self._more()
        return self._take(size)

    def _take(self, size: int) -> bytes:
        taken = bytes(self.rest[:size])
        del self.rest[:size]
        return taken

    def _more(self) -> None:
        """An end without the last line: it was ended by the kernel, or broke."""
        if not self.poll.poll(SILENCE_S * 1000):
            raise UnpackingError(field="file")
        piece = os.read(self.fd, 1 << 20)
        if not piece:
            raise UnpackingError(field="file")
        self.rest += piece
