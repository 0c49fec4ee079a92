"""What the end of an address says, for the dataclass of somebody's wishes."""

from collections.abc import Mapping
from dataclasses import fields

LONGEST = 300


def said(wish: type, given: Mapping[str, str]) -> dict[str, str]:
    """A text for every field; what the address does not say is empty."""
    names = [item.name for item in fields(wish)]
    return {name: given.get(name, "").replace("\x00", "").strip()[:LONGEST] for name in names}
