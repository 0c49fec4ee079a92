"""What makes two addresses the same page.

`gulp-nimbus/lib/page-id.js` is its twin; `spec/urls.json` keeps both equal.
"""

import contextlib
import hashlib
import re
import unicodedata

import idna

from nimbus.errors import InvalidError

# A canonical path is part of a unique index, whose rows PostgreSQL limits to about 2,700 bytes.
MAX_PATH = 2000
DEFAULT_PORTS = {"http": "80", "https": "443"}
# RFC 3986: what a path segment may hold as it is. Everything else is percent-encoded, with upper-case digits.
KEPT = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@")

ABSOLUTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/\\?#]*)(.*)", re.DOTALL)
AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[^:@\[\]]+)(?::([0-9]{0,5}))?")
ASCII_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
FORBIDDEN = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")


def canonical_domain(domain: str) -> str:
    """The host a project is known by, from `Example.com`, `https://example.com/` or `example.com:8080`."""
    absolute = ABSOLUTE.fullmatch(domain.strip())
    scheme, authority = (absolute[1], absolute[2]) if absolute else ("https", domain.strip().rstrip("/"))
    return _authority(scheme.lower(), authority)


def canonical(url: str, domain: str) -> tuple[str, str]:
    """The (domain, path) of a page, from an absolute URL or a path on `domain` that starts with one slash."""
    url = url.strip(" ")
    if FORBIDDEN.search(url):
        raise InvalidError(
            "The page URL holds control characters. Send it percent-encoded.", field="page_url"
        )
    absolute = ABSOLUTE.fullmatch(url)
    if absolute:
        return _authority(absolute[1].lower(), absolute[2]), _path(absolute[3])
    if not url.startswith("/") or url[1:2] in {"/", "\\"}:
        raise InvalidError(
            "A page URL is absolute, or a path that starts with one slash, such as `/about.html`.",
            field="page_url",
        )
    return canonical_domain(domain), _path(url)


def page_id(project_id: str, domain: str, path: str) -> str:
    """The id of a page; `domain` and `path` are canonical."""
    parts = (part.encode() for part in (project_id, domain, path))
    digest = hashlib.sha256(b"".join(b"%d:%s" % (len(part), part) for part in parts))
    return "page_" + digest.hexdigest()[:24]


def _authority(scheme: str, authority: str) -> str:
    if scheme not in DEFAULT_PORTS:
        raise InvalidError("A page URL starts with `https://` or `http://`.", field="page_url")
    match = AUTHORITY.fullmatch(authority)
    if not match:
        raise InvalidError(
            f"`{authority}` is no host name. Give one such as `www.example.com`.", field="page_url"
        )
    port = (match[2] or "").lstrip("0")
    host = _host(match[1])
    return host if port in {"", DEFAULT_PORTS[scheme]} else f"{host}:{port}"


def _host(host: str) -> str:
    if host.startswith("["):
        return host.lower()
    try:
        name = host.lower() if host.isascii() else idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        name = ""
    name = name.removesuffix(".")
    if not ASCII_HOST.fullmatch(name) or len(name) > 240:
        raise InvalidError(f"`{host}` is no host name. Give one such as `www.example.com`.", field="page_url")
    return name


def _path(text: str) -> str:
    segments: list[str] = []
    for raw in re.split(r"[?#]", text, maxsplit=1)[0].replace("\\", "/").split("/"):
        segment = _segment(raw)
        if segment == "..":
            del segments[-1:]
        elif segment not in {"", "."}:
            segments.append(segment)
    while segments and segments[-1] == "index.html":
        segments.pop()
    # `/about`, `/about/` and `/about/index.html` are one page, so no path but the root ends in a slash.
    path = "/" + "/".join(segments)
    if len(path) > MAX_PATH:
        raise InvalidError(f"The path of a page is at most {MAX_PATH:,} characters.", field="page_url")
    return path


def _segment(raw: str) -> str:
    """Decode once and encode again, so that each name has one spelling; an escaped slash stays escaped."""
    data = ESCAPE.sub(lambda match: bytes.fromhex(match[1].decode()), raw.encode())
    # What is no UTF-8 is an old server's latin-1 name: its bytes are the name.
    with contextlib.suppress(UnicodeDecodeError):
        data = unicodedata.normalize("NFC", data.decode()).encode()
    return "".join(chr(byte) if byte in KEPT else f"%{byte:02X}" for byte in data)
