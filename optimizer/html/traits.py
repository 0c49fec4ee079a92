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
from optimizer.html.tags import CACHED_TAGS, LACKING, Attribute, Tag

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_ALT = words("img area input")
_PLACEHOLDER = words("input textarea")
_NO_TEXT_ATTRIBUTES = words("link meta style script title")
# What names a picture, or says that it only decorates.
_NAMING = words("alt title aria-label aria-labelledby")
_DECORATING = ("presentation", "none")
_FILE = re.compile(
    r"[A-Za-z0-9._~@+()-]{1,90}\.(?:jpe?g|png|gif|webp|avif|svg|bmp)", re.ASCII | re.IGNORECASE
)
# A build's fingerprint, which changes while the picture stays.
_FINGERPRINT = re.compile(r"(?ai)[.-](?=\w*\d)(?:[0-9a-f]{4,}|\w{8,})(?=\.[a-z]+\Z)")
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
        (
            *_lacking(tag),
            *(a for a in tag.attributes if a.quote is not None and _is_text(name, a.name, values)),
        ),
    )


def _lacking(tag: Tag) -> tuple[Attribute, ...]:
    """The place of an alternative text, behind the name of a picture that has none; `alt=""` is one."""
    values = tag.values
    if tag.kind != "start" or tag.name != "img" or "src" not in values or not _NAMING.isdisjoint(values):
        return ()
    is_pixel = values.get("width") in ("0", "1") or values.get("height") in ("0", "1")
    if is_pixel or lower(values.get("role", "")) in _DECORATING:
        return ()
    behind = len("<img")
    return (Attribute("alt", behind, behind, behind, LACKING),)


def file_name(address: str) -> str:
    """The name of a picture's file, which stands for the text that it lacks; "" where it tells nothing."""
    name = address.partition("#")[0].partition("?")[0].rpartition("/")[2]
    return _FINGERPRINT.sub("", name) if _FILE.fullmatch(name) else ""


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
