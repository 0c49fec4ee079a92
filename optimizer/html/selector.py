"""A small subset of CSS selectors, by which a project names the part of its pages that is seen first.

`section.hero`, `#top` or `[data-part="hero"]`, several with commas between. Each names one element by its
tag, id, classes and attributes; there are no descendants, so that matching needs nothing but the tag itself.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from optimizer.html.chars import WS

_NAME = "[A-Za-z_-][A-Za-z0-9_-]*"
_PART = re.compile(
    rf"(?P<tag>[A-Za-z][A-Za-z0-9-]*)|#(?P<id>{_NAME})|\.(?P<term>{_NAME})"
    rf"|\[(?P<attr>{_NAME})(?P<equals>=(?:\"(?P<quoted>[ !#-\[\]-~]*)\"|(?P<bare>{_NAME})))?\]"
)
_COMMA = re.compile(r"[\t\n\f\r ]*,[\t\n\f\r ]*")


class SelectorError(ValueError):
    """A selector that is not of this subset."""


class Part(NamedTuple):
    """One condition: a tag, a class, or an attribute (an id too) with a value; None stands for any."""

    kind: str
    name: str
    value: str | None = None


type Selector = Sequence[Sequence[Part]]


def parse(text: str) -> Selector:
    """The alternatives of a selector, each a list of conditions; none for an empty text."""
    text = text.strip(WS)
    found: list[list[Part]] = [[]]
    at = 0
    while at < len(text):
        comma, part = _COMMA.match(text, at), _PART.match(text, at)
        if comma and found[-1]:
            found.append([])
            at = comma.end()
        elif part and not (part["tag"] and found[-1]):
            found[-1].append(_part(part))
            at = part.end()
        else:
            raise SelectorError(_HELP)
    if text and not found[-1]:
        raise SelectorError(_HELP)
    return found if text else []


def _part(match: re.Match[str]) -> Part:
    if match["tag"]:
        return Part("tag", match["tag"].lower())
    if match["term"]:
        return Part("class", match["term"])
    if match["id"]:
        return Part("attribute", "id", match["id"])
    value = (match["quoted"] or match["bare"] or "") if match["equals"] else None
    return Part("attribute", match["attr"].lower(), value)


def matches(selector: Selector, name: str, values: Mapping[str, str]) -> bool:
    """Whether a tag with these raw attribute values is meant."""
    return any(all(_holds(part, name, values) for part in parts) for parts in selector)


def _holds(part: Part, name: str, values: Mapping[str, str]) -> bool:
    if part.kind == "tag":
        return part.name == name
    if part.kind == "class":
        return part.name in _SPACES.split(values.get("class", ""))
    return part.name in values and part.value in (None, values[part.name])


_SPACES = re.compile(r"[\t\n\f\r ]+")
_HELP = (
    "Name elements by tag, #id, .class or [attribute], such as `section.hero` or "
    '`#top, [data-part="hero"]`; descendants are not looked at.'
)
