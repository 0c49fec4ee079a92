"""The OpenAPI description: what the generator reads from the views, completed to all that they can answer.

`complete` is the generator's last hook. The table of operations must name each one, and no other.
"""

from dataclasses import replace
from typing import Any

import orjson

from batches.openapi import batch_shapes, endings, examples, page_shapes, project_shapes, shared, waiting
from batches.openapi.operations import IF_NONE_MATCH, NDJSON, OPERATIONS, SSE, Operation
from batches.openapi.words import TEXT, Schema, ref

WRITES = ("post", "put", "patch", "delete")
ALWAYS = ["malformed", "not_authenticated", *shared.FORBIDDEN]
AT_LAST = ["rate_limited", "internal", "unavailable"]
TO_WRITE = ["organization_closed", "too_large", "unsupported_media_type", "invalid"]
# What a line or an event of a stream is.
LINES = {"batch_results": "PageData", "project_results": "ResultLine", "batch_events": "BatchData"}
STREAMED: dict[str, list[dict[str, Any]]] = {
    "batch_results": [examples.PAGE],
    "project_results": [examples.RESULT, {"end": True, "pages": 1, "cursor": "42"}],
}
GROUPS = {
    "Projects": "Sites, their settings and their briefs.",
    "Batches": "One upload of pages and its way through the queue.",
    "Pages": "One page: its texts, its state, its log.",
    "Results": "What to write into the build, and what the build wrote.",
    "Spend": "What was spent, and caps that are never passed.",
    "Provider keys": "The organization's own key at an OpenAI-compatible server.",
}


def complete(result: Schema, generator: Any, **_: Any) -> Schema:
    """The description as it is published."""
    result["paths"].pop("/api/v1/schema", None)
    for path, method, operation in waiting.operations():
        result["paths"].setdefault(path, {})[method] = operation
    idempotent = marked(generator, "is_idempotent") | waiting.IDEMPOTENT
    selectable = marked(generator, "is_selectable") | waiting.SELECTABLE
    for path, methods in sorted(result["paths"].items()):
        for method, operation in methods.items():
            name = name_of(path, operation)
            known = OPERATIONS[name]
            if (path, method) in selectable:
                known = read_of(name, known)
            finish(path, method, operation, known, name, (path, method) in idempotent)
    result["paths"] = dict(sorted(result["paths"].items()))
    components = result["components"]
    components["schemas"] = dict(sorted((components["schemas"] | shapes()).items()))
    components["headers"], components["responses"] = shared.HEADERS, shared.responses()
    result["tags"] = [{"name": name, "description": words} for name, words in GROUPS.items()]
    return result


def shapes() -> dict[str, Schema]:
    own = project_shapes.SHAPES | batch_shapes.SHAPES | page_shapes.SHAPES
    return {"Problem": shared.PROBLEM} | own


def marked(generator: Any, mark: str) -> set[tuple[str, str]]:
    """Operations whose view method was marked by a decorator."""
    return {
        (path, method.lower())
        for path, _, method, view in generator.endpoints
        if hasattr(getattr(view.cls, method.lower(), None), mark)
    }


def read_of(name: str, known: Operation) -> Operation:
    """With `?fields=`, whose names are those of the answer, or of a line of it, and with its ETag."""
    names = shapes()[LINES.get(name, known.answers[200])]["properties"]
    known = replace(known, query=(*known.query, shared.fields(names)))
    if name in LINES:
        return known
    return replace(
        known, answers=known.answers | {304: ""}, headers=("ETag",), needs=(*known.needs, IF_NONE_MATCH)
    )


def name_of(path: str, operation: Schema) -> str:
    """Its operationId; one view serves the verbs of a batch, and its own names would say nothing."""
    verb = path.rsplit("/", 1)[-1]
    if verb in waiting.VERBS:
        operation |= {"operationId": f"batch_{verb}", "summary": waiting.VERBS[verb]}
    return str(operation["operationId"])


def finish(path: str, method: str, operation: Schema, known: Operation, name: str, repeats: bool) -> None:
    operation["tags"] = [known.group]
    operation.pop("description", None)
    if known.description:
        operation["description"] = known.description
    ending = endings.of(path, method)
    if ending:
        endings.mark(operation, ending)
        known = replace(known, headers=(*known.headers, *endings.HEADERS))
    own = [*known.query, *known.needs, *([shared.IDEMPOTENCY_KEY] if repeats else [])]
    named = {parameter["name"] for parameter in own}
    kept = [parameter for parameter in operation.get("parameters", []) if parameter["name"] not in named]
    operation["parameters"] = [*kept, *own]
    # A body whose fields may all be left out may be left out itself.
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        if kind == NDJSON:
            operation["requestBody"]["required"] = True
        add_example(media)
    operation["responses"] = {
        str(status): answer(status, shape, known, name, repeats) for status, shape in known.answers.items()
    } | shared.refusals(codes(path, method, known, repeats))


def codes(path: str, method: str, known: Operation, repeats: bool) -> list[str]:
    """All that this operation may be refused with."""
    found = [*ALWAYS, *(["not_found"] if "{" in path else [])]
    if method in WRITES:
        found += TO_WRITE
    elif known.query:
        found.append("invalid")
    return [*found, *(shared.REPEATED if repeats else []), *known.refuses, *AT_LAST]


def answer(status: int, shape: str, known: Operation, name: str, repeats: bool) -> Schema:
    words = {200: "Done.", 201: "Made.", 202: "Taken on.", 204: "Gone.", 304: "As it was."}
    extra = known.headers + (("Idempotent-Replayed",) if repeats else ())
    response: Schema = {
        "description": words[status],
        "headers": shared.headers(*shared.COMMON, *extra),
    }
    if shape in (NDJSON, SSE):
        schema = ref("Event") if shape == SSE else TEXT
        response["content"] = {shape: {"schema": schema, "example": streamed(shape, name)}}
    elif shape:
        response["content"] = {"application/json": {"schema": ref(shape)}}
        add_example(response["content"]["application/json"])
    return response


def streamed(shape: str, name: str) -> str:
    """Lines of JSON, or events with it."""
    if shape == SSE:
        return f"event: batch\nid: 0b7f3e5d9c2a48e6b1d40f92\ndata: {dump(examples.BATCH)}\n\n"
    return "".join(f"{dump(line)}\n" for line in STREAMED[name])


def add_example(media: Schema) -> None:
    """The example of the component that it names; an upload shows one line."""
    shape = media["schema"].get("$ref", "").rsplit("/", 1)[-1]
    if shape:
        media["example"] = examples.VALUES[shape]
    else:
        media["example"] = f"{dump(examples.PAGE_IN)}\n"


def dump(value: Any) -> str:
    return orjson.dumps(value).decode()
