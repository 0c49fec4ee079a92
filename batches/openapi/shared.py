"""What all operations share: the problem, its codes with an example each, headers and parameters."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from batches.openapi.words import COUNT, TEXT, Schema, text, thing

PROBLEM = thing(
    {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": TEXT | {"description": "Stable: decide by this one."},
        "detail": TEXT | {"description": "What to do next, for people."},
        "request_id": TEXT,
    },
    {"field": TEXT | {"description": "The part of the request at fault, such as `settings.lane`."}},
    "RFC 9457. The stable part is `code`.",
)


@dataclass(frozen=True)
class Code:
    status: int
    detail: str
    field: str = ""


CODES = {
    "malformed": Code(400, "The body is not JSON: unexpected end of data."),
    "not_authenticated": Code(401, "Send a valid API key: `Authorization: Bearer nmb_live_…`."),
    "scope_missing": Code(403, "This key lacks the scope `upload`. Make a key that has it."),
    "address_not_allowed": Code(403, "This key does not work from your address."),
    "organization_closed": Code(403, "Support paused this organization. Answer our mail to go on."),
    "email_unverified": Code(403, "Confirm your email address first: there is a mail with a link."),
    "not_found": Code(404, "There is nothing here under that id that this key or account may see."),
    "batch_not_uploading": Code(409, "The batch was submitted already. Make a new batch for more pages."),
    "batch_state": Code(409, "Only a queued or processing batch can be paused."),
    "batch_final": Code(409, "The batch is finished already; there is nothing left to cancel."),
    "page_state": Code(409, "The page is done; only a queued or failed one can be processed now."),
    "nothing_to_retry": Code(409, "No page of this batch has failed."),
    "nothing_to_differ": Code(409, "None of these pages is done and still has its text. Upload them anew."),
    "budget_reached": Code(409, "The project's cap of $5.00 is reached. Raise it, and the batch goes on."),
    "unknown_price": Code(409, "“my-model” has no known price. Choose another model for the project."),
    "idempotency_running": Code(409, "The first request with this Idempotency-Key is still running."),
    "too_large": Code(413, "A JSON body is at most 10 MB."),
    "unsupported_media_type": Code(415, "Send JSON as application/json; pages as application/x-ndjson."),
    "invalid": Code(422, "Choose one of live, economy.", "lane"),
    "empty_batch": Code(422, "The batch holds no page. Upload at least one page, then submit it."),
    "unknown_tier": Code(422, "Unknown tier “all”. Choose one of meta, above-fold, full.", "tier"),
    "idempotency_mismatch": Code(422, "This Idempotency-Key was used for another request."),
    "provider_key_refused": Code(422, "The provider does not take this key.", "secret"),
    "address_refused": Code(422, "The host 10.0.0.1 is not on the public Internet.", "callback_url"),
    "unreachable": Code(422, "The host llm.example.com has no address.", "base_url"),
    "page_id_mismatch": Code(422, "The id of this page is page_0e6d7f0d4f5c2b1a98e3c471.", "page_id"),
    "wrong_domain": Code(422, "`other.example` is not this project's domain, www.example.com.", "page_url"),
    "no_text": Code(422, "The page holds no text. Leave it out.", "extraction"),
    "unsafe_path": Code(422, "`source_path` is relative to the project, without `..`.", "source_path"),
    "rate_limited": Code(429, "More than 1200 requests in 60 seconds for one key. Try again in 2 s."),
    "internal": Code(500, "Something broke on our side. Report the request_id."),
    "unavailable": Code(503, "Nimbus can't answer just now. Try again in a few seconds."),
}
REPEATED = ["idempotency_running", "idempotency_mismatch"]
REQUEST_ID = "req_5f0c2b7d9a1e4c3388aa"
HEADERS: dict[str, Schema] = {
    "X-Request-Id": {
        "description": "Names this request in logs and to support; your own well-formed one is kept.",
        "required": True,
        "schema": TEXT | {"minLength": 8, "maxLength": 64},
        "example": REQUEST_ID,
    },
    "RateLimit-Policy": {
        "description": "The limit that will be met first. Absent where nothing is counted just now.",
        "schema": TEXT,
        "example": '"key";q=1200;w=60',
    },
    "RateLimit": {
        "description": "Requests left of it, and seconds until it is whole again.",
        "schema": TEXT,
        "example": '"key";r=1187;t=1',
    },
    "Retry-After": {
        "description": "Seconds to wait before the next try.",
        "required": True,
        "schema": COUNT,
        "example": 2,
    },
    "WWW-Authenticate": {"required": True, "schema": TEXT, "example": 'Bearer realm="nimbus"'},
    "Idempotent-Replayed": {
        "description": "The answer of the first request with this Idempotency-Key; nothing was done again.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "ETag": {
        "description": "Send it as If-None-Match to be answered 304 until something changes.",
        "required": True,
        "schema": TEXT,
        "example": '"0b7f3e5d9c2a48e6b1d40f92"',
    },
    "Deprecation": {
        "description": "RFC 9745: since when.",
        "required": True,
        "schema": TEXT,
        "example": "@1798761600",
    },
    "Sunset": {"description": "RFC 8594: the day of its end.", "required": True, "schema": TEXT},
    "Link": {
        "description": "What replaces it, and where to read about it.",
        "required": True,
        "schema": TEXT,
    },
    "Location": {"description": "Where to look for the page's status.", "required": True, "schema": TEXT},
}
IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A new one for each new request. Sent twice within 48 hours, it is done once.",
    "schema": text(255, r"^[ -~]+$") | {"minLength": 1},
    "example": "build-2026-11-23-4711",
}


def fields(names: Iterable[str]) -> Schema:
    """The parameter of an operation that answers these."""
    name = rf"^({'|'.join(names)})(\.[A-Za-z0-9_-]{{1,80}})*$"
    return {
        "name": "fields",
        "in": "query",
        "description": "Only these fields, separated by commas; a dot leads inside, and into each item of a"
        " list. Fields that are required without it may then be left out.",
        "schema": {"type": "array", "items": text(80, name), "minItems": 1, "maxItems": 20},
        "style": "form",
        "explode": False,
    }


def headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


COMMON = ("X-Request-Id", "RateLimit-Policy", "RateLimit")
MORE = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}


def problem(code: str) -> dict[str, Any]:
    """What an error looks like."""
    known = CODES[code]
    body = {
        "type": "about:blank",
        "title": HTTPStatus(known.status).phrase,
        "status": known.status,
        "code": code,
        "detail": known.detail,
        "request_id": REQUEST_ID,
    }
    return body | ({"field": known.field} if known.field else {})


def refusal(status: int, codes: list[str]) -> dict[str, Any]:
    """A response of one status, with an example for each of its codes."""
    return {
        "description": f"{HTTPStatus(status).phrase}: {', '.join(f'`{code}`' for code in codes)}.",
        "headers": headers(*COMMON, *MORE.get(status, ())),
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {code: {"value": problem(code)} for code in codes},
            }
        },
    }


# Refusals that many operations have alike, by their codes.
FORBIDDEN = ["scope_missing", "address_not_allowed"]
CLOSED = [*FORBIDDEN, "organization_closed"]
ALIKE = {
    "Malformed": ["malformed"],
    "NotAuthenticated": ["not_authenticated"],
    "Forbidden": FORBIDDEN,
    "ForbiddenToWrite": CLOSED,
    "NotFound": ["not_found"],
    "TooLarge": ["too_large"],
    "UnsupportedMediaType": ["unsupported_media_type"],
    "RateLimited": ["rate_limited"],
    "Internal": ["internal"],
    "Unavailable": ["unavailable"],
}


def refusals(codes: list[str]) -> dict[str, Any]:
    """Responses by status."""
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        by_status.setdefault(CODES[code].status, []).append(code)
    names = {tuple(alike): name for name, alike in ALIKE.items()}
    return {
        str(status): {"$ref": f"#/components/responses/{names[tuple(found)]}"}
        if tuple(found) in names
        else refusal(status, found)
        for status, found in sorted(by_status.items())
    }


def responses() -> dict[str, Any]:
    return {name: refusal(CODES[codes[0]].status, codes) for name, codes in ALIKE.items()}
