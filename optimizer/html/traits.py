"""What a start tag means for the text in it and around it; a site's few tags are looked at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from optimizer.html.chars import WS, lower, terms, unescape
from optimizer.html.names import (
    BUTTON_TYPES,
    INLINE,
    INLINE_VOID,
    OPAQUE,
    REGIONS,
    ROLES,
    SKIPPED,
    TEXT_ATTRIBUTES,
    words,
)
from optimizer.html.tags import CACHED_TAGS, Attribute, Tag

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_ALT = words("img area input")
_PLACEHOLDER = words("input textarea")
_NO_TEXT_ATTRIBUTES = words("link meta style script title")
_LEAVING_ALONE = words("hidden aria-hidden translate class data-nimbus style")


@dataclass(slots=True)
class Traits:
    # The region that its element begins; "" when it stays in the one around it.
    region: str
    is_left_alone: bool
    # Whether its element can be one piece of a run.
    may_be_atom: bool
    # Whether text in its element is skipped: it is left alone, or of a name that always is.
    is_skipped: bool
    is_hero: bool
    # Its id as a selector; "" when it has none that a selector can name as it stands.
    id_step: str
    # Its attributes that visitors read.
    texts: tuple[Attribute, ...]


@lru_cache(CACHED_TAGS)
def traits_of(tag: Tag) -> Traits:
    name, values = tag.name, tag.values
    is_alone = is_left_alone(values)
    region = "head" if name == "head" else ROLES.get(lower(values.get("role", "")), name)
    return Traits(
        region if region in REGIONS or region == "head" else "",
        is_alone,
        name in INLINE_VOID or name in OPAQUE or "-" in name or (is_alone and name in INLINE),
        is_alone or name in SKIPPED,
        "hero" in terms(values.get("data-nimbus", "")),
        f"#{values['id']}" if _ID.fullmatch(values.get("id", "")) else "",
        tuple(a for a in tag.attributes if a.quote is not None and _is_text(name, a.name, values)),
    )


def is_left_alone(values: Mapping[str, str], besides: str = "") -> bool:
    """Whether the page asks not to touch an element, or hides it, `besides` by this attribute."""
    if _LEAVING_ALONE.isdisjoint(values):
        return False
    style = "".join(terms(values.get("style", "")))
    return (
        "hidden" in values
        # Icons are often left open: then all that follows would count as hidden.
        or (besides != "aria-hidden" and lower(values.get("aria-hidden", "")) == "true")
        or lower(values.get("translate", "")) == "no"
        or "notranslate" in terms(values.get("class", ""))
        or "skip" in terms(values.get("data-nimbus", ""))
        or "display:none" in style
        or "visibility:hidden" in style
    )


def _is_text(name: str, attribute: str, values: Mapping[str, str]) -> bool:
    if name in _NO_TEXT_ATTRIBUTES or (name == "input" and _type(values) == "hidden"):
        return False
    if attribute == "alt":
        return name in _ALT
    if attribute == "placeholder":
        return name in _PLACEHOLDER
    if attribute == "value":
        return name == "input" and _type(values) in BUTTON_TYPES
    return attribute in TEXT_ATTRIBUTES


def _type(values: Mapping[str, str]) -> str:
    return lower(unescape(values.get("type", ""), in_attribute=True).strip(WS))
