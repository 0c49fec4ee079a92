"""Real pages to prove the HTML engine on, kept under var/corpus and fetched by ordinary package clients.

Site themes come from npm, documentation from Debian, the tokenizer suite with the sources of html5lib.
"""

import base64
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "var" / "corpus"
THEMES = json.loads(Path(__file__).with_name("themes.json").read_text())
# The first of each row that this Debian or Ubuntu has.
DOCUMENTATION = (
    ("postgresql-doc-15", "postgresql-doc-16", "postgresql-doc-17"),
    ("python-django-doc",),
    ("python3.11-doc", "python3.12-doc", "python3.13-doc"),
)
SUITE = Path("html5lib-1.1", "html5lib", "tests", "testdata", "tokenizer")
SUITE_HASH = "b2e5b40261e20f354d198eae92afc10d750afb487ed5e50f9c4eaf07c184146f"


class MissingError(Exception):
    """This corpus can't be had on this machine."""


def pages(folder: Path) -> list[Path]:
    # Debian packs large pages as .html.gz.
    return sorted(
        path for path in folder.rglob("*.htm*") if path.suffix in (".html", ".htm") and path.is_file()
    )


def newest(folders: dict[str, Path]) -> Iterator[Path]:
    """One release of each theme, the last listed."""
    yield from {name.rpartition("@")[0]: folder for name, folder in folders.items()}.values()


def releases(folders: dict[str, Path]) -> Iterator[tuple[str, Path, Path]]:
    """Two releases of the same theme, the older first."""
    names = list(folders)
    for before, after in pairwise(names):
        if before.rpartition("@")[0] == after.rpartition("@")[0]:
            yield after, folders[before], folders[after]


def themes() -> dict[str, Path]:
    """`name@version` → the pages of that release; packages are checked against the listed hashes."""
    folder = CACHE / "themes"
    wanted = {f"{theme['name']}@{theme['version']}": theme["integrity"] for theme in THEMES}
    absent = [name for name in wanted if not (folder / name).is_dir()]
    if absent:
        packed = fresh()
        run("npm", "pack", "--silent", "--pack-destination", packed, *absent)
        for name in absent:
            archive = packed / f"{name.replace('@', '-')}.tgz"
            digest = hashlib.sha512(archive.read_bytes()).digest()
            if wanted[name] != f"sha512-{base64.b64encode(digest).decode()}":
                raise MissingError(f"{name} is not the package that was listed.")
            unpack(archive, folder / name, ".html", ".htm")
        shutil.rmtree(packed)
    return {name: folder / name for name in wanted}


def documentation() -> tuple[dict[str, Path], list[str]]:
    """`name version` → the pages of that Debian package, and a line for each that can't be had."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return {}, ["NO DEBIAN DOCUMENTATION: apt-get and dpkg-deb are not on this machine."]
    found, missing = {}, []
    if os.getuid() == 0 and not any((CACHE / "debian").glob("*")):
        # A fresh container has no lists of packages; without root they have to be there.
        with contextlib.suppress(MissingError):
            run("apt-get", "update", "-qq")
    for names in DOCUMENTATION:
        name = next((name for name in names if has_package(name)), None)
        if name is None:
            missing.append(f"NO {names[0]}: apt offers none of {', '.join(names)}; try apt-get update.")
        else:
            found[name] = CACHE / "debian" / name
    return found, missing


def has_package(name: str) -> bool:
    folder = CACHE / "debian" / name
    if folder.is_dir():
        return True
    packed = fresh()
    try:
        run("apt-get", "download", "-qq", name, cwd=packed)
    except MissingError:
        return False
    partial = fresh()
    run("dpkg-deb", "-x", next(packed.glob("*.deb")), partial)
    shutil.rmtree(packed)
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial.rename(folder)
    return True


def node_packages() -> None:
    """What the JavaScript side needs: parse5 to judge by, cheerio to measure beside."""
    package = ROOT / "gulp-nimbus"
    if not (package / "node_modules" / "cheerio").is_dir():
        run("npm", "ci", "--no-audit", "--no-fund", cwd=package)


def suite() -> Path:
    """The folder of html5lib's tokenizer tests."""
    folder = CACHE / "html5lib"
    if not (folder / SUITE).is_dir():
        tools = fresh()
        run(sys.executable, "-m", "venv", tools)
        python, wanted = tools / "bin" / "python", tools / "html5lib.txt"
        # Its setup.py, which names the package for pip, needs parts that newer ones lack.
        run(python, "-m", "pip", "install", "--quiet", "setuptools<75", "wheel")
        wanted.write_text(f"html5lib==1.1 --hash=sha256:{SUITE_HASH}\n")
        options = ("--no-deps", "--no-binary", "html5lib", "--no-build-isolation", "--require-hashes")
        run(python, "-m", "pip", "download", "--quiet", *options, "-d", tools, "-r", wanted)
        unpack(tools / "html5lib-1.1.tar.gz", folder, ".test")
        shutil.rmtree(tools)
    return folder / SUITE


def unpack(archive: Path, folder: Path, *endings: str) -> None:
    """The files of an archive that end so; the folder appears only once they are all there."""
    partial = fresh()
    with tarfile.open(archive) as packed:
        members = [member for member in packed if member.isfile() and member.name.endswith(endings)]
        packed.extractall(partial, members, filter="data")
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial.rename(folder)


def fresh() -> Path:
    """A folder of our own in the cache, so that two runs at once do not meet."""
    CACHE.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=CACHE))


def run(*command: object, cwd: Path | None = None) -> None:
    try:
        parts = [str(part) for part in command]
        done = subprocess.run(parts, cwd=cwd, capture_output=True, text=True, timeout=600)
    except OSError as error:
        raise MissingError(f"{command[0]} can't be run: {error}") from error
    if done.returncode:
        raise MissingError(f"{' '.join(map(str, command[:3]))} failed: {done.stderr.strip()[-500:]}")


if __name__ == "__main__":
    try:
        print(suite())
    except MissingError as error:
        sys.exit(str(error))
