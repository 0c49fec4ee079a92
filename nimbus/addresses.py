"""Whose request it is, as far as an address tells."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The caller's address; empty where there is none, as on a socket.

    Each trusted proxy adds whom it heard from at the end of X-Forwarded-For; what stands before was written
    by the caller and is believed by nobody.
    """
    given = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        heard = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        given = heard[-settings.TRUSTED_PROXIES] if len(heard) >= settings.TRUSTED_PROXIES else ""
    try:
        address = ipaddress.ip_address(given)
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
