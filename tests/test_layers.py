"""Imports point one way: batches → projects → accounts → the nimbus ground, and batches → optimizer."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
GROUND = {
    "errors",
    "api",
    "querystring",
    "artifacts",
    "limits",
    "net",
    "secrets",
    "clock",
    "ids",
    "packing",
    "support",
    "addresses",
}
MAY_IMPORT = {
    "optimizer": {"optimizer"},
    "accounts": {"accounts", "nimbus"},
    "projects": {"projects", "accounts", "nimbus"},
    "batches": {"batches", "projects", "accounts", "nimbus", "optimizer"},
}
APPS = {"optimizer", "accounts", "projects", "batches", "nimbus"}


def modules(app):
    return [path for path in (ROOT / app).rglob("*.py") if "tests" not in path.parts]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@pytest.mark.parametrize("app", MAY_IMPORT)
def test_app_imports_only_what_lies_below(app):
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(app)
        for name in imported(path)
        if name.partition(".")[0] in APPS - MAY_IMPORT[app]
    ]

    assert modules(app)
    assert wrong == []


def test_ground_imports_no_app():
    places = [ROOT / "nimbus" / name for name in GROUND]
    ground = [found for place in places for found in (place.with_suffix(".py"), *place.glob("*.py"))]
    wrong = [
        f"{path.name} imports {name}"
        for path in ground
        if path.exists()
        for name in imported(path)
        if name.partition(".")[0] in APPS - {"nimbus"}
    ]

    assert wrong == []


def test_optimizer_knows_no_django():
    assert not [path for path in modules("optimizer") for name in imported(path) if name.startswith("django")]
