"""One event, one entry: who it is about stands beside it, what came from outside can't pretend to be another,
and no secret is in it. `LOG_FORMAT` chooses lines for people or JSON for machines.
"""

import contextlib
import json
import logging
import re
import time
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

logger = logging.getLogger("nimbus.requests")
FORMATS = ("plain", "json")
REQUEST: ContextVar[HttpRequest | None] = ContextVar("REQUEST", default=None)
ABOUT: ContextVar[dict[str, str] | None] = ContextVar("ABOUT", default=None)
# API keys of ours and of providers, bearer tokens, webhook secrets, and passwords in URLs.
SECRETS = re.compile(
    r"\b(nmb_(?:live|test)_|sk-|whsec_)[\w+/=-]{6,}|((?i:\bbearer\s+))[\w.~+/=-]{6,}|(\w://[^\s:/@]*:)[^\s/@]+(?=@)"
)
# What every record has; anything else came by `extra`.
USUAL = {*vars(logging.LogRecord("", 0, "", 0, "", None, None)), "message", "asctime", "taskName"}


@contextlib.contextmanager
def about(**names: str) -> Iterator[None]:
    """What is logged in here is about this batch, this organization."""
    token = ABOUT.set((ABOUT.get() or {}) | names)
    try:
        yield
    finally:
        ABOUT.reset(token)


def speak_of(**names: str) -> None:
    """The same for all that this task of asyncio logs from here on."""
    ABOUT.set(names)


def known() -> dict[str, str]:
    """Whom an entry made here is about; asks the database nothing."""
    found = dict(ABOUT.get() or {})
    if request := REQUEST.get():
        found = of_request(request) | found
    return found


def of_request(request: HttpRequest) -> dict[str, str]:
    """An API key has one organization; a person may have several, so there the address says it, if any."""
    route = request.resolver_match
    named = {"organization_id": request.META.get("ORGANIZATION_ID")} | (route.kwargs if route else {})
    names = {"request_id": request.META.get("REQUEST_ID", "")}
    names |= {name: str(named.get(name) or "") for name in ("organization_id", "project_id", "batch_id")}
    return {name: value for name, value in names.items() if value}


def note(request: HttpRequest, status: int, started: float) -> None:
    """One entry for a request, with its route instead of its address: links in mails are secrets."""
    # Probes and scrapers come every few seconds and tell nothing.
    if route_of(request)[1:] not in settings.PROBES:
        took = {"status": status, "duration_ms": round((time.monotonic() - started) * 1000, 1)}
        logger.info("%s %s", request.method, route_of(request), extra=took)


def route_of(request: HttpRequest) -> str:
    return f"/{request.resolver_match.route}" if request.resolver_match else "unknown"


class RouteForAddress(logging.Filter):
    """Django's own entries for answers of 4xx and 5xx name the address, which may be the link of a mail."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
            route = route_of(request)
            record.args = tuple(route if given == request.path else given for given in record.args)
        return True


def without_secrets(text: str) -> str:
    return SECRETS.sub(lambda found: (found[1] or found[2] or found[3]) + "…", text)


def visible(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]


class OneLine(logging.Formatter):
    """For people. Control characters of a message are written out, and lines of a traceback are indented."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        names = "".join(f" {name}={value}" for name, value in (known() | extra(record)).items())
        return "".join(map(visible, super().formatMessage(record) + names))

    def formatException(self, ei: Any) -> str:
        lines = super().formatException(ei).splitlines()
        return "\n".join("    " + "".join(map(visible, line)) for line in lines)

    def format(self, record: logging.LogRecord) -> str:
        # Another handler's formatter may have left its own traceback.
        record.exc_text = None
        return without_secrets(super().format(record))


class OneObject(logging.Formatter):
    """For machines: one object of ASCII a line, in which line breaks are `\\n` by themselves."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **known(),
            **extra(record),
            "process": record.process,
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        clean = {k: without_secrets(v) if isinstance(v, str) else v for k, v in entry.items()}
        return json.dumps(clean)


def extra(record: logging.LogRecord) -> dict[str, Any]:
    """What the caller named beside the message; Django's own extras are whole objects, and stay out."""
    return {
        name: value
        for name, value in vars(record).items()
        if name not in USUAL and isinstance(value, str | int | float)
    }


def configuration(kind: str, level: str) -> dict[str, Any]:
    """Django's LOGGING."""
    if kind not in FORMATS:
        raise ImproperlyConfigured(f"LOG_FORMAT is {kind!r}; write {' or '.join(FORMATS)}.")
    formatters: dict[str, dict[str, Any]] = {
        "plain": {
            "()": OneLine,
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        },
        "json": {"()": OneObject},
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"route": {"()": RouteForAddress}},
        "formatters": formatters,
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": kind}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # One line for every model call would drown what matters, and costs more than the call itself.
            "httpx2": {"level": "WARNING"},
            "openai": {"level": "WARNING"},
            "django.request": {"filters": ["route"]},
            # They come with handlers of their own.
            **{
                name: {"handlers": [], "propagate": True}
                for name in ("uvicorn", "uvicorn.access", "uvicorn.error", "django", "django.server")
            },
        },
    }
