"""Projects, briefs, keys and money as they go out."""

from batches.openapi.words import (
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    TIME,
    Schema,
    mapping,
    maybe,
    one_of,
    ref,
    several,
    thing,
)
from projects.models.project import DEFAULTS
from projects.serializers import LANES, REVIEW_MODES, TIERS

BY_TYPE: dict[type, Schema] = {str: TEXT, bool: FLAG, int: COUNT, float: NUMBER}
NARROWER: Schema = {
    "domain": TEXT,
    "content_days": maybe(COUNT),
    "optimization_tier": one_of(*TIERS),
    "review_mode": one_of(*REVIEW_MODES),
    "review_threshold": NUMBER | {"minimum": 0, "maximum": 1},
    "lane": one_of(*LANES),
    "dimension_rules": several(mapping(TEXT)),
}
SETTINGS = thing({name: BY_TYPE.get(type(value), {}) for name, value in DEFAULTS.items()} | NARROWER)
PROJECT = thing(
    {
        "project_id": TEXT,
        "organization_id": TEXT,
        "name": TEXT,
        "domain": TEXT,
        "created": TIME,
        "settings": ref("ProjectSettings"),
        "usage": thing({"total_pages": COUNT, "total_batches": COUNT, "last_activity": TIME}),
    },
    description="A site: where it stands, how its pages are written, and what was done so far.",
)
WHO_AM_I = thing(
    {
        "project": maybe(ref("ProjectData")),
        "organization": thing({"id": TEXT, "name": TEXT}),
        "key": thing(
            {
                "name": TEXT,
                "prefix": TEXT,
                "kind": one_of("live", "test"),
                "scopes": several(one_of("upload", "read", "apply", "admin")),
            }
        ),
        "limits": thing({"max_pages_per_batch": COUNT, "max_page_bytes": COUNT, "max_upload_bytes": COUNT}),
    },
    description="`project` is null for a key of the whole organization.",
)
BRIEF = thing(
    {"version": COUNT, "created": maybe(TIME), "content": {"type": "object"}},
    description="Version 0, with an empty content, is no brief yet.",
)
PROVIDER_KEY = thing(
    {
        "id": TEXT,
        "base_url": TEXT,
        "hint": TEXT | {"description": "The last four characters of the secret."},
        "created": TIME,
        "revoked": maybe(TIME),
    }
)
TOTAL: Schema = {
    "month": maybe(TEXT | {"description": "UTC month; null for a batch."}),
    "spent_usd": NUMBER,
    "reserved_usd": NUMBER,
    "cap_usd": maybe(NUMBER),
    "left_usd": maybe(NUMBER),
    "input_tokens": COUNT,
    "output_tokens": COUNT,
}
COUNTED: Schema = {
    "pages": COUNT,
    "calls": COUNT,
    "input_tokens": COUNT,
    "output_tokens": COUNT,
    "spent_usd": NUMBER,
    "saved_by_lane_usd": NUMBER,
    "saved_by_memory_usd": NUMBER,
}
BY: Schema = {
    f"by_{name}": several(thing({name: TEXT | more} | COUNTED))
    for name, more in (("day", {"format": "date"}), ("model", {}), ("lane", {}))
}
SAVED: Schema = {
    "saved_by_memory_usd": NUMBER,
    "saved_by_lane_usd": NUMBER,
    "reused_lines": COUNT,
    "reused_pages": COUNT,
}
PROJECT_SPEND = thing(TOTAL | {"shown_month": TEXT} | BY)
ORGANIZATION_SPEND = thing(
    TOTAL | {"shown_month": TEXT} | BY | {"by_project": several(thing({"project": TEXT} | COUNTED))}
)

SHAPES: dict[str, Schema] = {
    "ProjectSettings": SETTINGS,
    "ProjectData": PROJECT,
    "WhoAmI": WHO_AM_I,
    "BriefData": BRIEF,
    "ProviderKeyData": PROVIDER_KEY,
    "ProviderKeyList": thing({"provider_keys": several(ref("ProviderKeyData"))}),
    "BatchSpend": thing(TOTAL | SAVED),
    "ProjectSpend": PROJECT_SPEND,
    "OrganizationSpend": ORGANIZATION_SPEND,
}
