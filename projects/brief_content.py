"""What a brief holds: one shape for the form, the API and the stored versions."""

import re
from typing import Any

from django.utils.translation import gettext_noop

from nimbus.errors import InvalidError

TONES = ("professional", "premium", "casual", "friendly", "plain", "confident", "warm")
OWN = "own"
LISTS = ("do", "dont", "keep", "avoid", "protected")
MAX_ITEMS, MAX_ITEM, MAX_FACT = 200, 200, 500
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
# (smallest, largest, default)
ROOM = {
    "title_chars": (20, 120, 70),
    "title_pixels": (200, 1200, 580),
    "description_min": (0, 300, 70),
    "description_max": (50, 400, 160),
}


def check_pattern(pattern: str) -> str:
    """The title pattern, if every brace of it is a placeholder that pages can fill."""
    if len(pattern) > MAX_ITEM:
        raise InvalidError(
            gettext_noop("A title pattern has at most %(max_item)s characters."),
            field="title_pattern",
            max_item=MAX_ITEM,
        )
    names = PLACEHOLDER.findall(pattern)
    rest = PLACEHOLDER.sub("", pattern)
    if "{" in rest or "}" in rest or not all(NAME.fullmatch(name) for name in names):
        raise InvalidError(
            gettext_noop("Write places in braces, as in: {service} in {location} | {company}"),
            field="title_pattern",
        )
    if pattern and not names:
        raise InvalidError(
            gettext_noop("A pattern without a place in braces would give every page the same title."),
            field="title_pattern",
        )
    return pattern


def check_room(fields: dict[str, int]) -> dict[str, int]:
    for name, value in fields.items():
        least, most, _ = ROOM[name]
        if not least <= value <= most:
            raise InvalidError(
                gettext_noop("Choose a number between %(least)s and %(most)s."),
                field=name,
                least=least,
                most=most,
            )
    if fields.get("description_min", 70) >= fields.get("description_max", 160):
        raise InvalidError(
            gettext_noop("The shortest description is shorter than the longest."), field="description_min"
        )
    return fields


def read_when(text: str) -> dict[str, str]:
    """`location: Leeds, service: watch repair` as a mapping; empty for a fact of the whole project."""
    when = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, sign, value = (piece.strip() for piece in part.partition(":"))
        if not (sign and value and NAME.fullmatch(name)):
            raise InvalidError(
                gettext_noop("Write “%(part)s” as: location: Leeds"), field="local_facts", part=part[:60]
            )
        when[name] = value[:MAX_ITEM]
    return when


def facts(general: list[str], local: list[tuple[str, dict[str, str]]]) -> list[Any]:
    """Facts of the whole project as texts, those of some pages with where they hold."""
    return [*general, *({"text": text, "when": when} for text, when in local)]


def split_facts(stored: list[Any]) -> tuple[list[str], list[dict[str, Any]]]:
    """(facts of the whole project, facts of some pages) of a stored brief."""
    return [fact for fact in stored if isinstance(fact, str)], [f for f in stored if isinstance(f, dict)]
