"""The host of a project, in one spelling."""

import re
from urllib.parse import urlsplit

import idna
from django.utils.translation import gettext_noop as _

from nimbus.errors import InvalidError

HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")


def clean_domain(text: str) -> str:
    """The host of `Example.com` or `https://example.com/`, lower-case ASCII, with its port if it has one."""
    text = text.strip()
    wrong = InvalidError(
        _("`%(text)s` is no domain. Give one such as `www.example.com`."), field="domain", text=text[:80]
    )
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = parts.hostname or "", parts.port
        host = host.lower() if host.isascii() else idna.encode(host, uts46=True).decode()
    except (ValueError, idna.IDNAError):
        raise wrong from None
    host = host.removesuffix(".")
    if not HOST.fullmatch(host) or len(host) > 240 or parts.username or parts.path.strip("/"):
        raise wrong
    return host if port in {None, 80, 443} else f"{host}:{port}"
