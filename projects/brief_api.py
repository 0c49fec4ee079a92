"""The brief over HTTP: read any version, write a new one."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from nimbus.errors import InvalidError
from nimbus.idempotency import idempotent
from nimbus.selection import selectable
from projects import brief_content, changes
from projects.api import READ, KeyView, project_for
from projects.authentication import auth_of
from projects.brief_content import MAX_FACT, MAX_ITEM, MAX_ITEMS, OWN, ROOM, TONES
from projects.models import Brief
from projects.schema import WORDS
from projects.serializers import Choice, Strict, Text, Whole


def texts(most: int = MAX_ITEM) -> Any:
    return serializers.ListField(child=Text(max_length=most), max_length=MAX_ITEMS, required=False)


@extend_schema_field(
    {
        "anyOf": [
            {"type": "string", "maxLength": MAX_FACT, "pattern": WORDS},
            {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "maxLength": MAX_FACT, "pattern": WORDS},
                    "when": {
                        "type": "object",
                        "propertyNames": {"pattern": f"^{brief_content.NAME.pattern}$"},
                        "additionalProperties": {"type": "string", "maxLength": MAX_ITEM, "pattern": WORDS},
                    },
                },
                "required": ["text", "when"],
                "additionalProperties": False,
            },
        ]
    }
)
class FactInput(serializers.Field[Any, Any, Any, Any]):
    """A text, or a text with the dimension values it holds for."""

    def to_internal_value(self, data: Any) -> Any:
        fact = {"text": data, "when": {}} if isinstance(data, str) else data
        if not isinstance(fact, dict) or set(fact) != {"text", "when"} or not isinstance(fact["when"], dict):
            raise serializers.ValidationError(
                'A fact is a text, or {"text": …, "when": {"location": "Leeds"}}.'
            )
        text = Text(max_length=MAX_FACT).run_validation(fact["text"])
        when = serializers.DictField(child=Text(max_length=MAX_ITEM)).run_validation(fact["when"])
        if not all(brief_content.NAME.fullmatch(name) for name in when):
            raise serializers.ValidationError("The name of a dimension is letters, digits and _.")
        return {"text": text, "when": when} if when else text

    def to_representation(self, value: Any) -> Any:
        return value


class FieldsInput(Strict):
    title_pattern = Text(max_length=MAX_ITEM, required=False, allow_blank=True)
    title_chars, title_pixels, description_min, description_max = (
        Whole(min_value=least, max_value=most, required=False) for least, most, _ in ROOM.values()
    )

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        try:
            brief_content.check_pattern(fields.get("title_pattern", ""))
            brief_content.check_room({name: fields[name] for name in ROOM if name in fields})
        except InvalidError as error:
            raise serializers.ValidationError({error.field or "fields": [error.message]}) from error
        return fields


class BriefInput(Strict):
    tone = Choice((*TONES, OWN), required=False)
    tone_words = Text(max_length=300, required=False, allow_blank=True)
    voice = Text(max_length=300, required=False, allow_blank=True)
    audience = Text(max_length=300, required=False, allow_blank=True)
    language = Text(max_length=35, required=False, allow_blank=True)
    do = texts(500)
    dont = texts(500)
    keep = texts()
    avoid = texts()
    protected = texts(500)
    prefer = serializers.DictField(child=Text(max_length=MAX_ITEM), required=False)
    facts = serializers.ListField(child=FactInput(), max_length=2_000, required=False)
    field_rules = FieldsInput(required=False)

    def validate(self, content: dict[str, Any]) -> dict[str, Any]:
        if content.get("tone") == OWN and not content.get("tone_words"):
            raise serializers.ValidationError(
                {"tone_words": ["Say in a few words how the copy should sound."]}
            )
        return content


def brief_data(brief: Brief | None) -> dict[str, Any]:
    """Version 0 is no brief: the page, the project's tone and no more."""
    if brief is None:
        return {"version": 0, "created": None, "content": {}}
    return {"version": brief.version, "created": brief.created_at, "content": brief.content}


class BriefView(KeyView):
    scope = {"GET": READ, "PUT": "admin"}

    @extend_schema(
        operation_id="brief_read",
        summary="Read a project's brief",
        responses=OpenApiTypes.OBJECT,
    )
    @selectable()
    def get(self, request: Request, project_id: str) -> Response:
        project = project_for(request, project_id)
        version = request.query_params.get("version", "")
        if not version:
            return Response(brief_data(project.brief))
        number = int(version) if version.isascii() and version.isdecimal() and len(version) < 9 else 0
        return Response(brief_data(get_object_or_404(project.briefs, version=number)))

    @extend_schema(
        operation_id="brief_write",
        summary="Write a new version of the brief",
        request=BriefInput,
        responses=OpenApiTypes.OBJECT,
    )
    @idempotent
    def put(self, request: Request, project_id: str) -> Response:
        project = project_for(request, project_id)
        content = self.read(request, BriefInput)
        return Response(brief_data(changes.write_brief(project, auth_of(request), content)))
