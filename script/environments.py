"""Tools that the product does not depend on, each in an environment of its own under var/audit."""

import os
import subprocess
import venv
from pathlib import Path

PLACE = Path(__file__).resolve().parent.parent / "var" / "audit"


def installed(name: str, *packages: str) -> Path:
    """The command `name` of its environment, which is made where there is none."""
    folder = PLACE / name
    command = folder / "bin" / name
    if not command.exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([str(folder / "bin" / "python"), "-m", "pip", "install", "-q", *packages], check=True)
    return command


def skipped(message: str) -> int:
    """The exit code of a check whose tools can't be had: a loud line for people, a failure in CI."""
    print(message)
    return 1 if os.environ.get("CI", "").lower() in {"1", "true"} else 0
