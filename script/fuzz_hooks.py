"""Read by schemathesis: how an upload is written, and a new Idempotency-Key for each new request."""

import hashlib
import re
from typing import Any

import schemathesis

GOOD = re.compile(r"[ -~]{1,255}")


@schemathesis.serializer("application/x-ndjson")
def ndjson(context: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def with_own_key(request: Any) -> Any:
    """The same key for the same request, so that repeats are tried, too; a wrong key stays as it is."""
    name = request.headers.get("Idempotency-Key")
    if isinstance(name, str) and GOOD.fullmatch(name):
        sent = repr((request.method, request.url, request.body, name))
        request.headers["Idempotency-Key"] = hashlib.sha256(sent.encode()).hexdigest()
    return request


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """Takes `fields` away: JSON Schema can't say that an answer then lacks what was not asked for."""
    for path in raw_schema["paths"].values():
        for operation in path.values():
            wanted = operation.get("parameters", [])
            operation["parameters"] = [each for each in wanted if each.get("name") != "fields"]


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    # As the transport's last step: what the case says of itself decides what its answer has to be.
    kwargs["auth"] = with_own_key
