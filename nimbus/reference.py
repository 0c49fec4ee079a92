"""The reference page: every address of the API, read from its schema."""

import functools
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    path: str
    summary: str
    fields: tuple[str, ...]


# The two that wait are plain async views, which the generator does not see.
WAITING = (
    Operation("GET", "/api/v1/batches/{batch_id}", "Read a batch, or wait for it with ?wait=30", ()),
    Operation("GET", "/api/v1/batches/{batch_id}/events", "Follow a batch as server-sent events", ()),
)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    return render(request, "api_reference.html", {"operations": operations()})


@functools.cache
def operations() -> tuple[Operation, ...]:
    """In the order of their addresses."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    found = [
        Operation(method.upper(), path, operation.get("summary", ""), fields_of(operation, schema))
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if not path.endswith("/schema")
    ]
    return tuple(sorted([*found, *WAITING], key=lambda operation: (operation.path, operation.method)))


def fields_of(operation: dict[str, Any], schema: dict[str, Any]) -> tuple[str, ...]:
    """The fields of the JSON body, where there is one."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
    return tuple(schema["components"]["schemas"].get(name, {}).get("properties", ()))
