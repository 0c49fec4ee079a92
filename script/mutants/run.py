"""Switch off each guard in a copy of the product and see whether its tests notice.

First all of those tests have to pass with every guard on. The last line is one JSON object; the exit code is
1 where a guard was missed.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from guard import Guard
from guards import GUARDS

ROOT = Path(__file__).resolve().parent.parent.parent
DATABASE, START = "        RUN.create_database()\n", "django.setup()\n"
CAUGHT, NOT_THERE = 1, -1


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/mutate-guards")
    parser.add_argument("--only", default="", help="names of guards, with commas between")
    chosen = parser.parse_args()
    names = [name.strip() for name in chosen.only.split(",") if name.strip()]
    guards = [guard for guard in GUARDS if not names or guard.name in names]
    unknown = set(names) - {guard.name for guard in guards}
    if unknown:
        parser.error(f"no such guard: {', '.join(sorted(unknown))}")
    missed = []
    with copy() as tree:
        tests = sorted({guard.tests for guard in guards})
        if test(tree, *tests):
            print("These tests have to pass before a guard is switched off.", file=sys.stderr)
            return 2
        for guard in guards:
            began = time.monotonic()
            code = without(tree, guard)
            said = "caught" if code == CAUGHT else f"MISSED ({code})"
            print(f"{said}  {guard.name}  {time.monotonic() - began:.0f} s", flush=True)
            missed += [] if code == CAUGHT else [guard.name]
    print(json.dumps({"guards": len(guards), "caught": len(guards) - len(missed), "missed": len(missed)}))
    return 1 if missed else 0


@contextlib.contextmanager
def copy() -> Iterator[Path]:
    """The files that git knows or would, in a folder of their own; it shares the original's test servers."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    folder = Path(tempfile.mkdtemp(prefix="nimbus-mutants-"))
    try:
        for name in listed.stdout.splitlines():
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        conftest = folder / "conftest.py"
        servers = f"TestRun(Path({str(ROOT / 'var' / 'test')!r}))"
        conftest.write_text(conftest.read_text().replace("TestRun()", servers))
        yield folder
    finally:
        shutil.rmtree(folder)


def without(tree: Path, guard: Guard) -> int:
    path, text, instead = guard.path, guard.text, guard.instead
    if guard.sql:
        path, text = "conftest.py", DATABASE
        connect = (
            "        __import__('nimbus.services.postgres').services.postgres.connect(RUN.var, RUN.database)"
        )
        instead = f"{DATABASE}{connect}.execute({guard.sql!r})\n"
    elif guard.start:
        path, text, instead = "conftest.py", START, f"{guard.start}\n{START}"
    file = tree / path
    kept = file.read_text()
    if text not in kept or text == instead:
        print(f"{guard.name}: {path} does not hold the guard any more; mend it in script/mutants")
        return NOT_THERE
    file.write_text(kept.replace(text, instead))
    try:
        return test(tree, guard.tests)
    finally:
        file.write_text(kept)


def test(tree: Path, *tests: str) -> int:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    # A stale bytecode file would keep the guard on: two writes within a second look alike.
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    # Inside of a test run it would load the settings before the copy's own conftest names its database.
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
    if done.returncode not in {0, CAUGHT}:
        print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
