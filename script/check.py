"""The steps of script/lint and script/test; a failed one does not keep the next from running."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "gulp-nimbus"
# Linters load the settings, which refuse to start without a key; this one guards nothing.
ENVIRONMENT = os.environ | {
    "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
    "SECRET_KEY": "only-for-checks-" + "0" * 40,
    "DEBUG": "1",
}
PYTHON = sys.executable
type Step = tuple[str, list[str], Path]


def lint() -> list[Step]:
    migrations = [
        PYTHON,
        "-W",
        "ignore::RuntimeWarning",
        "manage.py",
        "makemigrations",
        "--check",
        "--dry-run",
    ]
    return [
        ("ruff check", [PYTHON, "-m", "ruff", "check", "."], ROOT),
        ("ruff format", [PYTHON, "-m", "ruff", "format", "--check", "."], ROOT),
        ("mypy", [PYTHON, "-m", "mypy", "."], ROOT),
        ("migrations", migrations, ROOT),
    ]


def python() -> list[Step]:
    # Tests compare our HTML engine with the JavaScript one on themes that npm installs.
    # Many tests wait for a process of their own, so each core takes its share of the files.
    workers = ["-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadfile"]
    return [*install(), ("pytest", [PYTHON, "-m", "pytest", *workers], ROOT)]


def npm() -> list[Step]:
    return [("npm test", ["npm", "test"], PACKAGE)]


def install() -> list[Step]:
    lock, installed = PACKAGE / "package-lock.json", PACKAGE / "node_modules" / ".package-lock.json"
    is_fresh = installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime
    return [] if is_fresh else [("npm ci", ["npm", "ci", "--no-audit", "--no-fund"], PACKAGE)]


def chaos() -> list[Step]:
    # Always the same faults in the same order; people try others.
    return [("chaos", [PYTHON, "script/mayhem/run.py", "--quick", "--seed", "1"], ROOT)]


def contract() -> list[Step]:
    return [("schemathesis", [PYTHON, "script/fuzz_api.py", "--quick"], ROOT)]


def recipes() -> list[Step]:
    return [("recipes", [PYTHON, "script/recipes.py", "--quick"], ROOT)]


GROUPS = {
    "lint": lint,
    "python": python,
    "npm": npm,
    "recipes": recipes,
    "chaos": chaos,
    "contract": contract,
}


def run(step: Step) -> tuple[str, bool, float]:
    title, command, folder = step
    print(f"\n== {title}", flush=True)
    began = time.monotonic()
    try:
        code = subprocess.run(command, cwd=folder, env=ENVIRONMENT).returncode
    except OSError as error:
        print(error)
        code = 1
    return title, code == 0, time.monotonic() - began


def main(groups: list[str]) -> int:
    steps = [step for group in groups for step in GROUPS[group]()]
    results = [run(step) for step in steps]
    print("\n== summary")
    for title, passed, seconds in results:
        print(f"{'passed' if passed else 'FAILED'}  {title:<12} {seconds:6.1f} s")
    failed = [title for title, passed, _ in results if not passed]
    print("Everything passed." if not failed else f"Failed: {', '.join(failed)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
