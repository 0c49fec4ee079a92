"""A process of its own that unpacks the pages of the ZIP at its standard input, within bounds.

It is started without the product's settings, secrets and packages (see unpacking). For each page it writes a
line of JSON and the page's bytes; a ZIP that can't be taken ends with a line that says why.
"""

import json
import os
import resource
import sys
from collections.abc import Mapping
from typing import Any

from batches import ziprules
from batches.ziprules import ArchiveFault


def main(largest: int, memory: int, seconds: int) -> None:
    confine(memory, seconds)
    try:
        with open(0, "rb", closefd=False) as file, ziprules.opened(file) as archive:
            say({"pages": sum(1 for _ in ziprules.pages(archive))})
            for entry, name, path in ziprules.pages(archive):
                if entry.file_size > largest:
                    say({"name": name, "path": path, "size": None})
                    continue
                data = ziprules.read(archive, entry)
                say({"name": name, "path": path, "size": len(data)}, data)
    except ArchiveFault as fault:
        say({"fault": str(fault)})
    else:
        say({"end": True})


def confine(memory: int, seconds: int) -> None:
    """Take away what unpacking needs not; the kernel ends whoever wants more of the rest."""
    limits = {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 16,
    }
    if sys.platform != "darwin":
        # macOS knows this limit and refuses to set it.
        limits[resource.RLIMIT_AS] = memory
    for kind, most in limits.items():
        resource.setrlimit(kind, (most, most))
    os.umask(0o777)


def say(line: Mapping[str, Any], data: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(line).encode() + b"\n" + data)
    sys.stdout.buffer.flush()
