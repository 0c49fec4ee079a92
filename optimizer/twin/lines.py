"""The lines of the batch lane's files: validated on the way in, written and spoiled on the way out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from optimizer.twin import answers
from optimizer.twin.behaviour import Behaviour

MOST_REQUESTS = 50_000
MOST_BYTES = 200_000_000
# Gives the completion to a request whose attempt ends in this outcome.
Answer = Callable[[dict[str, Any], str, str], dict[str, Any]]
STATUSES = {"rate_limited": 429, "silent_rate_limited": 429, "server_error": 500}


class Invalid(Exception):
    """Why a whole file was turned down."""

    def __init__(self, code: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.code, self.line = code, line


@dataclass(frozen=True, slots=True)
class Request:
    custom_id: str
    body: dict[str, Any]
    digest: str
    # What it takes of the limit on enqueued tokens.
    tokens: int


def read(content: bytes, endpoint: str) -> list[Request]:
    """Every request of an input file; Invalid where the provider would not start."""
    found = content.splitlines()
    if not found:
        raise Invalid("empty_file", "The batch input file is empty.")
    if len(found) > MOST_REQUESTS or len(content) > MOST_BYTES:
        raise Invalid("file_too_large", "The batch input file holds too much.")
    requests = [_request(line, endpoint, number) for number, line in enumerate(found, 1)]
    if len({request.custom_id for request in requests}) != len(requests):
        raise Invalid("duplicate_custom_id", "A custom_id stands in the file twice.")
    if len({request.body["model"] for request in requests}) > 1:
        raise Invalid("mismatched_model", "All requests of a file go to one model.")
    return requests


def _request(line: bytes, endpoint: str, number: int) -> Request:
    try:
        item = orjson.loads(line)
        custom_id, url, body = item["custom_id"], item["url"], orjson.dumps(item["body"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise Invalid("invalid_json_line", "This line is not a request.", number) from None
    if item.get("method") != "POST" or url != endpoint or not 0 < len(str(custom_id)) <= 64:
        raise Invalid("invalid_request", "Method, url or custom_id is not right.", number)
    asked = answers.read_request(body)
    if isinstance(asked, str):
        raise Invalid("invalid_request", asked, number)
    return Request(str(custom_id), asked, sha256(body).hexdigest(), len(body) // 4)


def finish(
    request: Request, answer: Answer, behaviour: Behaviour, counts: Counter[str]
) -> tuple[bytes, bool]:
    """The line of a request that was worked on, and whether it belongs into the output file."""
    counts["batch_calls"] += 1
    outcome, _ = behaviour.draw(request.digest, 1)
    if outcome == "hang":
        return failed(request, "request_timeout"), False
    if outcome in STATUSES or behaviour.strikes("batch_errors", request.custom_id):
        status = STATUSES.get(outcome, 500)
        problem = {"message": "The request failed.", "type": "server_error", "code": "server_error"}
        return _line(request.custom_id, status, {"error": problem}), False
    body = answer(request.body, outcome, f"{request.digest[:20]}-b")
    counts["batch_paid_calls"] += 1
    counts["batch_input_tokens"] += body["usage"]["prompt_tokens"]
    counts["batch_output_tokens"] += body["usage"]["completion_tokens"]
    return _line(request.custom_id, 200, body), True


def failed(request: Request, code: str) -> bytes:
    item = {
        "id": f"batch_req_{request.digest[:16]}",
        "custom_id": request.custom_id,
        "response": None,
        "error": {"code": code, "message": "This request was not executed."},
    }
    return orjson.dumps(item) + b"\n"


def _line(custom_id: str, status: int, body: dict[str, Any]) -> bytes:
    name = sha256(custom_id.encode()).hexdigest()[:16]
    item = {
        "id": f"batch_req_{name}",
        "custom_id": custom_id,
        "response": {"status_code": status, "request_id": f"req_{name}", "body": body},
        "error": None,
    }
    return orjson.dumps(item) + b"\n"


def spoil(line: bytes, what: str, behaviour: Behaviour) -> list[bytes]:
    """This line as the behaviour wants it: gone, cut, twice, or with a stranger beside it."""
    if behaviour.strikes("batch_missing", what):
        return []
    if behaviour.strikes("batch_cut", what):
        return [line[: len(line) // 2] + b"\n"]
    found = [line]
    if behaviour.strikes("batch_repeated", what):
        found.append(line)
    if behaviour.strikes("batch_unknown", what):
        item = orjson.loads(line)
        found.append(orjson.dumps({**item, "custom_id": f"run-0-0-{item['id']}"}) + b"\n")
    return found
