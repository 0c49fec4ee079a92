"""Requests to addresses that a tenant gave: to the public Internet only, and only where was checked.

A name is resolved once, every answer is compared with our own table, and the connection goes to that very
address, so that a name can't point elsewhere between the check and the call. Redirects are not followed.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx2
from django.conf import settings
from django.utils.translation import gettext_noop as _

from nimbus.errors import InvalidError

MAX_URL = 2000
TIME_LIMIT_S, CONNECT_S, READ_S = 10.0, 5.0, 5.0
MAX_ANSWER_BYTES = 64 * 1024

# From the IANA special-purpose registries. Ours, since Python's is_global differs between its versions and
# takes some tunnels into private networks for public.
DENIED_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
# Teredo and other protocol assignments, documentation, 6to4, AS112, documentation.
DENIED_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)


class AddressRefusedError(InvalidError):
    code = "address_refused"


class UnreachableError(InvalidError):
    """No answer, or none within the limits; `code` is `unreachable`. The address was the caller's own."""

    code = "unreachable"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    duration_s: float


def is_public(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return not any(parsed in network for network in DENIED_V4)
    return parsed in PUBLIC_V6 and not any(parsed in network for network in DENIED_V6)


def check_url(url: str, field: str = "url") -> httpx2.URL:
    """What can be told without a look at the network. Raises AddressRefusedError, which names the field."""
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, UnicodeError, TypeError, ValueError):
        raise AddressRefusedError(_("This is not a URL."), field=field) from None
    if len(url) > MAX_URL:
        raise AddressRefusedError(
            _("A URL has at most %(max_url)s characters."), field=field, max_url=MAX_URL
        )
    if parsed.userinfo:
        raise AddressRefusedError(_("Leave user and password out of the URL."), field=field)
    if not parsed.host:
        raise AddressRefusedError(_("The URL names no host."), field=field)
    if is_excepted(parsed):
        return parsed
    if parsed.scheme != "https" or parsed.port not in {None, 443}:
        raise AddressRefusedError(
            _("Give an address that starts with https:// and has no port."), field=field
        )
    return parsed


def is_excepted(url: httpx2.URL) -> bool:
    """Whether the operator named this host, or this host and port, in NIMBUS_PRIVATE_HOSTS."""
    port = url.port or (443 if url.scheme == "https" else 80)
    named = {url.host, f"{url.host}:{port}"} & set(settings.NIMBUS_PRIVATE_HOSTS)
    return url.scheme in {"http", "https"} and bool(named)


def resolve(url: httpx2.URL, field: str = "url") -> str:
    """The address to connect to. One private answer among others refuses the name."""
    try:
        addresses = lookup(url.host)
    except (OSError, UnicodeError):
        raise UnreachableError(_("The host %(host)s has no address."), field=field, host=url.host) from None
    if not is_excepted(url) and not all(is_public(address) for address in addresses):
        raise AddressRefusedError(
            _("The host %(host)s is not on the public Internet. Give an address that is."),
            field=field,
            host=url.host,
        )
    return addresses[0]


def lookup(host: str) -> list[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """POST, under the rules of `exchange`."""
    return exchange("POST", url, headers, body)


def get(url: str, headers: Mapping[str, str], field: str = "url") -> Answer:
    """GET, under the rules of `exchange`."""
    return exchange("GET", url, headers, field=field)


def exchange(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None = None, field: str = "url"
) -> Answer:
    """One request within TIME_LIMIT_S; of the answer at most MAX_ANSWER_BYTES are read.

    Raises AddressRefusedError and UnreachableError. Any status is an answer, a redirect too.
    """
    target = check_url(url, field)
    request = httpx2.Request(
        method,
        target.copy_with(host=resolve(target, field)),
        content=body,
        headers={"Accept-Encoding": "identity", **headers, "Host": target.netloc.decode("ascii")},
        # The name, not the address, is what the certificate has to be for.
        extensions={
            "sni_hostname": target.host,
            "timeout": httpx2.Timeout(READ_S, connect=CONNECT_S).as_dict(),
        },
    )
    began = time.monotonic()
    try:
        with httpx2.HTTPTransport(verify=tls()) as transport:
            response = transport.handle_request(request)
            try:
                received = read(response, began + TIME_LIMIT_S)
            finally:
                response.close()
    except (httpx2.HTTPError, ssl.SSLError, OSError) as error:
        reason = error or type(error).__name__
        raise UnreachableError(
            _("%(host)s gave no answer: %(reason)s"), field=field, host=target.host, reason=reason
        ) from error
    return Answer(response.status_code, response.headers, received, time.monotonic() - began)


def read(response: httpx2.Response, deadline: float) -> bytes:
    received = b""
    for piece in response.iter_raw():
        received += piece
        if len(received) >= MAX_ANSWER_BYTES:
            break
        if time.monotonic() > deadline:
            raise httpx2.ReadTimeout("the answer took too long")
    return received[:MAX_ANSWER_BYTES]


def tls() -> ssl.SSLContext:
    return ssl.create_default_context()
