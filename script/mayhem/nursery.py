"""Workers and beats within milliseconds: the code is loaded once, each is a fork with a life of its own.

Reads one JSON object a line (arguments, log, fault points, clock offset), answers with a process id.
"""

import json
import mmap
import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import django

django.setup()

import weak
from django.conf import settings

import optimizer.provider  # noqa: F401  (loaded before the first fork, since that takes a second)
from batches import tasks
from nimbus.celery import app


def live(birth: dict[str, Any]) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(birth["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    settings.FAULT_POINTS, settings.CLOCK_OFFSET_S = birth["points"], birth["offset"]
    # Shared memory: the mark of one worker that stops is not for its siblings.
    tasks.STOP = mmap.mmap(-1, 1)
    try:
        app.start(birth["arguments"])
    finally:
        os._exit(0)


def main() -> None:
    weak.weaken(sys.argv[1] if len(sys.argv) > 1 else "")
    app.loader.import_default_modules()
    # Nobody waits for the children; so they leave no zombies.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        birth = json.loads(line)
        child = os.fork()
        if child == 0:
            live(birth)
        print(child, flush=True)


if __name__ == "__main__":
    main()
