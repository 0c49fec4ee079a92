"""What is deprecated, marked in the description: the generator knows routes by their paths alone."""

from django.urls import resolve

from batches.openapi import examples
from batches.openapi.words import Schema
from nimbus.deprecations import DEPRECATED, Deprecation

IDS = {
    "project_id": examples.PROJECT_ID,
    "batch_id": examples.BATCH_ID,
    "page_id": examples.PAGE_ID,
    "key_id": "key_k3m9qzk3m9qzk3m9",
}
HEADERS = ("Deprecation", "Sunset", "Link")


def of(path: str, method: str) -> Deprecation | None:
    return DEPRECATED.get((method.upper(), resolve(path.format(**IDS)).url_name or ""))


def mark(operation: Schema, ending: Deprecation) -> None:
    operation["deprecated"] = True
    words = f"Ends on {ending.end}; use `{ending.instead}` instead."
    operation["description"] = f"{words} {operation.get('description', '')}".strip()
