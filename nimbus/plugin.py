"""gulp-nimbus as this installation holds it, so that `npm install` gets it from here and always fits."""

import gzip
import io
import json
import tarfile
from functools import cache

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

FOLDER = settings.BASE_DIR / "gulp-nimbus"
# npm takes these along whatever `files` says.
ALWAYS = ("LICENSE", "README.md", "package.json")


@require_safe
def tarball(request: HttpRequest) -> HttpResponse:
    """What `npm pack` would make; open to everyone, since npm sends no login."""
    if not is_here():
        raise Http404
    return HttpResponse(packed(), content_type="application/gzip")


def source() -> str:
    """What to write behind `npm install`: this copy, or the name alone where the folder is not deployed."""
    return settings.SITE_URL + reverse("plugin") if is_here() else "gulp-nimbus"


def is_here() -> bool:
    return (FOLDER / "package.json").is_file()


@cache
def packed() -> bytes:
    """The same bytes each time, since npm writes their hash into the lock file."""
    names = [*ALWAYS, *json.loads((FOLDER / "package.json").read_bytes())["files"]]
    paths = (path for name in names for path in sorted([FOLDER / name, *(FOLDER / name).rglob("*")]))
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for path in paths:
            if path.is_file():
                entry = tarfile.TarInfo(f"package/{path.relative_to(FOLDER).as_posix()}")
                entry.size, entry.mode = path.stat().st_size, 0o755 if path.parent.name == "bin" else 0o644
                archive.addfile(entry, io.BytesIO(path.read_bytes()))
    return gzip.compress(plain.getvalue(), mtime=0)
