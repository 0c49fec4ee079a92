"""What the source of one tag says, wherever it stands: a site writes the same few tags again and again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from optimizer.html.names import DOUBTFUL, SELECT_ENDERS, VOID, words

CACHED_TAGS = 4096
# The longest tags would only fill the memory.
LONGEST_CACHED = 400

_NAME = re.compile(r"[^\t\n\f\r />]*+")
_GAP = re.compile(r"[\t\n\f\r /]*+")
# A name alone, or with a value in one of the quotes, a quote that never ends, or a bare value.
_ATTRIBUTE = re.compile(
    r"([^\t\n\f\r />][^\t\n\f\r />=]*+)"
    r"(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+(?:\"([^\"]*+)\"|'([^']*+)'|([\"'])|([^\t\n\f\r >]*+)))?+"
)
_QUOTES = (None, None, '"', "'", None, "")
_ENDLESS = 4
_UPPER = {code: code + 32 for code in range(65, 91)} | {0: 0xFFFD}

# Start tags after which a tokenizer may have to read on in another way.
_TELLING = DOUBTFUL | SELECT_ENDERS | words("svg math select frameset script plaintext")


# Not a quote: the attribute would have to be written with its name.
LACKING = "+"


@dataclass(slots=True)
class Attribute:
    """One attribute; `quote` is `"`, `'`, "" (unquoted), None (no value) or LACKING (not there at all)."""

    name: str
    start: int
    value_start: int
    value_end: int
    quote: str | None


@dataclass(slots=True, eq=False)
class Tag:
    """A tag by itself: attributes are placed from its `<` on, `values` are as written, references and all."""

    kind: Literal["start", "end"]
    name: str
    attributes: tuple[Attribute, ...]
    values: Mapping[str, str]
    self_closing: bool
    # Whether it tells the tokenizer something, outside svg and math.
    is_telling: bool
    # What it adds to the open elements of its name.
    step: int
    # Its kind, its name and the names of its attributes.
    shape: tuple[str, ...]


# What tokens have that are no tags.
NO_TAG = Tag("start", "", (), {}, self_closing=False, is_telling=False, step=0, shape=())


def lower(name: str) -> str:
    """ASCII lower case; NUL becomes U+FFFD as in every tag and attribute name."""
    return name.lower() if name.isascii() and "\0" not in name else name.translate(_UPPER)


def scan(units: str, at: int) -> tuple[Tag, int] | None:
    """The tag whose `<` is at `at` and where it ends; None where the file ends first."""
    kind: Literal["start", "end"] = "end" if units[at + 1] == "/" else "start"
    name_at = at + 2 if kind == "end" else at + 1
    pos = _NAME.match(units, name_at).end()  # type: ignore[union-attr]
    name = lower(units[name_at:pos])
    attributes: list[Attribute] = []
    values: dict[str, str] = {}
    while True:
        gap = pos
        pos = _GAP.match(units, pos).end()  # type: ignore[union-attr]
        found = _ATTRIBUTE.match(units, pos)
        if found is None:
            break
        key, which, pos = lower(found[1]), found.lastindex or 1, found.end()
        if which == _ENDLESS:
            return None
        if key not in values:
            start, end = found.span(which)
            start = end if which == 1 else start
            attributes.append(Attribute(key, found.start() - at, start - at, end - at, _QUOTES[which]))
            values[key] = units[start:end]
    if pos >= len(units):
        return None
    closing = pos > gap and units[pos - 1] == "/"
    is_telling = name in _TELLING if kind == "start" else name == "select"
    step = -1 if kind == "end" else 0 if name in VOID else 1
    shape = (kind, name, *values)
    return Tag(kind, name, tuple(attributes), values, closing, is_telling, step, shape), pos + 1


@lru_cache(CACHED_TAGS)
def read(source: str) -> Tag | None:
    """The tag that is exactly this source; None when it ends before or after it."""
    found = scan(source, 0)
    return found[0] if found and found[1] == len(source) else None
