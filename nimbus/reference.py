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

    @property
    def group(self) -> str:
        """What it is about, by its address."""
        parts = self.path.split("/")
        return "Pages" if "{page_id}" in parts else "Batches" if "batches" in parts else "Projects"


# The two that wait are plain async views, which the generator does not see.
WAITING = (
    Operation("GET", "/api/v1/batches/{batch_id}", "Read a batch, or wait for it with ?wait=30", ()),
    Operation("GET", "/api/v1/batches/{batch_id}/events", "Follow a batch as server-sent events", ()),
)

# One view serves these, and its summary names all of them.
VERBS = {
    "submit": "Submit it: the upload ends and its pages are queued",
    "cancel": "Cancel it; what was done is kept",
    "pause": "Pause it; pages in work are finished",
    "resume": "Resume it",
    "retry": "Queue its failed pages again",
}


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    groups: dict[str, list[Operation]] = {"Projects": [], "Batches": [], "Pages": []}
    for operation in operations():
        groups[operation.group].append(operation)
    return render(request, "api_reference.html", {"groups": groups})


@functools.cache
def operations() -> tuple[Operation, ...]:
    """In the order of their addresses."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    found = [
        Operation(method.upper(), path, summary_of(path, operation), fields_of(operation, schema))
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if not path.endswith("/schema")
    ]
    return tuple(sorted([*found, *WAITING], key=lambda operation: (operation.path, operation.method)))


def summary_of(path: str, operation: dict[str, Any]) -> str:
    return VERBS.get(path.rsplit("/", 1)[-1], str(operation.get("summary", "")))


def fields_of(operation: dict[str, Any], schema: dict[str, Any]) -> tuple[str, ...]:
    """The fields of the JSON body, where there is one."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
    return tuple(schema["components"]["schemas"].get(name, {}).get("properties", ()))
