"""A page's dimension values taken out of a text, and another page's put in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from optimizer import patterns, words
from optimizer.types import PageText

# Shorter values, such as a size, stand in too many other words.
SHORTEST = 3
MARK = re.compile(r"⟦(\^?)([A-Za-z][A-Za-z0-9_]*)⟧")


@dataclass(frozen=True, slots=True)
class Mask:
    """The dimension values of one page, in the page's own spelling."""

    values: Mapping[str, str]

    @classmethod
    def of(cls, page: PageText) -> Mask:
        named = {name: words.spelled(value) for name, value in page.dimensions.items()}
        return cls(
            {
                name: patterns.as_written(value, page)
                for name, value in named.items()
                if len(value) >= SHORTEST and MARK.fullmatch(f"⟦{name}⟧")
            }
        )

    def hide(self, text: str) -> str:
        """The text with a mark for every dimension value; `^` marks one that begins with a capital."""
        for name, value in sorted(self.values.items(), key=lambda item: -len(item[1])):
            text = _hide(text, name, value)
        return text

    def show(self, text: str) -> str | None:
        """The text with this page's values; None where the page lacks one of them."""
        names = {match[2] for match in MARK.finditer(text)}
        if names - set(self.values):
            return None
        return MARK.sub(lambda match: _raised(self.values[match[2]], match[1]), text)

    def within(self, text: str) -> dict[str, str]:
        """Those values that the text holds."""
        return {name: value for name, value in self.values.items() if _found(value).search(text)}


def _hide(text: str, name: str, value: str) -> str:
    return _found(value).sub(lambda match: _mark(match[0], name, value), text)


def _found(value: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)


def _mark(found: str, name: str, value: str) -> str:
    is_raised = found[:1].isupper() and not value[:1].isupper()
    return f"⟦{'^' if is_raised else ''}{name}⟧"


def _raised(value: str, sign: str) -> str:
    return value[:1].upper() + value[1:] if sign else value
