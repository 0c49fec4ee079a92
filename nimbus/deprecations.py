"""What of the API is going to end: its answers say so (RFC 9745, RFC 8594), and the description does."""

from calendar import timegm
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.http import http_date

# Half a year at least from the day it is deprecated to its end.
NOTICE = timedelta(days=183)
REFERENCE = "/api/v1/reference"


@dataclass(frozen=True, slots=True)
class Deprecation:
    """`instead` is the path of what replaces it."""

    since: date
    end: date
    instead: str

    def __post_init__(self) -> None:
        if self.end - self.since < NOTICE:
            raise ValueError(f"What ends on {self.end} has to be deprecated half a year before.")

    def headers(self) -> dict[str, str]:
        links = (
            f'<{REFERENCE}>; rel="deprecation"; type="text/html"',
            f'<{REFERENCE}>; rel="sunset"; type="text/html"',
            f'<{self.instead}>; rel="successor-version"',
        )
        return {
            "Deprecation": f"@{seconds(self.since)}",
            "Sunset": http_date(seconds(self.end)),
            "Link": ", ".join(links),
        }


# By method and the name of its route, as in ("GET", "api-batch-pages"). Nothing is today.
DEPRECATED: dict[tuple[str, str], Deprecation] = {}


def seconds(day: date) -> int:
    return timegm(day.timetuple())


def of(request: Any) -> Deprecation | None:
    """Of the operation that the request asks for, also where it is refused."""
    route = getattr(request.resolver_match, "url_name", None)
    method = "GET" if request.method == "HEAD" else request.method or ""
    return DEPRECATED.get((method, route)) if route else None


def headers(request: Any) -> dict[str, str]:
    found = of(request) if DEPRECATED else None
    return found.headers() if found else {}
