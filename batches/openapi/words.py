"""A few words to write JSON Schema with."""

from typing import Any

type Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
TIME: Schema = {"type": "string", "format": "date-time"}
URL: Schema = {"type": "string", "format": "uri"}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def thing(needed: Schema, besides: Schema | None = None, description: str = "") -> Schema:
    """An object: fields that are always there, and those that may be left out."""
    schema: Schema = {"type": "object", "properties": needed | (besides or {})}
    if needed:
        schema["required"] = list(needed)
    return schema | ({"description": description} if description else {})


def several(items: Schema, **bounds: int) -> Schema:
    return {"type": "array", "items": items} | bounds


def mapping(values: Schema, **bounds: int) -> Schema:
    return {"type": "object", "additionalProperties": values} | bounds


def one_of(*words: str) -> Schema:
    return {"type": "string", "enum": list(words)}


def maybe(schema: Schema) -> Schema:
    """The same, or null."""
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    wider = schema | {"type": [schema["type"], "null"]}
    return wider | ({"enum": [*schema["enum"], None]} if "enum" in schema else {})


def text(longest: int, pattern: str = "") -> Schema:
    return TEXT | {"maxLength": longest} | ({"pattern": pattern} if pattern else {})
