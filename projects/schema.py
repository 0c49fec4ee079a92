"""How the OpenAPI description words our keys, our texts and our strictness."""

from typing import Any

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.plumbing import build_bearer_security_scheme_object

# One line; a text that may not be blank has something in it besides white space.
LINE = r"^[^\x00-\x1f\x7f]*$"
# ECMAScript's \s lacks U+0085, which Python takes for white space.
WORDS = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f\x85][^\x00-\x1f\x7f]*$"


class APIKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "projects.authentication.APIKeyAuthentication"
    name = "APIKey"

    def get_security_definition(self, auto_schema: Any) -> Any:
        return build_bearer_security_scheme_object("Authorization", "Bearer", "nmb_live_…")


def once(schema: Any) -> Any:
    """An empty text fits the pattern of a line; said once more, as an alternative, it would fit neither."""
    if isinstance(schema, list):
        return [once(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if {"type": "string", "maxLength": 0} in schema.get("oneOf", ()):
        return schema["oneOf"][0]
    inner = {name: once(item) for name, item in schema.items()}
    if isinstance(schema.get("additionalProperties"), dict):
        # No text of the API holds it, so no name does.
        inner["propertyNames"] = {"pattern": r"^[^\x00]*$"}
    return inner


class StrictSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    target_class = "projects.serializers.Strict"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: str) -> Any:
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        schema.pop("description", None)
        return once(schema) | {"additionalProperties": False}


class TextSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "projects.serializers.Text"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> Any:
        schema: dict[str, Any] = {"type": "string", "pattern": LINE if self.target.allow_blank else WORDS}
        if self.target.max_length is not None:
            schema["maxLength"] = self.target.max_length
        return schema


class DollarsSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Its bounds are in micro-dollars, what is sent is not."""

    target_class = "projects.serializers.Dollars"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> Any:
        most = self.target.max_value
        return {"type": "number", "minimum": 0, "maximum": most // 1_000_000}


class ChoiceSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """In place, so that no component is named after a guess."""

    target_class = "projects.serializers.Choice"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> Any:
        return {"type": "string", "enum": list(self.target.choices)}
