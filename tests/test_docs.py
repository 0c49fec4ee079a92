"""What the docs promise to list is listed."""

import re
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

import batches.api.urls
import batches.reviews  # noqa: F401
from nimbus.errors import NimbusError

ROOT = Path(__file__).resolve().parent.parent
DOCS = {path.name: path.read_text() for path in (ROOT / "docs").glob("*.md")}
VARIABLE = re.compile(r'env\.(?:text|flag|integer|words|rates)\("([A-Z_0-9]+)"')
COMMANDS = [path.stem for path in ROOT.glob("*/management/commands/*.py") if path.stem != "__init__"]


def subclasses(kind):
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


def routes(resolver, prefix=""):
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route


SETTINGS = "".join(
    (ROOT / "nimbus" / name).read_text() for name in ("settings.py", "signing_in.py", "hardening.py")
)


@pytest.mark.parametrize("name", sorted(set(VARIABLE.findall(SETTINGS))))
def test_setting_is_in_operations_and_example(name):
    assert f"`{name}`" in DOCS["operations.md"]
    assert name in (ROOT / ".env.example").read_text()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_command_is_in_operations(name):
    assert f"manage.py {name}" in DOCS["operations.md"]


@pytest.mark.parametrize("error", sorted(subclasses(NimbusError), key=lambda kind: kind.__name__))
def test_error_code_is_in_api_docs(error):
    assert f"`{error.code}`" in DOCS["api.md"] or f"{error.code}`" in DOCS["api.md"]


def test_every_api_route_is_in_api_docs():
    found = [
        route for route in routes(get_resolver()) if route.startswith("api/v1/") and "schema" not in route
    ]
    missing = [
        route for route in found
        if re.sub(r"<(?:\w+:)?\w+>", "", route).rstrip("/").rsplit("/", 1)[-1] not in DOCS["api.md"]
    ]  # fmt: skip

    assert len(found) > 10
    assert missing == []
