"""What the API takes and gives for projects."""

import re
from typing import Any

from rest_framework import serializers

from accounts.models import Organization
from projects.domains import clean_domain
from projects.models import APIKey, Project
from projects.models.project import DEFAULTS

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
TIERS = ("meta", "above-fold", "full")
REVIEW_MODES = ("manual", "auto", "auto_threshold")
LANES = ("live", "economy")
MICRO = 1_000_000


class Text(serializers.CharField):
    """A string on one line; numbers are not taken for text."""

    default_error_messages = {"control": "Leave out line breaks and control characters."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if CONTROL.search(data):
            self.fail("control")
        return str(super().to_internal_value(data))


class Whole(serializers.IntegerField):
    """A JSON number, also written as `10.0`; `"10"` and `true` are none."""

    def to_internal_value(self, data: Any) -> int:
        is_whole = isinstance(data, int) or (isinstance(data, float) and data.is_integer())
        if not is_whole or isinstance(data, bool):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class Number(serializers.FloatField):
    """A JSON number; `"0.9"` and `true` are none."""

    def to_internal_value(self, data: Any) -> float:
        if not isinstance(data, int | float) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Dollars(Number):
    """A JSON number of dollars, kept as whole micro-dollars; `null` is no cap."""

    def to_internal_value(self, data: Any) -> int:
        # The largest numbers of JSON times a million are none any more; the bound refuses what is left.
        return round(max(-1e15, min(super().to_internal_value(data), 1e15)) * MICRO)


class Choice(serializers.ChoiceField):
    """One of a few words; a wrong one is answered with them."""

    def __init__(self, choices: Any, **kwargs: Any) -> None:
        super().__init__(choices, **kwargs)
        self.error_messages["invalid_choice"] = f"Choose one of {', '.join(self.choices)}."


class Flag(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=str(data)[:40])
        return data


class Strict(serializers.Serializer[Any]):
    """Refuses fields it does not know, so that a typing error or a smuggled field is told."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            for name in data:
                if name not in self.fields or self.fields[name].read_only:
                    known = ", ".join(self.fields)
                    message = f"This field can't be set. Fields are: {known}."
                    raise serializers.ValidationError({name[:80]: [message]})
        return super().to_internal_value(data)


class SettingsInput(Strict):
    tone = Text(max_length=60, required=False)
    max_pages_per_batch = Whole(min_value=1, max_value=100_000, required=False)
    default_concurrency = Whole(min_value=1, max_value=2_000, required=False)
    ai_model = Text(max_length=80, required=False, allow_blank=True)
    optimization_tier = Choice(TIERS, required=False)
    language = Text(max_length=35, required=False, allow_blank=True)
    review_mode = Choice(REVIEW_MODES, required=False)
    review_threshold = Number(min_value=0, max_value=1, required=False)
    lane = Choice(LANES, required=False)
    preview = Flag(required=False)
    content_days = Whole(min_value=1, max_value=3650, required=False, allow_null=True)
    hedge = Flag(required=False)
    dimension_rules = serializers.ListField(
        child=serializers.DictField(child=Text(max_length=300, allow_blank=True)),
        max_length=100,
        required=False,
    )
    hero_selector = Text(max_length=200, required=False, allow_blank=True)
    json_ld = Flag(required=False)
    og_follows = Flag(required=False)
    shared_blocks = Flag(required=False)
    masked_reuse = Flag(required=False)
    judge = Flag(required=False)


class ProjectInput(Strict):
    name = Text(max_length=120)
    domain = Text(max_length=260)
    settings = SettingsInput(required=False)

    def validate_domain(self, domain: str) -> str:
        return clean_domain(domain)


class ProjectChange(Strict):
    name = Text(max_length=120, required=False)
    settings = SettingsInput(required=False)


def project_data(project: Project) -> dict[str, Any]:
    """ProjectData."""
    settings = {name: project.setting(name) for name in DEFAULTS} | {"domain": project.domain}
    last = project.batches.order_by("-created_at").values_list("created_at", flat=True).first()
    return {
        "project_id": project.id,
        "organization_id": project.organization_id,
        "name": project.name,
        "domain": project.domain,
        "created": project.created_at,
        "settings": settings,
        "usage": {
            "total_pages": project.pages.count(),
            "total_batches": project.batches.count(),
            "last_activity": last or project.updated_at,
        },
    }


def key_data(key: APIKey) -> dict[str, Any]:
    return {"name": key.name, "prefix": key.prefix, "kind": key.kind, "scopes": key.scopes}


def organization_data(organization: Organization) -> dict[str, Any]:
    return {"id": organization.id, "name": organization.name}
