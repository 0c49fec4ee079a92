"""Sites as customers build them, by generators out of the npm registry, and the client's tests on each Node.

The last line is one JSON object; the exit code is 1 where something failed. `--quick`: Eleventy alone.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "gulp-nimbus"
QUICK = ("--test-name-pattern", "^eleventy")
NODES = ("20", "24")
NO_REGISTRY = "!! The npm registry does not answer: no real site is built by the recipes. !!"
COUNT = re.compile(r"^(?:#|ℹ) (tests|pass|fail|skipped) (\d+)", re.MULTILINE)


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/recipes", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one generator, for every test run")
    chosen = parser.parse_args()
    began = time.monotonic()
    if subprocess.run(["npm", "ping"], capture_output=True).returncode:
        print(NO_REGISTRY)
        return 0 if chosen.quick else 1
    figures = {"recipes": counted(["node", "--test", *(QUICK if chosen.quick else ()), *names("recipes")])}
    if not chosen.quick:
        for node in NODES:
            command = ["npx", "--yes", f"--package=node@{node}", "--", "node", "--test", *names("test")]
            figures[f"node_{node}"] = counted(command)
    print(json.dumps(figures | {"seconds": round(time.monotonic() - began, 1)}))
    return int(any(found.get("fail", 1) or not found.get("pass") for found in figures.values()))


def names(folder: str) -> list[str]:
    return [str(path.relative_to(PACKAGE)) for path in sorted((PACKAGE / folder).glob("*.test.js"))]


def counted(command: list[str]) -> dict[str, int]:
    """How many tests there were and how they ended; all that is said is told where one failed."""
    done = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True)
    found = {name: int(number) for name, number in COUNT.findall(done.stdout)}
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n")
    return found


if __name__ == "__main__":
    sys.exit(main())
