"""The reference page: every operation with a command to run, about the visitor's own project."""

import functools
import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from batches.models import Batch
from batches.openapi import GROUPS, examples
from projects.models import Project


@dataclass(frozen=True, slots=True)
class Place:
    """What the commands are about."""

    origin: str = examples.ORIGIN
    project: str = examples.PROJECT_ID
    domain: str = "www.example.com"
    batch: str = examples.BATCH_ID
    page: str = examples.PAGE_ID

    def fill(self, text: str) -> str:
        """An example's text, with what stands in this place instead of the example's own."""
        for example, own in (
            (examples.ORIGIN, self.origin),
            (examples.PROJECT_ID, self.project),
            (examples.BATCH_ID, self.batch),
            (examples.PAGE_ID, self.page),
            ("www.example.com", self.domain),
        ):
            text = text.replace(example, own)
        return text


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    where: str
    description: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One operation as the page shows it."""

    name: str
    method: str
    path: str
    summary: str
    parameters: tuple[Parameter, ...]
    command: str
    status: str
    answer: str
    refusals: tuple[tuple[str, str], ...]

    @property
    def parts(self) -> list[str]:
        """Of its path, so that a narrow screen breaks it at the slashes."""
        return self.path.split("/")[1:]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    project = project_of(request)
    place = place_of(request, project)
    groups = {
        title: [shown(path, method, operation, place) for path, method, operation in found]
        for title, found in by_group().items()
    }
    context = {"groups": groups, "project": project, "origin": place.origin}
    return render(request, "api_reference.html", context)


def project_of(request: HttpRequest) -> Project | None:
    """The one in `?project=`, or the visitor's newest."""
    if not request.user.is_authenticated:
        return None
    mine = Project.objects.for_user(request.user)
    named = mine.filter(id=request.GET.get("project", "")[:40].replace("\0", "")).first()
    return named or mine.order_by("-created_at").first()


def place_of(request: HttpRequest, project: Project | None) -> Place:
    origin = request.build_absolute_uri("/").rstrip("/")
    if project is None:
        return Place(origin)
    batch = Batch.objects.filter(project=project).order_by("-created_at").first()
    newest = project.pages.order_by("-id").values_list("id", flat=True).first()
    return Place(
        origin,
        project.id,
        project.domain,
        batch.id if batch else examples.BATCH_ID,
        newest or examples.PAGE_ID,
    )


@functools.cache
def schema() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return found


def by_group() -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    groups: dict[str, list[tuple[str, str, dict[str, Any]]]] = {title: [] for title in GROUPS}
    for path, methods in schema()["paths"].items():
        for method, operation in methods.items():
            groups[operation["tags"][0]].append((path, method, operation))
    return groups


def shown(path: str, method: str, operation: dict[str, Any], place: Place) -> Shown:
    status, answer = next(iter(operation["responses"].items()))
    media: dict[str, Any] = next(iter(answer.get("content", {}).values()), {})
    return Shown(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        parameters=tuple(parameters(operation)),
        command=command(path, method, operation, place),
        status=status,
        answer=place.fill(text_of(media["example"])) if "example" in media else "",
        refusals=tuple(refusals(operation)),
    )


def text_of(example: Any) -> str:
    return example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)


def parameters(operation: dict[str, Any]) -> Any:
    for parameter in operation["parameters"]:
        if parameter["in"] != "path":
            yield Parameter(parameter["name"], parameter["in"], parameter["description"])
    for media in operation.get("requestBody", {}).get("content", {}).values():
        name = media["schema"].get("$ref", "").rsplit("/", 1)[-1]
        body = schema()["components"]["schemas"].get(name, {})
        for field, kind in body.get("properties", {}).items():
            needed = "Needed. " if field in body.get("required", ()) else ""
            yield Parameter(field, "body", needed + in_words(kind))


KINDS = {
    "string": "Text",
    "integer": "A whole number",
    "number": "A number",
    "boolean": "true or false",
    "array": "A list",
    "object": "An object",
}


def in_words(kind: dict[str, Any]) -> str:
    """A JSON Schema as people say it: “A whole number, 1 to 10”."""
    if "enum" in kind:
        return "One of " + ", ".join(str(word) for word in kind["enum"] if word is not None)
    known = kind.get("type", "object")
    names = [name for name in (known if isinstance(known, list) else [known]) if name != "null"]
    words = KINDS[names[0]]
    if "maximum" in kind and "minimum" in kind:
        words += f", {kind['minimum']:,} to {kind['maximum']:,}"
    elif "maxLength" in kind:
        words += f", {kind['maxLength']:,} characters at most"
    elif "maxItems" in kind:
        words += f", {kind['maxItems']:,} at most"
    return words


def refusals(operation: dict[str, Any]) -> Any:
    """(status, codes) of what may go wrong."""
    for status, response in operation["responses"].items():
        if status >= "400":
            known = response
            if "$ref" in response:
                known = schema()["components"]["responses"][response["$ref"].rsplit("/", 1)[-1]]
            yield status, ", ".join(known["content"]["application/problem+json"]["examples"])


def command(path: str, method: str, operation: dict[str, Any], place: Place) -> str:
    """What to paste into a shell in which NIMBUS_KEY is set."""
    address = path.format(
        project_id=place.project,
        batch_id=place.batch,
        page_id=place.page,
        key_id=examples.VALUES["ProviderKeyData"]["id"],
    )
    first = "curl -N" if path.endswith("/events") else "curl"
    lines = [f"{first} -X {method.upper()}" if method != "get" else first]
    lines[0] += f" '{place.origin}{address}'"
    lines.append('-H "Authorization: Bearer $NIMBUS_KEY"')
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        example = media["example"]
        body = example.strip() if isinstance(example, str) else json.dumps(example, ensure_ascii=False)
        lines += [f"-H 'Content-Type: {kind}'", f"--data-binary '{place.fill(body)}'"]
    return " \\\n  ".join(lines)
